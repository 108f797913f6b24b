"""The page on which administrators read what happened to accounts, at the door and in the register."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from cpc.accounts.services import deactivate_user
from cpc.audit.models import Audience, Event
from cpc.audit.presenters import GROUP_OF, GROUPS, VERBS, sentence
from cpc.cases.history import timeline_for
from tests.counting import count_queries
from tests.factories.accounts import PASSWORD, make_invitation, make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db
PAGE = reverse("audit:list")
WORDS = {"name": "Pat", "client": "203.0.113.9", "how": "a password"}


def make_event(verb="signed_in", *, at=datetime(2027, 3, 1, 12, tzinfo=UTC), audience="lga", **changed):
    return Event.objects.create(**{"verb": verb, "at": at, "audience": audience, "data": WORDS} | changed)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def lines(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.fixture
def admin(client_for):
    return client_for(make_user("administrator", full_name="Ada Admin"))


@pytest.mark.parametrize("role", ["programme_manager", "principal_adviser", "support_officer", "coordinator", "peer"])
def test_only_administrators_read_events(client_for, role):
    client = client_for(make_user(role))
    for name in ("list", "csv", "xlsx"):
        assert client.get(reverse(f"audit:{name}")).status_code == 403
        assert Client().get(reverse(f"audit:{name}")).status_code == 302


def test_who_invited_deactivated_and_signed_in_is_read_and_exported(admin):
    invitation, _ = make_invitation(by=make_user("programme_manager", full_name="Mo Manager"))
    gone = make_user("peer", full_name="Gus Gone")
    Client().post(reverse("account_login"), {"login": gone.email, "password": PASSWORD})
    Client().post(reverse("account_login"), {"login": gone.email, "password": "wrong-Password-1"})
    Client().post(reverse("account_login"), {"login": "nobody@example.org", "password": "wrong-Password-1"})
    deactivate_user(user=gone, by=make_user("administrator", full_name="Al Admin"))
    page = admin.get(PAGE)
    assert_valid_html(page.content.decode())
    for words in (
        f"invited {invitation.full_name} as Council contributor",
        "deactivated the account of Gus Gone",
        "signed in with a password, from 127.0.0.1",
        "refused a sign-in to the account of Gus Gone, from 127.0.0.1: wrong address or password",
        "refused a sign-in to an address that has no account, from 127.0.0.1",
    ):
        assert words in text(page)
    rows = lines(admin.get(reverse("audit:csv")))
    assert [row["Who"] for row in rows] == ["Al Admin", "The service", "The service", "Gus Gone", "Mo Manager"]
    assert {row["Client"] for row in rows} == {"127.0.0.1", ""}
    assert "nobody@" not in str(rows)
    book = openpyxl.load_workbook(io.BytesIO(admin.get(reverse("audit:xlsx")).content))
    assert book["Events"].max_row == 6


def test_events_are_found_by_kind_person_council_and_days(admin):
    council, other = make_council(name="Alder"), make_council(name="Birch")
    by, about = make_user("administrator", full_name="Bo By"), make_user("peer", full_name="Ann About")
    make_event(by=by)
    make_event("role_changed", by=by, data=WORDS | {"user_id": about.pk, "role": "Peer", "from_role": "Leader"})
    make_event("days_changed", council=council, data={"council": "Alder", "days": "x"})
    make_event("days_changed", council=other, data={"council": "Birch", "days": "x"})
    # By the clocks of London: the last moment of the day before, and the first of the day after.
    make_event("signed_out", at=datetime(2027, 3, 28, 0, 30, tzinfo=UTC))
    make_event("signed_out", at=datetime(2027, 3, 28, 23, 30, tzinfo=UTC))

    def found(**asked: str) -> int:
        count = admin.get(PAGE, asked).context["page_obj"].paginator.count
        assert len(lines(admin.get(reverse("audit:csv"), asked))) == count
        return count

    assert found() == 6
    assert [found(group=group) for group in GROUPS] == [3, 1, 2, 0]
    assert found(person="bo by") == 2
    assert found(person=about.email) == 1
    assert found(person="no one like that") == 0
    assert found(council="ald") == 1
    days = {"since-day": "28", "since-month": "3", "since-year": "2027"}
    days |= {"until-day": "28", "until-month": "3", "until-year": "2027"}
    assert found(**days) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"group": "x"},
        {"page": "9" * 30},
        {"person": "x" * 5000},
        {"since-day": "31", "since-month": "2", "since-year": "2027"},
        {"since-day": "2", "since-month": "2", "since-year": "2027", "until-day": "1", "until-month": "2", "until-year": "2027"},
        {"since-day": "1", "since-month": "1", "since-year": "1"},
        {"until-day": "31", "until-month": "12", "until-year": "9999"},
    ],
)  # fmt: skip
def test_nonsense_is_said_beside_the_field_and_loses_nothing(admin, asked):
    make_event()
    for name in ("list", "csv", "xlsx"):
        assert admin.get(reverse(f"audit:{name}"), asked).status_code == 200


def test_what_is_private_is_on_no_page_of_events(admin):
    make_event(audience="private", data=WORDS | {"client": "secret-place"})
    assert "secret-place" not in text(admin.get(PAGE))
    assert lines(admin.get(reverse("audit:csv"))) == []


def test_nothing_of_a_case_is_read_here(admin):
    make_event(case=make_staged().case, data=WORDS | {"client": "on-a-case"})
    assert "on-a-case" not in text(admin.get(PAGE))


def test_the_page_costs_the_same_with_one_and_with_three(admin):
    make_event(by=make_user(), council=make_council())
    admin.get(PAGE)
    one = count_queries(lambda: admin.get(PAGE))
    for _ in range(2):
        make_event(by=make_user(), council=make_council())
    assert count_queries(lambda: admin.get(PAGE)) == one <= 12


def test_a_spreadsheet_takes_no_name_for_a_formula(admin):
    make_event(by=make_user(full_name="=HYPERLINK(1)"))
    assert lines(admin.get(reverse("audit:csv")))[0]["Who"] == "'=HYPERLINK(1)"


def test_every_verb_has_a_reader(admin):
    """Whatever is recorded without a case is on the page of events, whatever is recorded with one on its history."""
    case = make_staged().case
    for verb in VERBS:
        make_event(verb)
        make_event(verb, case=case, audience=Audience.CASE)
    assert {row["Kind"] for row in lines(admin.get(reverse("audit:csv")))} == set(VERBS)
    assert set(GROUP_OF) == set(VERBS) and set(GROUP_OF.values()) <= set(GROUPS)
    told, page, reader = set(), 1, make_user("programme_manager")
    while True:
        found = timeline_for(case, reader, page=page)
        told |= {event.text for event in found}
        if not found.has_next():
            break
        page += 1
    assert told >= {sentence(verb, WORDS) for verb in VERBS}
