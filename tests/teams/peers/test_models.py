from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tests.factories.councils import make_council
from tests.factories.peers import make_leader, make_peer

pytestmark = pytest.mark.django_db


def test_post_is_printed_as_reports_print_it():
    council = make_council(name="Breckland", official_name="Breckland Council")
    assert make_leader(council=council).post_as_printed == "Leader, Breckland Council"
    assert make_leader(council=council, is_former=True).post_as_printed == "former Leader, Breckland Council"
    assert make_leader(council=None).post_as_printed == "Leader"


def test_profile_is_out_of_date_after_a_year(time_machine):
    time_machine.move_to(date(2027, 3, 2))
    profile = make_peer(last_confirmed_on=date(2026, 3, 2))
    assert not profile.is_out_of_date
    time_machine.move_to(date(2027, 3, 3))
    assert profile.is_out_of_date
    assert make_peer(last_confirmed_on=None).is_out_of_date


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("officer", {"party": "labour"}),
        ("officer", {"is_council_leader": True}),
        ("member", {"is_chief_executive": True}),
        ("member", {"party": ""}),
    ],
)
def test_database_refuses_what_does_not_fit_the_kind(kind, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_peer(kind, **wrong)
