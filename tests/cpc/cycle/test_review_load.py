"""R93, X24: reviews by others are planned ahead, and warned of before a challenge is agreed for the same months."""

from datetime import date, timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta

from cpc.components.errors import Refused
from cpc.cycle.journey.services import add_journey_entry, change_journey_entry
from cpc.cycle.journey.timeline import journey_of
from cpc.cycle.review_load import load_warning
from cpc.scheduling.queries import date_warnings
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-11-30 12:00 +0000", tick=False):
        yield


@pytest.fixture
def by():
    return make_user("programme_manager")


def plan(council, on, by, *, kind="other_review", name="Planning service"):
    return add_journey_entry(council=council, kind=kind, name=name, started_on=on, ended_on=None, address="", by=by)


def test_r93_a_review_by_others_can_be_planned_ahead_and_an_intervention_cannot(by):
    council = make_council()
    spring = date(2027, 4, 12)
    entry = plan(council, spring, by)
    assert journey_of(council, by).steps[0].on == spring
    moved = change_journey_entry(
        entry=entry, kind=entry.kind, name=entry.name, started_on=date(2027, 5, 10), ended_on=None, address="", version=0,
        by=by,
    )  # fmt: skip
    assert moved.started_on == date(2027, 5, 10)
    with pytest.raises(Refused, match="First day must be today or in the past"):
        plan(council, spring, by, kind="intervention", name="Commissioners")
    with pytest.raises(Refused, match="within 36 months"):
        plan(council, TODAY + relativedelta(months=36, days=1), by, name="A slip of the pen")


@pytest.mark.parametrize(("planned", "warned"), [(2, False), (3, True)])
def test_r93_dates_are_warned_of_before_they_are_agreed(by, planned, warned):
    case = make_booked(make_council(), TODAY - timedelta(days=9))
    for number in range(planned):
        plan(case.council, date(2027, 4, 1) + timedelta(days=40 * number), by, name=f"Review {number}")
    start = date(2027, 9, 14)
    found = [text for text in date_warnings(case, start, start + timedelta(days=2)) if "reviews of" in text]
    assert bool(found) is warned
    if warned:
        name = case.council.name
        assert found == [
            f"With these dates 4 reviews of {name} begin within 12 months, from 1 April 2027 to 14 September 2027. "
            "More than 3 are a burden."
        ]
    assert load_warning(make_council(), start) == ""


def test_r93_the_same_day_of_the_next_year_is_outside_and_the_case_itself_is_not_counted_twice(by):
    case = make_booked(make_council(), TODAY - timedelta(days=9))
    case.onsite_start_on = case.onsite_end_on = date(2027, 6, 1)
    case.save()
    for number in range(3):
        plan(case.council, date(2027, 4, 1 + number), by, name=f"Review {number}")
    assert load_warning(case.council, date(2028, 4, 1), but=case) == ""
    assert "4 reviews" in load_warning(case.council, date(2028, 3, 31), but=case)
    assert "5 reviews" in load_warning(case.council, date(2028, 3, 31))
