from datetime import date

import pytest

from councils import queries
from councils.models import Council, PoliticalControl, Succession, Tenure
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def test_as_at_shows_the_people_and_the_control_of_that_day():
    """R8: a past challenge shows the values of its date."""
    council = make_council()
    for name, started_on, ended_on in [
        ("Ann Earlier", date(2020, 5, 1), date(2022, 5, 1)),
        ("Bob Later", date(2022, 5, 2), None),
    ]:
        Tenure.objects.create(
            council=council, post="leader", person_name=name, started_on=started_on, ended_on=ended_on
        )
    for year, control in [(2021, "Labour"), (2022, "No overall control")]:
        PoliticalControl.objects.create(council=council, year=year, control=control)

    def seen(on):
        found = queries.as_at(council, on)
        return [tenure.person_name for tenure in found.tenures], found.control and found.control.control

    assert seen(date(2022, 5, 1)) == (["Ann Earlier"], "No overall control")
    assert seen(date(2022, 5, 2)) == (["Bob Later"], "No overall control")
    assert seen(date(2022, 4, 30)) == (["Ann Earlier"], "Labour")
    assert seen(date(2020, 4, 30)) == ([], None)


def test_successors_and_predecessors_are_many_to_many():
    old, north, south = make_council(), make_council(name="North"), make_council(name="South")
    for successor in (south, north):
        Succession.objects.create(predecessor=old, successor=successor, on=date(2027, 4, 1))
    assert list(queries.successors(old)) == [north, south]
    assert list(queries.predecessors(north)) == [old]


def test_visible_to():
    own, other = make_council(), make_council()
    visible = Council.objects.filter(pk__in=[own.pk, other.pk]).visible_to
    assert set(visible(make_user("support_officer"))) == {own, other}
    assert list(visible(make_user("contributor", council=own))) == [own]
    assert list(visible(make_user("peer"))) == []
