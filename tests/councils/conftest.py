import pytest

from councils import events


@pytest.fixture
def announced(monkeypatch):
    """What was announced, as (verb, data)."""
    heard: list[tuple[str, dict]] = []
    monkeypatch.setattr(events, "LISTENERS", [lambda verb, *, by, council, data: heard.append((verb, data))])
    return heard
