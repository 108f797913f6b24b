from datetime import date

import pytest

from councils import queries
from councils.models import Council, CouncilCode, FormerFact, PoliticalControl, Seats, Succession, Tenure
from tests.counting import count_queries
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


def test_r8_the_whole_council_as_it_was_on_a_day():
    county = make_council(name="Old County", council_type="county")
    council = make_council(name="New Name", region="South West", election_scheme="all_out", start_on=date(1974, 4, 1))
    for fact, value, ended_on in [
        ("name", "First Name", date(2009, 3, 31)),
        ("name", "Second Name", date(2019, 3, 31)),
        ("council_type", "district", date(2019, 3, 31)),
        ("parent", county.slug, date(2019, 3, 31)),
        ("region", "South East", date(2009, 3, 31)),
        ("election_scheme", "", date(2015, 5, 6)),
    ]:
        FormerFact.objects.create(council=council, fact=fact, value=value, ended_on=ended_on)
    for code, ended_on in [("E1", date(2008, 12, 31)), ("E2", date(2019, 3, 31)), ("E0", None)]:
        CouncilCode.objects.create(council=council, code=code, ended_on=ended_on)
    for year, party, number in [(2015, "Labour", 20), (2015, "Green", 25), (2019, "Labour", 30)]:
        Seats.objects.create(council=council, year=year, party=party, number=number)

    def seen(on):
        then = queries.as_at(council, on)
        return then.exists, then.name, then.type_text, then.parent, then.region, then.scheme_text, then.code

    assert seen(date(1970, 1, 1)) == (False, "First Name", "District", county, "South East", "", "E1")
    assert seen(date(2009, 3, 31)) == (True, "First Name", "District", county, "South East", "", "E2")
    assert seen(date(2009, 4, 1)) == (True, "Second Name", "District", county, "South West", "", "E2")
    assert seen(date(2019, 3, 31)) == (True, "Second Name", "District", county, "South West", "Whole council", "E2")
    assert seen(date(2019, 4, 1))[1:5] == ("New Name", "Unitary", None, "South West")
    assert seen(date(2019, 4, 1))[6] == council.gss_code

    def seats(on):
        return [(each.party, each.number) for each in queries.as_at(council, on).seats]

    assert seats(date(2015, 4, 30)) == []
    assert seats(date(2019, 4, 30)) == [("Green", 25), ("Labour", 20)]
    assert seats(date(2019, 5, 1)) == [("Labour", 30)]
    # However much is recorded, it costs the same.
    assert count_queries(lambda: queries.as_at(council, date(2019, 3, 31))) <= 7


def test_r8_who_led_the_council_on_a_day_in_one_statement():
    council = make_council()
    on = date(2022, 4, 30)
    assert queries.leadership_at(council, on) == queries.Leadership("", "", "")
    for post, name, started_on, ended_on in [
        ("leader", "Ann Earlier", date(2020, 5, 1), on),
        ("leader", "Bob Later", date(2022, 5, 1), None),
        ("mayor", "Cy Mayor", date(2021, 5, 1), None),
        ("chief_executive", "Di Chief", on, None),
    ]:
        Tenure.objects.create(council=council, post=post, person_name=name, started_on=started_on, ended_on=ended_on)
    for year, control in [(2020, "Green"), (2021, "Labour"), (2022, "No overall control")]:
        PoliticalControl.objects.create(council=council, year=year, control=control)
    assert queries.leadership_at(council, on) == queries.Leadership("Ann Earlier, Cy Mayor", "Di Chief", "Labour")
    assert queries.leadership_at(council, date(2022, 5, 1)).control == "No overall control"
    assert count_queries(lambda: queries.leadership_at(council, on)) == 1


def test_relations_are_many_to_many_and_dated():
    old, north, south = make_council(), make_council(name="North"), make_council(name="South")
    for successor, kind in [(south, "split"), (north, "")]:
        Succession.objects.create(predecessor=old, successor=successor, on=date(2027, 4, 1), kind=kind)
    before, after = queries.relations(old)
    assert (before, [(each.council, each.words) for each in after]) == ([], [(south, "split"), (north, "")])
    assert [each.council for each in queries.relations(north)[0]] == [old]
    assert queries.as_at(north, date(2027, 3, 31)).predecessors == []
    assert [each.council for each in queries.as_at(north, date(2027, 4, 1)).predecessors] == [old]
    assert [each.council for each in queries.as_at(old, date(2027, 4, 1)).successors] == [south, north]


def test_visible_to():
    own, other = make_council(), make_council()
    visible = Council.objects.filter(pk__in=[own.pk, other.pk]).visible_to
    assert set(visible(make_user("support_officer"))) == {own, other}
    assert list(visible(make_user("contributor", council=own))) == [own]
    assert list(visible(make_user("peer"))) == []
