"""Contacts of councils from a file of our own form."""

from datetime import date

import pytest

from councils.imports.services import apply_import, check_file, undo_import
from councils.imports.sources.contacts import Contacts
from councils.models import Contact
from cpc.components.spreadsheets import harmless
from tests.councils.imports.raw import twice
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

HEADER = "gss_code,role,name,email,telephone,first_day,last_day"


@pytest.fixture
def adur():
    return make_council(name="Adur", gss_code="E07000223")


def file(*rows):
    return "\n".join([HEADER, *rows]).encode()


def told(reading):
    return [(refusal.line, refusal.column, refusal.reason) for refusal in reading.refusals]


def make_contact(council, **overrides):
    facts = {"role": "coordinator", "name": "Ann Example", "email": "ann@example.org", "started_on": date(2024, 5, 20)}
    return Contact.objects.create(council=council, **facts | overrides)


def test_a_file_is_read_into_contacts_and_twice_is_once(adur):
    content = file(
        "E07000223,Peer challenge coordinator,Ann Example,ann@example.org,+44 (0)1273 263000 ext. 12,2024-05-20,",
        "E07000223,chief executive,Bea Example,bea@example.org,,2099-05-20,",
    )
    assert twice("contacts", content) == ((2, 0, 0, 0), (0, 0, 2, 0))
    contact = Contact.objects.get(role="coordinator")
    assert (contact.name, contact.phone, contact.started_on) == (
        "Ann Example",
        "+44 (0)1273 263000 ext. 12",
        date(2024, 5, 20),
    )


def test_a_contact_that_stands_is_corrected_however_its_address_is_written(adur):
    contact = make_contact(adur, phone="01273 1234")
    content = file("E07000223,coordinator,Anne Example,ANN@example.org,,2024-05-20,2026-01-01")
    run = check_file(source="contacts", file_name="c", content=content, by=None)
    assert run.lines.get().details == [["Name", "Ann Example", "Anne Example"], ["Last day", "", "1 January 2026"]]
    apply_import(run=run, by=None)
    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.phone, contact.ended_on, contact.version) == (
        "Anne Example", "ann@example.org", "01273 1234", date(2026, 1, 1), 1,
    )  # fmt: skip
    undo_import(run=run, by=None)
    contact.refresh_from_db()
    assert (contact.name, contact.ended_on) == ("Ann Example", None)


def test_an_address_is_in_use_once_for_a_role(adur):
    make_contact(adur)
    taken = "is in use for this role since 20 May 2024"
    row = "E07000223,coordinator,Ann Example,ann@example.org,,2025-05-20,"
    assert told(Contacts().read(file(row))) == [(2, "email", taken)]
    # Another role, or the end of the first in the same file, makes room.
    ended = "E07000223,coordinator,Ann Example,ann@example.org,,2024-05-20,2025-05-19"
    assert twice("contacts", file(row, ended)) == ((1, 1, 0, 0), (0, 0, 2, 0))
    other = row.replace("coordinator", "leader")
    assert told(Contacts().read(file(other, other, other.replace("2025", "2026")))) == [
        (3, "email", "line 2 already has this address and day"),
        (4, "email", "is in use for this role since 20 May 2025"),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("E07000299,leader,A,a@example.org,,2024-05-20,", "gss_code", "no council on the register has this code"),
        ("E07000223,vicar,A,a@example.org,,2024-05-20,", "role", "is none of Chief executive, Democratic services"),
        ("E07000223,leader,,a@example.org,,2024-05-20,", "name", "is empty"),
        ("E07000223,leader,A,example.org,,2024-05-20,", "email", "is not an email address"),
        ("E07000223,leader,A,=a@example.org,,2024-05-20,", "email", "looks like a formula"),
        ("E07000223,leader,A,a@example.org,=1+1,2024-05-20,", "telephone", "is not a telephone number"),
        ("E07000223,leader,A,a@example.org,,soon,", "first_day", "is not a date like"),
        ("E07000223,leader,A,a@example.org,,2024-05-20,2024-05-19", "last_day", "lies before the first day"),
    ],
)
def test_a_row_that_is_not_right_is_named(adur, row, column, reason):
    reading = Contacts().read(file(row))
    assert reading.statements == []
    assert told(reading)[0][:2] == (2, column) and reason in told(reading)[0][2]


@pytest.mark.parametrize("number", ["1632960123", "441632960123"])
def test_a_number_whose_zero_is_gone_is_refused_and_what_we_wrote_is_read(adur, number):
    line = "E07000223,leader,A,a@example.org,{},2024-05-20,"
    refused = Contacts().read(file(line.format(number)))
    assert "begins with neither 0 nor +" in refused.refusals[0].reason
    read = Contacts().read(file(line.format(harmless("+44 1632 960123"))))
    assert read.statements[0].records[0].facts["phone"] == "+44 1632 960123"
