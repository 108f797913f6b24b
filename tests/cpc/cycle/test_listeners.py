from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.models import Case
from cpc.casework.reference_data import ensure_theme_sets
from cpc.casework.services import start_case
from cpc.components.errors import Refused
from cpc.cycle.queries import standing_of
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge, make_conversation, make_prompt
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

REASON = "A new leader wants an early look."


@pytest.fixture(autouse=True)
def _theme_sets(db):
    ensure_theme_sets()


@pytest.fixture
def manager():
    return make_user("programme_manager")


@pytest.fixture
def council():
    """One that had its challenge two years ago."""
    council = make_council()
    make_challenge(council, timezone.localdate() - relativedelta(years=2))
    return council


def test_r2_before_the_window_a_reason_is_needed(council, manager):
    for reason in ("", "  \n "):
        with pytest.raises(
            Refused, match=f"The usual time for the next peer challenge of {council.name} begins on "
        ) as refused:
            start_case(council=council, by=manager, off_cycle_reason=reason)
        assert refused.value.field == "off_cycle_reason"
    assert Case.objects.filter(origin="service").count() == 0
    case = start_case(council=council, by=manager, off_cycle_reason=f" {REASON} ")
    assert case.off_cycle_reason == REASON
    event = Event.objects.get(case=case, verb="off_cycle_reason_given")
    assert event.data == {"reason": REASON}


def test_r2_booked_early_the_next_is_counted_from_it(council, manager):
    case = start_case(council=council, by=manager, off_cycle_reason=REASON)
    case.onsite_start_on = case.onsite_end_on = timezone.localdate() + timedelta(days=60)
    case.save()
    row = standing_of(council, case.onsite_end_on)
    assert row.due_on == case.onsite_end_on + relativedelta(months=60)


def test_r2_the_partner_of_a_joint_challenge_is_asked_for_too(council, manager):
    with pytest.raises(Refused, match=council.name):
        start_case(council=make_council(), joint_councils=[council], by=manager)
    assert start_case(council=make_council(), joint_councils=[council], by=manager, off_cycle_reason=REASON)


def test_r2_no_reason_in_the_window_when_overdue_or_for_the_first(manager):
    today = timezone.localdate()
    for months in (48, 60, 72, None):
        council = make_council()
        if months:
            make_challenge(council, today - relativedelta(months=months))
        # A reason that nobody asked for would say that the challenge is out of turn.
        case = start_case(council=council, by=manager, off_cycle_reason=REASON)
        assert case.off_cycle_reason == ""
        assert not Event.objects.filter(case=case, verb="off_cycle_reason_given").exists()


def test_r2_an_open_prompt_is_reason_enough_whatever_else_is_said(council, manager):
    today = timezone.localdate()
    prompt = make_prompt(council, today)
    make_conversation(council, today)
    assert start_case(council=council, by=manager).off_cycle_reason == ""
    other = make_council()
    make_challenge(other, today - relativedelta(years=2))
    make_prompt(other, prompt.made_on, state="set_aside", closed_on=today, closed_reason="Not now")
    with pytest.raises(Refused):
        start_case(council=other, by=manager)


def test_r2_a_visit_of_another_kind_is_never_out_of_turn(council, manager):
    assert start_case(council=council, by=manager, kind="support_visit").off_cycle_reason == ""


def test_r2_a_council_that_ends_before_its_next_window(manager):
    today = timezone.localdate()
    council = make_council(end_on=today + timedelta(days=90))
    make_challenge(council, today - relativedelta(years=2))
    with pytest.raises(Refused, match="ends before the next is usually held"):
        start_case(council=council, by=manager)


def test_r2_the_form_says_so_beside_the_field_and_keeps_what_was_chosen(client_for, council, manager):
    client, address = client_for(manager), reverse("cases:start")
    data = {"council": council.pk, "kind": "corporate", "off_cycle_reason": ""}
    refused = client.post(address, data)
    assert refused.status_code == 422
    content = refused.content.decode()
    assert_valid_html(content)
    assert 'href="#id_off_cycle_reason"' in content
    assert f'value="{council.pk}" selected' in content
    started = client.post(address, data | {"off_cycle_reason": REASON + "<b>"})
    case = Case.objects.get(origin="service")
    assert started.status_code == 302
    page = client.get(reverse("cases:detail", kwargs={"reference": case.reference})).content.decode()
    assert "reason for an early peer challenge" in page
    assert REASON + "&lt;b&gt;" in page
    history = client.get(reverse("cases:history", kwargs={"reference": case.reference})).content.decode()
    assert "gave the reason for an early peer challenge" in history
    # A second click is told that the case is there.
    again = client.post(address, data | {"off_cycle_reason": REASON})
    assert again.status_code == 422
    assert "already has a" in again.content.decode()
    assert Case.objects.filter(origin="service").count() == 1
