from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.models import Nation
from cpc.calendars.working_days import is_working_day
from cpc.reminders.timing import Timing, WorkingDays, matching, spans, speaks, stretch

TODAY = date(2026, 11, 26)
AGE = 60


def timing(pk=1, offset=0, **changed):
    values = {"kind": "", "in_working_days": False, "recipients": "owner", "waits_for_working_day": False}
    return Timing(pk=pk, offset_days=offset, **values | changed)


timings = st.builds(
    timing,
    pk=st.integers(1, 9),
    offset=st.integers(-40, 40),
    kind=st.sampled_from(["", "report_public"]),
    in_working_days=st.booleans(),
    recipients=st.sampled_from(["owner", "LGA", "adviser"]),
    waits_for_working_day=st.booleans(),
)


@given(timings, st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.sampled_from(Nation.values))
def test_working_days_read_at_once_say_what_counting_day_by_day_says(rule, on, nation):
    reach = stretch(rule.offset_days)
    assert WorkingDays(nation, on - reach, on + reach).send_day(rule, on) == rule.send_day(on, nation)


@given(
    st.lists(timings, min_size=1, max_size=5, unique_by=lambda rule: rule.pk),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.integers(-120, 120),
    st.sampled_from(["LGA", "Council", "Peer team"]),
    st.sampled_from(Nation.values),
    st.sampled_from(["report_public", "other"]),
)
def test_spans_say_what_the_rule_says_of_every_single_day(rules, today, ahead, owner, nation, kind):
    on = today + timedelta(days=ahead)
    reach = stretch(60)
    days = WorkingDays(nation, min(on, today) - reach, max(on, today) + reach)
    wanted = {
        (side, rule.pk, send_on)
        for side, (rule, send_on) in speaks(matching(tuple(rules), kind), owner, on, today, AGE, days).items()
        if not rule.waits_for_working_day or is_working_day(today, nation)
    }
    named = {rule.kind for rule in rules}
    found = {
        (span.side, span.rule, on + timedelta(days=span.shift))
        for span in spans(tuple(rules), today, AGE, True)
        if (span.kind == kind or (span.kind == "" and kind not in named))
        and span.owner == owner
        and span.nation == nation
        and span.from_on <= on <= span.until_on
    }
    assert found == wanted


def test_a_rule_that_waits_lets_no_earlier_rule_speak_in_its_place():
    """On a Saturday the later of two rules waits for Monday; what it would replace is not said instead."""
    saturday = date(2026, 11, 28)
    rules = (timing(1, -7), timing(2, -2, waits_for_working_day=True))
    spoken = {
        span.rule for span in spans(rules, saturday, AGE, True) if span.from_on <= date(2026, 11, 30) <= span.until_on
    }
    assert spoken == set()
    monday = date(2026, 11, 30)
    spoken = {span.rule for span in spans(rules, monday, AGE, True) if span.from_on <= monday <= span.until_on}
    assert spoken == {2}


def test_without_rules_nothing_is_said():
    assert spans((), TODAY, AGE, True) == ()


@pytest.mark.parametrize(("age", "found"), [(10, True), (9, False)])
def test_what_was_missed_too_long_ago_is_left(age, found):
    on = TODAY - timedelta(days=10)
    hit = [span for span in spans((timing(),), TODAY, age, False) if span.from_on <= on <= span.until_on]
    assert bool(hit) is found
