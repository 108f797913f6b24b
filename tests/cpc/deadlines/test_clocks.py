from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpc.deadlines.clocks import due_on
from cpc.deadlines.kinds import KINDS, label_of
from cpc.deadlines.models import DeadlineRule

RULES = {kind: DeadlineRule(**row.rule()) for kind, row in KINDS.items()}
FOUR_CLOCKS = {
    "report_public": 3,
    "action_plan_public": 5,
    "progress_review_held": 10,
    "progress_review_report_public": 12,
}


def of_months(months, days=0):
    return DeadlineRule(kind="any", label="Any", owner_role="LGA", months=months, days=days)


def test_the_four_clocks_count_calendar_months_from_the_last_onsite_day():
    last_day = date(2026, 9, 17)
    assert {kind: due_on(RULES[kind], last_day) for kind in FOUR_CLOCKS} == {
        "report_public": date(2026, 12, 17),
        "action_plan_public": date(2027, 2, 17),
        "progress_review_held": date(2027, 7, 17),
        "progress_review_report_public": date(2027, 9, 17),
    }
    assert {RULES[kind].start for kind in FOUR_CLOCKS} == {"onsite_end"}
    assert {kind for kind, rule in RULES.items() if rule.start == "onsite_end"} == set(FOUR_CLOCKS)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),  # a leap year
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 2, 28), 12, date(2028, 2, 28)),  # the same day, not the last of the month
        (date(2028, 2, 29), 60, date(2033, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 12, 31), 5, date(2027, 5, 31)),
        (date(2099, 11, 29), 3, date(2100, 2, 28)),  # 2100 is none
    ],
)
def test_a_month_that_is_too_short_ends_the_count(start, months, expected):
    assert due_on(of_months(months), start) == expected


def test_months_are_counted_before_days():
    assert due_on(of_months(1, days=-1), date(2027, 3, 31)) == date(2027, 4, 29)
    assert due_on(of_months(0, days=-35), date(2027, 1, 11)) == date(2026, 12, 7)


@given(st.dates(date(2000, 1, 1), date(2150, 1, 1)), st.integers(0, 60))
def test_the_month_is_always_the_right_one_and_the_day_never_later(start, months):
    due = due_on(of_months(months), start)
    assert (due.year * 12 + due.month) - (start.year * 12 + start.month) == months
    assert due.day <= start.day


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_the_clocks_run_out_in_the_order_of_the_process(start):
    found = [due_on(RULES[kind], start) for kind in FOUR_CLOCKS]
    assert found == sorted(found)
    before = [due_on(rule, start) for rule in RULES.values() if rule.start == "onsite_start"]
    assert before == sorted(before)
    assert all(day < start for day in before)


def test_every_kind_has_a_label():
    assert label_of("report_public") == "Publish the feedback report"
    assert label_of("letter_sent") == "Letter sent"
