from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from councils.models import Council, Succession
from cpc.cycle.queries import DueState, Standing, due_list, standing_of
from tests.counting import count_queries
from tests.factories.councils import make_council
from tests.factories.cycle import (
    make_booked,
    make_challenge,
    make_conversation,
    make_prompt,
    make_trigger,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def council():
    return make_council(name="Alderham")


def row(council, *on):
    return standing_of(council, date(*on))


def test_r1_window_opens_at_four_years_due_at_five_overdue_the_day_after(council):
    make_challenge(council, date(2020, 6, 10))
    assert row(council, 2020, 6, 9).last is None
    first = row(council, 2020, 6, 10)
    assert (first.last.on, first.window_on, first.due_on) == (date(2020, 6, 10), date(2024, 6, 10), date(2025, 6, 10))
    standings = {
        (2020, 6, 9): Standing.NEVER_HAD,
        (2020, 6, 10): Standing.NOT_DUE,
        (2024, 6, 9): Standing.NOT_DUE,
        (2024, 6, 10): Standing.WINDOW_OPEN,
        (2025, 6, 10): Standing.WINDOW_OPEN,
        (2025, 6, 11): Standing.OVERDUE,
    }
    assert {on: row(council, *on).standing for on in standings} == standings
    assert row(council, 2025, 6, 11).reasons == ("due 10 June 2025: five years after 10 June 2020",)


def test_r1_last_day_of_february_and_months_without_a_31st(council):
    make_challenge(council, date(2020, 2, 29))
    assert row(council, 2021, 1, 1).due_on == date(2025, 2, 28)
    assert row(council, 2021, 1, 1).window_on == date(2024, 2, 29)


def test_r1_a_later_challenge_begins_the_five_years_again_whatever_its_timing(council):
    """R2: an off-cycle challenge resets the cycle."""
    make_challenge(council, date(2020, 6, 10))
    make_challenge(council, date(2022, 6, 15), off_cycle_reason="A new leader asked for it")
    assert row(council, 2022, 6, 14).due_on == date(2025, 6, 10)
    assert row(council, 2022, 6, 15).due_on == date(2027, 6, 15)


def test_r1_the_corrected_day_counts_and_is_known_to_the_day(council):
    make_challenge(council, date(2020, 6, 30), cycle_start_on=date(2020, 6, 12), onsite_precision="month")
    found = row(council, 2021, 1, 1)
    assert found.due_on == date(2025, 6, 12)
    assert found.reasons == ("due 12 June 2025: five years after 12 June 2020",)


def test_r1_an_onsite_that_nobody_corrected_counts_from_its_last_day(council):
    make_challenge(council, date(2020, 6, 10), cycle_start_on=None)
    assert row(council, 2021, 1, 1).due_on == date(2025, 6, 10)


def test_r1_councils_that_never_had_one_stand_apart_without_a_due_date(council):
    found = row(council, 2026, 1, 1)
    assert (found.standing, found.state) == (Standing.NEVER_HAD, DueState.NEVER_HAD)
    assert (found.last, found.window_on, found.due_on) == (None, None, None)
    assert found.reasons == ("never had a peer challenge",)


def test_r1_a_council_that_began_with_the_programme_is_first_due_after_four_years(settings):
    new = make_council(start_on=date(2021, 4, 1))
    found = row(new, 2022, 1, 1)
    assert (found.standing, found.window_on, found.due_on) == (
        Standing.NEVER_HAD,
        date(2024, 4, 1),
        date(2025, 4, 1),
    )
    assert found.reasons == (
        "never had a peer challenge",
        "first due 1 April 2025: four years after the council began on 1 April 2021",
    )
    before = make_council(start_on=date(2011, 3, 31))
    assert row(before, 2022, 1, 1).due_on is None
    settings.CYCLE_PROGRAMME_START = date(2011, 3, 31)
    assert row(before, 2022, 1, 1).due_on == date(2015, 3, 31)


def test_r1_what_is_known_to_the_month_is_told_to_the_month(council):
    make_challenge(council, date(2022, 3, 31), onsite_start_on=date(2022, 3, 1), onsite_precision="month")
    found = row(council, 2023, 1, 1)
    assert found.due_on == date(2027, 3, 31)
    assert found.reasons == ("due in March 2027: five years after March 2022",)
    assert (found.due_text, found.window_text, found.last.text) == ("March 2027", "March 2026", "March 2022")


def test_r1_what_is_known_to_the_year_is_told_to_the_year(council):
    make_challenge(council, date(2013, 12, 31), onsite_start_on=date(2013, 1, 1), onsite_precision="year")
    assert row(council, 2014, 1, 1).reasons == ("due in 2018: five years after 2013",)


def test_r1_joint_challenges_count_for_every_council_of_them(council):
    partner, other = make_council(), make_council()
    make_challenge(council, date(2020, 6, 10), joint=(partner,))
    assert row(partner, 2021, 1, 1).due_on == date(2025, 6, 10)
    assert row(other, 2021, 1, 1).last is None


def test_r1_cancelled_challenges_and_visits_of_another_kind_do_not_count(council):
    make_challenge(council, date(2020, 6, 10), state="cancelled", state_reason="Flood")
    make_challenge(council, date(2021, 6, 10), kind="support_visit")
    make_booked(council, date(2021, 1, 1), kind="support_visit")
    found = row(council, 2022, 1, 1)
    assert (found.last, found.state) == (None, DueState.NEVER_HAD)


def test_r1_only_councils_of_the_programme_that_exist_on_the_day(council):
    make_council(name="Outside", in_programme=False)
    make_council(name="Gone", end_on=date(2019, 3, 31))
    make_council(name="To come", start_on=date(2028, 4, 1))
    assert [each.council.name for each in due_list(date(2019, 3, 31))] == ["Alderham", "Gone"]
    assert [each.council.name for each in due_list(date(2019, 4, 1))] == ["Alderham"]
    assert [each.council.name for each in due_list(date(2028, 4, 1))] == ["Alderham", "To come"]


def test_r96_a_council_that_ends_first_has_no_due_date():
    ending = make_council(end_on=date(2027, 3, 31))
    make_challenge(ending, date(2022, 4, 1))
    found = row(ending, 2025, 1, 1)
    assert (found.due_on, found.window_on) == (None, date(2026, 4, 1))
    assert found.reasons == ("no due date: the council ends on 31 March 2027",)
    kept = make_council(end_on=date(2027, 3, 31))
    make_challenge(kept, date(2022, 3, 31))
    assert row(kept, 2025, 1, 1).due_on == date(2027, 3, 31)


def test_r96_the_last_eighteen_months_of_a_council_are_warned_of():
    ending = make_council(end_on=date(2027, 3, 31))
    assert row(ending, 2025, 9, 29).warnings == ()
    assert row(ending, 2025, 9, 30).warnings == ("ends on 31 March 2027",)
    assert row(ending, 2027, 3, 31).warnings == ("ends on 31 March 2027",)
    assert row(ending, 2027, 4, 1) is None


@pytest.mark.parametrize("kind", ["merger", "split", "boundary", ""])
def test_r96_two_councils_become_one_which_begins_afresh(kind):
    """West Somerset and Taunton Deane, on 1 April 2019."""
    first, second = make_council(end_on=date(2019, 3, 31)), make_council(end_on=date(2019, 3, 31))
    merged = make_council(start_on=date(2019, 4, 1))
    for each in (first, second):
        make_challenge(each, date(2016, 3, 1))
        Succession.objects.create(predecessor=each, successor=merged, on=date(2019, 4, 1), kind=kind)
    assert row(first, 2018, 1, 1).due_on is None
    found = row(merged, 2019, 4, 1)
    assert (found.standing, found.last, found.due_on) == (Standing.NEVER_HAD, None, date(2023, 4, 1))


def test_r96_the_same_body_carries_on_with_its_challenges_through_a_chain(council):
    middle = make_council(start_on=date(2019, 4, 1), end_on=date(2023, 3, 31))
    oldest = make_council(end_on=date(2019, 3, 31))
    make_challenge(oldest, date(2018, 6, 10))
    Succession.objects.create(predecessor=oldest, successor=middle, on=date(2019, 4, 1), kind="continues")
    Succession.objects.create(predecessor=middle, successor=council, on=date(2023, 4, 1), kind="continues")
    assert row(council, 2023, 3, 31).last is None
    assert row(council, 2023, 4, 1).due_on == date(2023, 6, 10)


def test_state_is_the_strongest_of_what_is_going_on(council):
    make_challenge(council, date(2016, 1, 1))
    on = date(2024, 1, 10)
    assert standing_of(council, on).state == DueState.OVERDUE
    make_prompt(council, date(2024, 1, 10))
    assert standing_of(council, on).state == DueState.PROMPTED
    talk = make_conversation(council, date(2024, 1, 10))
    assert standing_of(council, on).state == DueState.IN_CONVERSATION
    talk.state, talk.reason = "declined", "No wish"
    talk.save()
    assert standing_of(council, on).state == DueState.DECLINED
    make_booked(council, date(2024, 1, 10))
    found = standing_of(council, on)
    assert (found.standing, found.state) == (Standing.OVERDUE, DueState.BOOKED)
    assert standing_of(council, on - timedelta(days=1)).state == DueState.OVERDUE


def test_prompts_and_conversations_speak_from_their_day_until_they_end(council):
    make_challenge(council, date(2023, 1, 1))
    make_prompt(council, date(2024, 1, 10), state="acted_on", closed_on=date(2024, 1, 20))
    make_conversation(council, date(2024, 1, 20), ended_on=date(2024, 1, 31))
    make_conversation(council, date(2024, 1, 31), state="no_date_agreed")
    states = {
        (2024, 1, 9): DueState.NOT_DUE,
        (2024, 1, 19): DueState.PROMPTED,
        (2024, 1, 30): DueState.IN_CONVERSATION,
        (2024, 1, 31): DueState.NO_DATE_AGREED,
    }
    assert {on: row(council, *on).state for on in states} == states


def test_booked_from_the_day_a_case_starts_until_its_last_onsite_day(council):
    partner = make_council()
    make_booked(council, date(2024, 2, 1), end_on=date(2024, 9, 12), joint=(partner,))
    for each in (council, partner):
        assert row(each, 2024, 1, 31).state == DueState.NEVER_HAD
        assert row(each, 2024, 2, 1).state == DueState.BOOKED
        assert row(each, 2024, 9, 11).state == DueState.BOOKED
        assert row(each, 2024, 9, 12).state == DueState.NOT_DUE


def test_booked_begins_on_the_day_in_london(council):
    # Half past eleven in the evening of 30 June by the clock of Greenwich is 1 July in London.
    late = datetime(2024, 6, 30, 23, 30, tzinfo=ZoneInfo("UTC"))
    make_booked(council, date(2024, 6, 30), created_at=late)
    assert row(council, 2024, 6, 30).state == DueState.NEVER_HAD
    assert row(council, 2024, 7, 1).state == DueState.BOOKED


def test_a_case_closed_before_its_onsite_books_nothing_after(council):
    make_booked(council, date(2024, 2, 1), state="closed", closed_on=date(2024, 3, 1))
    assert row(council, 2024, 3, 1).state == DueState.BOOKED
    assert row(council, 2024, 3, 2).state == DueState.NEVER_HAD


def test_triggers_are_reasons_after_the_last_challenge_for_two_years(council):
    make_challenge(council, date(2024, 1, 10))
    make_trigger(council, date(2024, 1, 10))
    make_trigger(council, date(2024, 5, 12), detail="Lesley Example")
    make_trigger(council, date(2024, 6, 1), kind="new_chief_executive")
    due = "due 10 January 2029: five years after 10 January 2024"
    leader, chief = "new leader since 12 May 2024 (Lesley Example)", "new chief executive since 1 June 2024"
    assert row(council, 2024, 5, 11).reasons == (due,)
    assert row(council, 2024, 5, 12).reasons == (due, leader)
    assert row(council, 2026, 5, 12).reasons == (due, chief, leader)
    assert row(council, 2026, 5, 13).reasons == (due, chief)


def test_one_council_is_told_as_the_whole_list_tells_it(council):
    partner, carried = make_council(), make_council()
    old = make_council(end_on=date(2019, 3, 31))
    Succession.objects.create(predecessor=old, successor=carried, on=date(2019, 4, 1), kind="continues")
    make_challenge(old, date(2018, 5, 5), joint=(partner,))
    make_conversation(partner, date(2020, 1, 1))
    make_prompt(carried, date(2020, 1, 1))
    on = date(2021, 1, 1)
    assert [standing_of(each, on) for each in Council.objects.in_programme(on)] == due_list(on)


def test_costs_the_same_for_three_and_three_hundred():
    def fill(number):
        for _ in range(number):
            each = make_council()
            make_challenge(each, date(2020, 6, 10))
            make_trigger(each, date(2021, 6, 10))

    fill(3)
    few = count_queries(lambda: due_list(date(2022, 1, 1)))
    fill(297)
    rows = []
    assert count_queries(lambda: rows.extend(due_list(date(2022, 1, 1)))) == few <= 6
    assert len(rows) == 300
