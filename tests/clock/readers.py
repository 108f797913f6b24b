"""Which tests ask what day it is: noted while they run, or the only ones that are run (tests/days.py)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

OURS = ("cpc.", "councils.", "teams.", "assessments.", "tests.")


def asked_by_us() -> bool:
    """Whether the question comes from our own code or tests, not from a library that stamps a row."""
    return str(sys._getframe(2).f_globals.get("__name__", "")).startswith(OURS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    noted = os.environ.get("NOTE_CLOCK_READERS")
    if not noted:
        return (yield)
    asked = False
    localdate, localtime = timezone.localdate, timezone.localtime

    def watched_date(value: Any = None, *words: Any) -> Any:
        nonlocal asked
        asked = asked or (value is None and asked_by_us())
        return localdate(value, *words)

    def watched_time(value: Any = None, *words: Any) -> Any:
        nonlocal asked
        asked = asked or (value is None and asked_by_us())
        return localtime(value, *words)

    timezone.localdate, timezone.localtime = watched_date, watched_time
    try:
        return (yield)
    finally:
        timezone.localdate, timezone.localtime = localdate, localtime
        if asked:
            with Path(noted).open("a") as file:
                file.write(f"{item.nodeid}\n")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if only := os.environ.get("ONLY_CLOCK_READERS"):
        wanted = set(Path(only).read_text().splitlines())
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
        items[:] = [item for item in items if item.nodeid in wanted]
