from datetime import date, timedelta

import pytest
import time_machine

from councils.models import Poll
from cpc.calendars.models import CalendarEntry, CalendarKind
from cpc.calendars.services import add_calendar_entry, remove_calendar_entry
from cpc.calendars.warnings import pre_election_poll, warnings_for
from cpc.cases.models import Case, CaseRole
from cpc.casework.services import add_member, cancel_case, start_case
from cpc.scheduling.queries import date_warnings
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def entry(name="Half-term", first=date(2027, 2, 15), last=date(2027, 2, 19), council=None, **changed):
    values = {"kind": CalendarKind.SCHOOL_HOLIDAY, "name": name, "starts_on": first, "ends_on": last}
    return CalendarEntry.objects.create(**values | changed, council=council)


def test_ordinary_days_are_not_warned_of():
    assert warnings_for(make_council(), date(2027, 1, 11), date(2027, 1, 14)) == []


def test_bank_holidays_are_those_of_the_councils_nation():
    easter = (date(2026, 4, 6), date(2026, 4, 8))
    assert warnings_for(make_council(), *easter) == ["6 April 2026 is a bank holiday (Easter Monday)."]
    assert warnings_for(make_council(nation="Scotland"), *easter) == []
    orange = (date(2026, 7, 13), date(2026, 7, 15))
    assert warnings_for(make_council(), *orange) == []
    assert "Battle of the Boyne" in warnings_for(make_council(nation="Northern Ireland"), *orange)[0]


def test_each_day_around_christmas_is_named_once():
    assert warnings_for(make_council(), date(2026, 12, 23), date(2027, 1, 4)) == [
        "24 December 2026 is Christmas Eve.",
        "25 December 2026 is a bank holiday (Christmas Day).",
        "27 December 2026 lies between Christmas and New Year.",
        "28 December 2026 is a bank holiday (Boxing Day (substitute day)).",
        "29 December 2026 lies between Christmas and New Year.",
        "30 December 2026 lies between Christmas and New Year.",
        "31 December 2026 lies between Christmas and New Year.",
        "1 January 2027 is a bank holiday (New Year's Day).",
    ]


# ------------------------------------------------------------------ elections


def votes_in(year, **changed):
    """A council whose whole council was last elected four years before."""
    return make_council(election_scheme="all_out", last_ordinary_election=year - 4, **changed)


@pytest.mark.parametrize(
    ("start", "end", "warned"),
    [
        (date(2027, 3, 24), date(2027, 3, 30), False),
        (date(2027, 3, 29), date(2027, 3, 31), True),  # the notice is due on the 31st
        (date(2027, 3, 31), date(2027, 3, 31), True),
        (date(2027, 5, 6), date(2027, 5, 6), True),  # polling day itself
        (date(2027, 5, 4), date(2027, 5, 7), True),
        (date(2027, 5, 7), date(2027, 5, 7), False),
    ],
)
def test_the_pre_election_period_ends_with_the_poll(start, end, warned):
    council = votes_in(2027)
    found = [text for text in warnings_for(council, start, end) if "pre-election" in text]
    expected = (
        f"{council.name} is in its pre-election period from 31 March to 6 May 2027: Ordinary election (expected)."
    )
    assert found == ([expected] if warned else [])


def test_a_year_without_a_vote_has_no_period():
    assert not any(
        "pre-election" in text for text in warnings_for(votes_in(2028), date(2027, 4, 12), date(2027, 4, 15))
    )


def test_a_vote_that_was_called_off_or_moved_is_not_warned_of_in_may():
    council = votes_in(2027)
    Poll.objects.create(council=council, on=date(2027, 5, 6), text="Ordinary election", is_called_off=True)
    assert not any("pre-election" in text for text in warnings_for(council, date(2027, 4, 12), date(2027, 4, 15)))


def test_a_by_election_is_warned_of_as_what_it_is():
    council = make_council()
    Poll.objects.create(council=council, on=date(2026, 10, 15), text="By-election in Castle ward")
    (found,) = warnings_for(council, date(2026, 10, 5), date(2026, 10, 8))
    assert found.endswith("to 15 October 2026: By-election in Castle ward.")
    assert pre_election_poll(council, date(2026, 10, 15)) == date(2026, 10, 15)
    assert pre_election_poll(council, date(2026, 10, 16)) is None


def test_a_period_begins_by_the_rules_of_the_nation():
    """28 working days in Scotland, 25 in England: the days between are in one period and not in the other."""
    on = date(2027, 3, 26)
    for nation, poll in (("England", None), ("Scotland", date(2027, 5, 6))):
        council = make_council(nation=nation)
        Poll.objects.create(council=council, on=date(2027, 5, 6), text="Ordinary election")
        assert pre_election_poll(council, on) == poll
        assert any("pre-election" in text for text in warnings_for(council, on, on)) == bool(poll)


# ------------------------------------------------------------------ calendars


@pytest.mark.parametrize(
    ("start", "end", "warned"),
    [
        (date(2027, 2, 10), date(2027, 2, 12), False),
        (date(2027, 2, 12), date(2027, 2, 15), True),
        (date(2027, 2, 16), date(2027, 2, 18), True),
        (date(2027, 2, 19), date(2027, 2, 22), True),
        (date(2027, 2, 22), date(2027, 2, 24), False),
    ],
)
def test_entries_warn_of_each_day_they_touch(start, end, warned):
    entry()
    sentence = "School holiday: Half-term, 15 February to 19 February 2027."
    assert warnings_for(make_council(), start, end) == ([sentence] if warned else [])


def test_an_entry_of_one_council_warns_of_no_other():
    council = make_council()
    entry("Budget", date(2027, 2, 16), date(2027, 2, 16), council, kind=CalendarKind.BUDGET)
    (found,) = warnings_for(council, date(2027, 2, 15), date(2027, 2, 17))
    assert found == f"Budget council of {council.name}: Budget, 16 February to 16 February 2027."
    assert warnings_for(make_council(), date(2027, 2, 15), date(2027, 2, 17)) == []


def test_what_staff_enter_warns_at_once_and_what_they_remove_does_not():
    council, by = make_council(), make_user("programme_manager")
    days = (date(2027, 7, 6), date(2027, 7, 8))
    added = add_calendar_entry(
        kind="conference", name="LGA conference", starts_on=days[0], ends_on=days[1], council=None, by=by
    )
    assert "LGA conference" in warnings_for(council, *days)[0]
    remove_calendar_entry(entry_id=added.pk, by=by)
    assert warnings_for(council, *days) == []


# ------------------------------------------------------------------ councils that come and go


@pytest.mark.parametrize(
    ("end_on", "words"),
    [
        (None, None),
        (date(2028, 1, 14), None),  # the last promise is due on this day
        (date(2028, 1, 13), "before the report of its progress review is due"),
        (date(2027, 1, 14), "before the report of its progress review is due"),
        (date(2027, 1, 13), "before its last onsite day"),
        (date(2026, 3, 31), "before its last onsite day"),
    ],
)
def test_a_council_that_is_abolished_before_its_last_promise_is_warned_of(end_on, words):
    found = warnings_for(make_council(end_on=end_on), date(2027, 1, 11), date(2027, 1, 14))
    assert len(found) == (1 if words else 0)
    if words:
        assert found[0].endswith(f"ceases to exist after {end_on:%-d %B %Y}, {words}.")


def test_a_council_that_does_not_exist_yet_is_warned_of():
    council = make_council(start_on=date(2028, 4, 1))
    (found,) = warnings_for(council, date(2028, 3, 29), date(2028, 3, 31))
    assert found == f"{council.name} does not exist before 1 April 2028."
    assert warnings_for(council, date(2028, 4, 4), date(2028, 4, 6)) == []


# ------------------------------------------------------------------ the case's own warnings


@time_machine.travel("2026-11-16 12:00 +0000", tick=False)
def test_a_manager_who_is_onsite_elsewhere_is_a_clash_until_that_case_ends():
    mine, other = make_staged("scheduling"), make_staged("onsite", onsite_days_ago=-60)
    case = Case.objects.get(pk=mine.case.pk)
    days = (other.case.onsite_start_on, other.case.onsite_end_on)
    assert date_warnings(case, *days) == []
    both = make_user("peer_challenge_manager")
    for staged in (mine, other):
        staged.case.memberships.filter(role=CaseRole.PEER_CHALLENGE_MANAGER).delete()
        add_member(case=staged.case, user=both, role=CaseRole.PEER_CHALLENGE_MANAGER, by=staged.programme_manager)
    (found,) = date_warnings(case, *days)
    assert found.startswith(f"{both.full_name} is onsite at another peer challenge, ")
    # The last day counts, the day after does not.
    assert len(date_warnings(case, days[1], days[1])) == 1
    assert date_warnings(case, days[1] + timedelta(days=1), days[1] + timedelta(days=1)) == []
    cancel_case(case=other.case, reason="The council declined", by=other.programme_manager)
    assert date_warnings(case, *days) == []


def test_a_joint_challenge_is_warned_of_the_days_of_both_councils_and_once_of_what_they_share():
    first, second = make_council(), make_council()
    staged = make_staged("scheduling")
    case = start_case(council=first, joint_councils=[second], by=staged.programme_manager)
    entry("Budget", date(2027, 2, 16), date(2027, 2, 16), second, kind=CalendarKind.BUDGET)
    entry()
    found = date_warnings(case, date(2027, 2, 15), date(2027, 2, 17))
    assert [text.partition(":")[0] for text in found] == ["School holiday", f"Budget council of {second.name}"]


def test_warnings_cost_the_same_with_one_entry_and_with_three_hundred():
    council = make_council()
    days = (date(2027, 2, 15), date(2027, 2, 18))
    entry()
    few = count_queries(lambda: warnings_for(council, *days))
    for number in range(300):
        entry(f"Entry {number}")
    assert len(warnings_for(council, *days)) == 301
    assert count_queries(lambda: warnings_for(council, *days)) == few <= 3
