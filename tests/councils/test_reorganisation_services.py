from datetime import date

import pytest
import time_machine

from councils import reorganisation_services as drafting
from councils.importers.register import load
from councils.models import Council, FormerFact, Reorganisation, Succession
from councils.reorganisation_force import put_in_force, undo_reorganisation
from councils.reorganisation_queries import problems_of, successors_of
from councils.services import RegisterRefused, RegisterStale
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.reorganisation import make_surrey, make_draft, unmake_surrey

pytestmark = pytest.mark.django_db

VESTING = date(2028, 4, 1)
LAST_DAY = date(2028, 3, 31)


@pytest.fixture
def manager():
    return make_user("programme_manager")


def rows(model, *but):
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in but]
    return sorted(map(str, model.objects.order_by("pk").values_list(*names)))


def test_surrey_as_the_register_tells_it(manager):
    load(apply=True)
    days = {each.slug: (each.start_on, each.end_on, each.in_programme) for each in Council.objects.all()}
    pairs = set(Succession.objects.values_list("predecessor__slug", "successor__slug", "on"))
    unmake_surrey()
    councils, successions = rows(Council, "version"), rows(Succession)
    draft = make_surrey(manager)
    assert problems_of(draft, successors_of(draft)) == []
    with time_machine.travel("2026-11-26 12:00"):
        row = put_in_force(reorganisation=draft, version=draft.version, by=manager)
    after = {each.slug: (each.start_on, each.end_on, each.in_programme) for each in Council.objects.all()}
    assert after == days
    assert set(Succession.objects.values_list("predecessor__slug", "successor__slug", "on")) == pairs
    kinds = dict(Succession.objects.filter(on=draft.vesting_on).values_list("predecessor__slug", "kind"))
    assert {kind for slug, kind in kinds.items() if slug != "surrey"} == {"merger"} and kinds["surrey"] == "split"
    row = undo_reorganisation(reorganisation=row, version=row.version, by=manager)
    assert rows(Council, "version") == councils and rows(Succession) == successions
