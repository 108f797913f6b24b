from datetime import date

import pytest

from councils.elections import first_thursday_of_may, poll_days
from councils.models import Poll
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def years(council, first=2025, last=2031):
    return [poll.on.year for poll in poll_days(council, date(first, 1, 1), date(last, 12, 31))]


def test_first_thursday_of_may():
    known = ["2019-05-02", "2021-05-06", "2023-05-04", "2024-05-02", "2025-05-01", "2026-05-07", "2027-05-06"]
    assert [first_thursday_of_may(date.fromisoformat(day).year).isoformat() for day in known] == known


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"election_scheme": "all_out", "last_ordinary_election": 2023}, [2027, 2031]),
        ({"election_scheme": "all_out", "last_ordinary_election": 2025, "council_type": "county"}, [2025, 2029]),
        ({"election_scheme": "thirds", "last_ordinary_election": 2026}, [2026, 2027, 2028, 2030, 2031]),
        ({"election_scheme": "halves", "last_ordinary_election": 2026}, [2026, 2028, 2030]),
        (
            {"election_scheme": "all_out", "last_ordinary_election": 2022, "council_type": "welsh_unitary"},
            [2027],
        ),
        (
            {"election_scheme": "all_out", "last_ordinary_election": 2022, "council_type": "scottish_unitary"},
            [2027],
        ),
        ({"election_scheme": "", "last_ordinary_election": None}, []),
        # Its Common Council is elected in March.
        ({"election_scheme": "all_out", "last_ordinary_election": 2025, "gss_code": "E09000001"}, []),
        ({"election_scheme": "all_out", "last_ordinary_election": 2023, "end_on": date(2028, 3, 31)}, [2027]),
    ],
)
def test_expected_from_the_scheme(facts, expected):
    assert years(make_council(**facts)) == expected


def test_recorded_polls_beat_expectations():
    council = make_council(election_scheme="all_out", last_ordinary_election=2023)
    Poll.objects.create(council=council, on=date(2027, 6, 10))
    polls = poll_days(council, date(2027, 1, 1), date(2027, 12, 31))
    assert [(poll.on, poll.is_expected) for poll in polls] == [(date(2027, 6, 10), False)]
    # Also when the recorded day itself lies outside the time asked for.
    assert poll_days(council, date(2027, 5, 1), date(2027, 5, 31)) == []


def test_a_by_election_does_not_replace_the_ordinary_one():
    council = make_council(election_scheme="all_out", last_ordinary_election=2023)
    Poll.objects.create(council=council, on=date(2027, 10, 14), text="By-election")
    polls = poll_days(council, date(2027, 1, 1), date(2027, 12, 31))
    assert [(poll.on, poll.text, poll.is_expected) for poll in polls] == [
        (date(2027, 5, 6), "Ordinary election", True),
        (date(2027, 10, 14), "By-election", False),
    ]


def test_called_off_means_none():
    council = make_council(election_scheme="all_out", last_ordinary_election=2023)
    Poll.objects.create(council=council, on=date(2027, 5, 6), text="Put off to 2028", is_called_off=True)
    assert years(council) == [2031]
