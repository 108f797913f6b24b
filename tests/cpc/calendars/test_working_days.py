import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import uk_election_timetables
from hypothesis import given
from hypothesis import strategies as st
from uk_election_timetables.calendars import Country
from uk_election_timetables.elections.local import LocalElection

from cpc.calendars.working_days import (
    add_working_days,
    bank_holiday_name,
    bank_holidays,
    is_working_day,
    notice_of_election,
    pre_election_period,
)

NATIONS = ["England", "Wales", "Scotland", "Northern Ireland"]
PUBLISHED = {"England": "england-and-wales", "Wales": "england-and-wales", "Scotland": "scotland"}

days = st.dates(date(2012, 1, 1), date(2199, 12, 31))
nations = st.sampled_from(NATIONS)
numbers = st.integers(1, 90)


@pytest.mark.parametrize("nation", NATIONS)
def test_bank_holidays_by_rule_are_those_the_government_published(nation):
    """gov.uk's own list, as the election timetables library carries it: 2012 to 2028."""
    path = Path(uk_election_timetables.__file__).parent / "bank-holidays.json"
    events = json.loads(path.read_text())[PUBLISHED.get(nation, "northern-ireland")]["events"]
    published = {date.fromisoformat(event["date"]) for event in events}
    years = {day.year for day in published}
    assert {2024, 2025, 2026, 2027, 2028} <= years
    assert {day for year in years for day in bank_holidays(year, nation)} == published


@pytest.mark.parametrize(
    ("on", "free_in"),
    [
        (date(2026, 4, 3), NATIONS),  # Good Friday
        (date(2026, 4, 6), ["England", "Wales", "Northern Ireland"]),  # Easter Monday
        (date(2027, 1, 1), NATIONS),
        (date(2027, 1, 4), ["Scotland"]),  # 2 January is a Saturday
        (date(2026, 3, 17), ["Northern Ireland"]),
        (date(2026, 7, 13), ["Northern Ireland"]),  # 12 July is a Sunday
        (date(2027, 8, 2), ["Scotland"]),
        (date(2027, 8, 30), ["England", "Wales", "Northern Ireland"]),
        (date(2026, 11, 30), ["Scotland"]),
        (date(2027, 12, 24), []),  # Christmas Eve is a working day
        (date(2027, 12, 27), NATIONS),  # Christmas Day is a Saturday, Boxing Day a Sunday
        (date(2027, 12, 28), NATIONS),
        (date(2026, 6, 15), ["Scotland"]),
    ],
)
def test_a_day_is_free_where_it_is_a_bank_holiday(on, free_in):
    assert [nation for nation in NATIONS if bank_holiday_name(on, nation)] == free_in
    assert [nation for nation in NATIONS if not is_working_day(on, nation)] == free_in


def test_a_substitute_day_says_so():
    assert bank_holiday_name(date(2027, 12, 27)) == "Christmas Day (substitute day)"
    assert bank_holiday_name(date(2022, 12, 27)) == "Christmas Day (substitute day)"
    assert bank_holiday_name(date(2022, 12, 26)) == "Boxing Day"
    assert bank_holiday_name(date(2027, 12, 24)) == ""


@pytest.mark.parametrize(
    ("on", "number", "nation", "expected"),
    [
        (date(2026, 12, 24), 1, "England", date(2026, 12, 29)),  # Boxing Day's substitute is Monday the 28th
        (date(2026, 12, 31), 1, "England", date(2027, 1, 4)),
        (date(2026, 12, 31), 1, "Scotland", date(2027, 1, 5)),
        (date(2026, 4, 2), 1, "England", date(2026, 4, 7)),  # over Easter
        (date(2026, 4, 2), 1, "Scotland", date(2026, 4, 6)),
        (date(2026, 4, 7), -1, "Northern Ireland", date(2026, 4, 2)),
        (date(2026, 7, 10), 1, "Northern Ireland", date(2026, 7, 14)),
        (date(2026, 7, 10), 1, "England", date(2026, 7, 13)),
        (date(2026, 11, 28), 1, "England", date(2026, 11, 30)),  # from a Saturday
        (date(2026, 11, 28), -1, "England", date(2026, 11, 27)),
        (date(2028, 2, 28), 2, "England", date(2028, 3, 1)),  # 29 February counts
        (date(2026, 11, 28), 0, "England", date(2026, 11, 28)),
    ],
)
def test_counting_passes_over_weekends_and_holidays(on, number, nation, expected):
    assert add_working_days(on, number, nation) == expected


@given(days, numbers, nations, st.sampled_from([1, -1]))
def test_counting_lands_on_working_days_only_and_counts_each_one(on, number, nation, way):
    there = add_working_days(on, way * number, nation)
    assert is_working_day(there, nation)
    between = (on + timedelta(days=way * step) for step in range(1, abs((there - on).days) + 1))
    assert sum(is_working_day(day, nation) for day in between) == number


@given(days, numbers, nations)
def test_there_and_back_is_where_it_began(on, number, nation):
    began = on if is_working_day(on, nation) else add_working_days(on, 1, nation)
    assert add_working_days(add_working_days(began, number, nation), -number, nation) == began
    assert add_working_days(add_working_days(began, -number, nation), number, nation) == began


@given(days, st.integers(0, 30), st.integers(-60, 60), nations)
def test_a_later_start_and_a_greater_number_never_end_earlier(on, later, number, nation):
    ends = add_working_days(on, number, nation)
    assert ends < add_working_days(on, number + 1, nation)
    if number:
        assert ends <= add_working_days(on + timedelta(days=later), number, nation)


@given(days, numbers, numbers, nations)
def test_two_steps_are_one_long_one(on, first, second, nation):
    assert add_working_days(add_working_days(on, first, nation), second, nation) == add_working_days(
        on, first + second, nation
    )


# ------------------------------------------------------------------ elections


@pytest.mark.parametrize(
    ("nation", "country"),
    [
        ("England", Country.ENGLAND),
        ("Wales", Country.WALES),
        ("Scotland", Country.SCOTLAND),
        ("Northern Ireland", Country.NORTHERN_IRELAND),
    ],
)
@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2028])
def test_notice_of_a_local_election_is_what_the_election_timetables_say(nation, country, year):
    """Every day of the year as a poll day: over Christmas, Easter and every bank holiday."""
    polls = [date(year, 1, 1) + timedelta(days=number) for number in range(365 + (year % 4 == 0))]
    ours = {poll: notice_of_election(poll, nation) for poll in polls}
    assert ours == {poll: LocalElection(poll, country).notice_of_election_deadline for poll in polls}


def test_period_of_an_ordinary_election_in_may():
    """Uttlesford's began on 22 March 2024: earlier than the latest day, as a council may."""
    starts_on, ends_on = pre_election_period(date(2024, 5, 2))
    assert (starts_on, ends_on) == (date(2024, 3, 26), date(2024, 5, 2))
    assert pre_election_period(date(2023, 5, 4))[0] == date(2023, 3, 27)
