import pytest
from django.dispatch import Signal

from councils import events


@pytest.fixture
def announced(monkeypatch):
    """What was announced, as (verb, data)."""
    heard: list[tuple[str, dict]] = []

    def hear(sender, *, verb, data, **kwargs):
        heard.append((verb, data))

    signal = Signal()
    signal.connect(hear, weak=False)
    monkeypatch.setattr(events, "register_changed", signal)
    return heard
