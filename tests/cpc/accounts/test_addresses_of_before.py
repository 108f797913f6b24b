"""Addresses that stood before columns took one form alone: brought into it, and doubles named."""

from datetime import date
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection

from councils.models import Contact
from cpc.accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

CHECKS = {
    "cpc_user": "user_address_in_one_form",
    "account_emailaddress": "emailaddress_in_one_form",
    "councils_contact": "contact_address_in_one_form",
}


@pytest.fixture
def without_checks():
    with connection.cursor() as cursor:
        for table, name in CHECKS.items():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def test_accounts_and_contacts_of_before_are_brought_into_the_one_form(without_checks, capsys):
    alone, double, plain = make_user("peer"), make_user("peer", full_name="Ida Twice"), make_user("peer")
    for user, address in ((alone, "ann@exa\u00admple.org"), (double, f"{plain.email}\u200b")):
        User.objects.filter(pk=user.pk).update(email=address)
        EmailAddress.objects.filter(user=user).update(email=address)
    council = make_council()
    for address in ("ann@council.example.org", "ann@council.example.org\u200b"):
        Contact.objects.create(council=council, role="leader", name="Ann", email=address, started_on=date(2024, 5, 1))

    class Editor:
        pass

    editor = Editor()
    editor.connection = connection
    import_module("cpc.migrations.0023_addresses_in_one_form").addresses_in_one_form(apps, editor)
    import_module("councils.migrations.0011_addresses_and_folding").addresses_in_one_form(apps, editor)

    for user, address in ((alone, "ann@example.org"), (double, f"no-address-user-{double.pk}@unknown.invalid")):
        user.refresh_from_db()
        assert user.email == EmailAddress.objects.get(user=user).email == address
    assert "Ida Twice" in capsys.readouterr().out
    assert Contact.objects.filter(email="ann@council.example.org").count() == 2
    assert Contact.objects.filter(ended_on=None).count() == 1
    connection.check_constraints()
    with connection.cursor() as cursor:
        for table, name in CHECKS.items():
            check = "CHECK (email ~ '^[!-?\\[-~]+@[!-?\\[-~]+$')"
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {check}")
