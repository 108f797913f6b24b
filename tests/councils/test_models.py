"""What the database itself refuses, whatever the code above does."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from councils.models import Succession, Tenure
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def hold(council, post, started_on, ended_on=None):
    with transaction.atomic():
        return Tenure.objects.create(
            council=council, post=post, person_name="Ann Example", started_on=started_on, ended_on=ended_on
        )


def test_one_holder_of_a_post_at_a_time():
    council = make_council()
    hold(council, "leader", date(2020, 5, 1), date(2022, 5, 1))
    hold(council, "leader", date(2022, 5, 2))
    hold(council, "chief_executive", date(2020, 5, 1))
    hold(make_council(), "leader", date(2020, 5, 1))
    for started_on, ended_on in [(date(2022, 5, 1), date(2022, 5, 1)), (date(2030, 1, 1), None)]:
        with pytest.raises(IntegrityError, match="tenure_one_at_a_time"):
            hold(council, "leader", started_on, ended_on)


def test_ends_after_starts():
    with pytest.raises(IntegrityError, match="tenure_ends_after_start"), transaction.atomic():
        hold(make_council(), "leader", date(2020, 5, 2), date(2020, 5, 1))
    with pytest.raises(IntegrityError, match="council_ends_after_start"), transaction.atomic():
        make_council(start_on=date(2020, 5, 2), end_on=date(2020, 5, 1))


def test_a_council_does_not_follow_itself():
    council = make_council()
    with pytest.raises(IntegrityError, match="succession_not_itself"), transaction.atomic():
        Succession.objects.create(predecessor=council, successor=council, on=date(2020, 5, 2))
