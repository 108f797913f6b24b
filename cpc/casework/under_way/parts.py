"""What each stage asks of a peer challenge that is entered while it is under way, and how it keeps it.

A stage names the facts that it holds; the page and the file are made of them, so that no dated fact is without a field.
It makes the same rows as on the way through the process, and tells nobody: what it tells lies in the past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from cpc.cases.stages import POSITION, Stage

# Fact -> what was told: a day, or words; nothing stands there of what is not known.
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Fact:
    name: str
    label: str
    help: str = ""
    # "day", "words" (one line), "lines" (several), "choice" or "address".
    kind: str = "words"
    choices: tuple[tuple[str, str], ...] = ()
    longest: int = 2000
    # It lies ahead, or may: a planned day.
    may_be_ahead: bool = False
    # The stage that must have been reached before it can be so; empty: any.
    since: str = ""


@dataclass(frozen=True)
class Part:
    stage: Stage
    facts: tuple[Fact, ...]
    # make(case, told, by): the stage's rows. Raises Refused with the fact's name as its field.
    make: Callable[[Any, Facts, Any], None]
    # Kind of deadline -> the fact that tells when it was met, where the rows do not say it themselves.
    clocks: Mapping[str, str] = field(default_factory=dict)
    # The facts that say when the stage was left, the best first.
    left_by: tuple[str, ...] = ()


PARTS: dict[str, Part] = {}


def register_part(part: Part) -> None:
    PARTS[part.stage] = part


def parts() -> list[Part]:
    """In the order of the process."""
    return sorted(PARTS.values(), key=lambda part: POSITION[part.stage])


def all_facts() -> list[Fact]:
    return [fact for part in parts() for fact in part.facts]


def tells(told: Facts, *names: str) -> list[date]:
    """The days among these facts that are known."""
    return [told[name] for name in names if told.get(name)]


def said(on: date) -> str:
    return f"{on:%-d %B %Y}"


def at_noon(on: date) -> datetime:
    """A day that is known without its hour; of today not before now."""
    at = timezone.make_aware(datetime.combine(on, time(12)))
    return timezone.now() - timedelta(microseconds=1) if on == timezone.localdate() else at
