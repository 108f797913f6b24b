"""Sixteen years day by day: each first of a month against a slow reference that anybody can check by eye."""

from __future__ import annotations

import calendar
import csv
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from councils.models import Succession
from cpc.casework.importers.past.challenges import DATA_FILE, parse_known_date
from cpc.cycle.queries import due_list
from tests.architecture.source import BASE
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge, make_conversation, make_prompt, make_trigger

pytestmark = pytest.mark.django_db

DAYS = [date(year, month, 1) for year in range(2012, 2028) for month in range(1, 13)]


# ------------------------------------------------------------------ a history in plain words


@dataclass
class PlainCase:
    hosts: list[str]
    end: date | None  # the last onsite day, or the day that the cycle was corrected to
    cancelled: bool = False
    created: date | None = None  # the day it was started in this service; None for published history
    closed: date | None = None


@dataclass
class PlainCouncil:
    name: str
    start: date | None = None
    end: date | None = None
    carries_on: str = ""  # the council that it is the same body as
    talks: list[tuple[str, date, date | None]] = field(default_factory=list)
    prompts: list[tuple[date, date | None]] = field(default_factory=list)
    triggers: list[date] = field(default_factory=list)


@dataclass
class PlainHistory:
    councils: dict[str, PlainCouncil] = field(default_factory=dict)
    cases: list[PlainCase] = field(default_factory=list)


# ------------------------------------------------------------------ the reference


def later(day: date, months: int) -> date:
    """Month by month along the calendar; the last day of the month where the day does not exist."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def expected(history: PlainHistory, name: str, day: date) -> dict[str, object] | None:
    council = history.councils[name]
    if council.start is not None and day < council.start:
        return None
    if council.end is not None and day > council.end:
        return None

    names = [name]
    while history.councils[names[-1]].carries_on:
        names.append(history.councils[names[-1]].carries_on)

    last = None
    booked = False
    for case in history.cases:
        if case.cancelled:
            continue
        if not any(host in names for host in case.hosts):
            continue
        if case.end is not None and case.end <= day and (last is None or case.end > last):
            last = case.end
        if case.created is not None and case.created <= day:
            is_to_come = case.end is None or case.end > day
            is_closed = case.closed is not None and case.closed < day
            if is_to_come and not is_closed:
                booked = True

    window = due = None
    if last is not None:
        window, due = later(last, 48), later(last, 60)
    elif council.start is not None and council.start >= date(2011, 4, 1):
        window, due = later(council.start, 36), later(council.start, 48)

    if last is None:
        standing = "never_had"
    elif day < window:
        standing = "not_due"
    elif day <= due:
        standing = "window_open"
    else:
        standing = "overdue"

    talk = ""
    for state, begins, ends in council.talks:
        if begins <= day and (ends is None or day <= ends):
            talk = state
    prompted = False
    for made, closed in council.prompts:
        if made <= day and (closed is None or day < closed):
            prompted = True
    if booked:
        state = "booked"
    elif talk:
        state = talk
    elif prompted:
        state = "prompted"
    else:
        state = standing

    named = 0
    for happened in council.triggers:
        if happened <= day <= later(happened, 24) and (last is None or happened > last):
            named += 1

    if council.end is not None and window is not None and council.end < window:
        window = None
    if council.end is not None and due is not None and council.end < due:
        due = None
    return {
        "standing": standing,
        "state": state,
        "last": last,
        "window_on": window,
        "due_on": due,
        "warned": council.end is not None and later(council.end, -18) <= day,
        "triggers": named,
    }


# ------------------------------------------------------------------ histories


def invented(councils: int = 60) -> PlainHistory:
    """By chance, but the same on every run: short lives, joint challenges, month ends, leap days, all that is kept."""
    dice = random.Random(20260401)
    history = PlainHistory()

    def any_day(first: int = 2009, last: int = 2027) -> date:
        day = date(first, 1, 1) + timedelta(days=dice.randrange((last - first) * 365))
        return later(day.replace(day=1), 1) - timedelta(days=1) if dice.random() < 0.3 else day

    for number in range(councils):
        council = PlainCouncil(f"Invented {number:02}")
        if dice.random() < 0.3:
            council.start = any_day(2005, 2024)
        if dice.random() < 0.3:
            council.end = max(any_day(2015, 2029), council.start or date(2015, 1, 1))
        ended = [each for each in history.councils.values() if each.end and each.end < date(2026, 1, 1)]
        if ended and dice.random() < 0.2:
            before = dice.choice(ended)
            council.carries_on, council.start, council.end = before.name, before.end + timedelta(days=1), None
        day = any_day(2010, 2016)
        while day < date(2027, 1, 1) and dice.random() < 0.85:
            until = day + timedelta(days=dice.randrange(200))
            council.talks.append((dice.choice(["in_conversation", "no_date_agreed", "declined"]), day, until))
            day = until + timedelta(days=dice.randrange(1, 900))
        for _ in range(dice.randrange(3)):
            made = any_day()
            council.prompts.append((made, dice.choice([None, made + timedelta(days=dice.randrange(300))])))
        council.triggers = [any_day() for _ in range(dice.randrange(4))]
        history.councils[council.name] = council
    names = list(history.councils)
    for _ in range(councils * 2):
        hosts = dice.sample(names, dice.choice([1, 1, 1, 1, 2, 3]))
        case = PlainCase(hosts, any_day(), cancelled=dice.random() < 0.1)
        if dice.random() < 0.4:
            case.created = case.end - timedelta(days=dice.randrange(30, 500))
            if dice.random() < 0.2:
                case.end = None
            if dice.random() < 0.3:
                case.closed = case.created + timedelta(days=dice.randrange(700))
        history.cases.append(case)
    return history


def published(path: Path, starts: str, ends: str, joint: str = "") -> PlainHistory:
    """What councils and the LGA have published, with as much of each date as is known."""
    history = PlainHistory()
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            if line["event"] != "cpc":
                continue
            hosts = [code for code in (line["gss_code"], line.get(joint, "")) if code]
            for code in hosts:
                history.councils.setdefault(code, PlainCouncil(code))
            history.cases.append(PlainCase(hosts, parse_known_date(line[ends] or line[starts]).last))
    return history


HISTORIES = {"invented": invented(), "published": published(DATA_FILE, "starts", "ends", "joint_with")}
# The list that the published history was drawn from, where it lies beside the repository.
ORIGINAL = BASE.parent / "shared" / "data" / "cpc_history_to_2024.csv"
if ORIGINAL.is_file():
    HISTORIES["original"] = published(ORIGINAL, "start_date", "end_date")


def write(history: PlainHistory) -> None:
    """The same history as rows."""
    person = make_user()
    rows = {
        each.name: make_council(name=each.name, start_on=each.start, end_on=each.end)
        for each in history.councils.values()
    }
    for each in history.councils.values():
        council = rows[each.name]
        if each.carries_on:
            Succession.objects.create(
                predecessor=rows[each.carries_on], successor=council, on=each.start, kind="continues"
            )
        for state, begins, ends in each.talks:
            make_conversation(council, begins, ended_on=ends, state=state, reason="Not now", recorded_by=person)
        for made, closed in each.prompts:
            make_prompt(council, made, closed_on=closed, state="acted_on" if closed else "open")
        for happened in each.triggers:
            make_trigger(council, happened)
    for case in history.cases:
        council, *joint = (rows[host] for host in case.hosts)
        values = {"joint": tuple(joint)}
        if case.cancelled:
            values |= {"state": "cancelled", "state_reason": "Flood"}
        if case.created is None:
            make_challenge(council, case.end, **values)
        else:
            make_booked(council, case.created, end_on=case.end, closed_on=case.closed, **values)


def told(row) -> dict[str, object]:
    return {
        "standing": row.standing.value,
        "state": row.state.value,
        "last": row.last.on if row.last else None,
        "window_on": row.window_on,
        "due_on": row.due_on,
        "warned": bool(row.warnings),
        "triggers": sum("new leader since" in reason for reason in row.reasons),
    }


@pytest.mark.parametrize("name", sorted(HISTORIES))
def test_every_first_of_the_month_is_as_the_reference_says(name):
    history = HISTORIES[name]
    write(history)
    seen: dict[str, set[object]] = {"standing": set(), "state": set()}
    for day in DAYS:
        found = {row.council.name: told(row) for row in due_list(day)}
        wanted = {each: answer for each in history.councils if (answer := expected(history, each, day))}
        assert found == wanted, day
        for each in found.values():
            seen["standing"].add(each["standing"])
            seen["state"].add(each["state"])
    assert len(DAYS) == 192
    # The comparison has met every case, or it would prove little.
    assert seen["standing"] == {"never_had", "not_due", "window_open", "overdue"}
    assert name != "invented" or len(seen["state"]) == 9
