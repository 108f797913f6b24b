"""Changing one's own e-mail address: asked again who it is, the old address told, the new one confirmed, recorded."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpc.accounts.address.models import AddressChange
from cpc.accounts.models import User
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.notifications import tasks
from cpc.notifications.models import Message
from cpc.reminders.pauses.queries import own_pauses
from cpc.reminders.pauses.services import pause_reminders
from tests.cpc.notifications.test_secret_fields import whole_database
from tests.factories.accounts import PASSWORD, make_user
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db
ASK = reverse("accounts:address-change")
NEW = "new.address@example.org"


def signed_in(user: User, *, again: bool = True) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    if again:
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def sent_to(address: str) -> list:
    tasks.deliver_waiting()
    return [each for each in mail.outbox if each.to == [address]]


def link_in(found) -> str:
    return re.search(r"(/people/account/address/\S+/)", found.body)[1]


@pytest.fixture
def user() -> User:
    return make_user("leader", email="old.address@example.org", full_name="Lee Leader")


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_open_screen_is_asked_for_the_password_first(user, method):
    answer = getattr(signed_in(user, again=False), method)(ASK, {"email": NEW})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not AddressChange.objects.exists()


def test_somebody_without_a_password_signs_in_again_first(user, client_for):
    user.set_unusable_password()
    user.save()
    client = client_for(user)
    answer = client.post(ASK, {"email": NEW})
    assert answer.url.startswith(reverse("account_request_login_code"))
    assert client.get(reverse("accounts:hub")).status_code == 302
    assert not AddressChange.objects.exists()


def test_the_address_changes_when_the_link_is_pressed_and_both_addresses_are_told(user):
    client = signed_in(user)
    page = client.get(ASK)
    assert_valid_html(page.content.decode())
    assert "old.address@example.org" in page.content.decode()
    client.post(ASK, {"email": " New.Address@Example.org "})
    (notice,) = sent_to("old.address@example.org")
    assert NEW in notice.body
    assert "127.0.0.1" in notice.body
    (confirm,) = sent_to(NEW)
    assert user.full_name in confirm.body
    link = link_in(confirm)
    # Nothing has changed yet, and looking changes nothing.
    assert_valid_html(client.get(link).content.decode())
    assert User.objects.get(pk=user.pk).email == "old.address@example.org"
    assert client.post(link, follow=True).status_code == 200
    assert User.objects.get(pk=user.pk).email == NEW
    addresses = EmailAddress.objects.filter(user=user)
    assert [(each.email, each.verified, each.primary) for each in addresses] == [(NEW, True, True)]
    assert "is now new.address@example.org" in sent_to("old.address@example.org")[-1].body
    assert "is now new.address@example.org" in sent_to(NEW)[-1].body
    said = [sentence(event.verb, event.data) for event in Event.objects.filter(by=user).order_by("pk")]
    assert said[-2:] == [
        "asked to change their email address, from 127.0.0.1",
        "changed their email address, from 127.0.0.1",
    ]
    assert "@" not in str(list(Event.objects.values_list("data", flat=True)))
    # The link works once, and they sign in with the new address only.
    assert client.post(link).status_code == 410
    for address, status in (("old.address@example.org", 302), (NEW, 200)):
        other = Client()
        other.post(reverse("account_login"), {"login": address, "password": PASSWORD})
        assert other.get(reverse("accounts:hub")).status_code == status


def test_the_link_is_kept_encrypted_and_not_when_it_has_gone(user):
    signed_in(user).post(ASK, {"email": NEW})
    tasks.deliver_waiting()
    (found,) = [each for each in mail.outbox if each.to == [NEW]]
    token = link_in(found).split("/")[-2]
    assert token not in whole_database()


def test_only_the_person_who_asked_confirms(user):
    signed_in(user).post(ASK, {"email": NEW})
    link = link_in(sent_to(NEW)[0])
    assert Client().post(link).url.startswith(reverse("account_login"))
    stranger = signed_in(make_user("peer"))
    for answer in (stranger.get(link), stranger.post(link)):
        assert answer.status_code == 404
        assert "does not belong to your account" in answer.content.decode()
    assert User.objects.get(pk=user.pk).email == "old.address@example.org"


@pytest.mark.parametrize("why", ["late", "replaced", "taken"])
def test_a_link_that_is_over_changes_nothing_and_says_so(user, why):
    client = signed_in(user)
    client.post(ASK, {"email": NEW})
    link = link_in(sent_to(NEW)[0])
    if why == "late":
        ago = timezone.now() - timedelta(hours=30)
        AddressChange.objects.update(asked_at=ago, expires_at=ago + timedelta(hours=24))
    elif why == "replaced":
        client.post(ASK, {"email": "another@example.org"})
    else:
        make_user("peer", email=NEW)
    answer = client.post(link, follow=True)
    words = "by now" if why == "taken" else "does not work any more"
    assert words in answer.content.decode()
    assert User.objects.get(pk=user.pk).email == "old.address@example.org"


def test_whether_somebody_has_the_new_address_is_told_to_that_address_only(user):
    make_user("peer", email="taken@example.org")
    pages = []
    for email in ("taken@example.org", NEW):
        answer = signed_in(user).post(ASK, {"email": email}, follow=True)
        pages.append(answer.content.decode().replace(email, ""))
    taken, free = (re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", page) for page in pages)
    assert taken == free
    assert "has an account" in sent_to("taken@example.org")[0].subject
    assert "/people/account/address/" not in sent_to("taken@example.org")[0].body


@pytest.mark.parametrize("email", ["", "no address", "old.address@example.org", "OLD.address@example.org"])
def test_what_is_no_new_address_is_said_beside_the_field(user, email):
    answer = signed_in(user).post(ASK, {"email": email})
    assert answer.status_code == 422
    assert answer.context["form"].errors["email"]
    assert not AddressChange.objects.exists()


def test_nine_asks_leave_one_that_works(user):
    client = signed_in(user)
    for number in range(9):
        client.post(ASK, {"email": f"new.{number}@example.org"})
    assert AddressChange.objects.filter(replaced_at__isnull=True, confirmed_at__isnull=True).count() == 1


def test_a_pause_of_ones_reminders_goes_along(user):
    pause_reminders(email=user.email, reason="On leave", ends_on=timezone.localdate() + timedelta(days=9), by=user)
    client = signed_in(user)
    client.post(ASK, {"email": NEW})
    client.post(link_in(sent_to(NEW)[0]))
    assert [pause.email for pause in own_pauses(User.objects.get(pk=user.pk))] == [NEW]


def test_the_new_address_is_not_kept_with_the_message_that_went_there(user):
    signed_in(user).post(ASK, {"email": NEW})
    tasks.deliver_waiting()
    assert not Message.objects.filter(kind="address_change_confirm", email=NEW).exists()
