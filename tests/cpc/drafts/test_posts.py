"""A post that could not be taken, and what becomes of the draft."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.http import HttpResponseRedirect, QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpc.accounts.views import ProfileEdit
from cpc.drafts.models import Draft
from cpc.drafts.services import MOST_FOR_ONE_PERSON, forget_old_drafts, keep_draft
from cpc.drafts.words import MOST_CHARACTERS, is_secret, locked, texts_of, unlocked, words_of
from tests.factories.accounts import PASSWORD, make_user

DETAILS = "/people/account/details/"


def post_of(**values: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(values)
    return data


def test_words_are_neither_passwords_nor_what_the_page_writes_itself():
    post = post_of(
        csrfmiddlewaretoken="abc",
        password="Open sesame",
        key="8a6e0804-2bd0-4672-b79d-d97027f9071a",
        version="3",
        text="Ours",
    )
    assert words_of(post) == [("key", "8a6e0804-2bd0-4672-b79d-d97027f9071a"), ("version", "3"), ("text", "Ours")]
    assert list(texts_of(words_of(post))) == [("Text", "Ours")]
    assert is_secret("new_password2") and not is_secret("context")


def test_a_post_without_anything_typed_holds_no_words():
    assert words_of(post_of(version="3", day="14", key="8a6e0804-2bd0-4672-b79d-d97027f9071a", text=" \n")) == []


def test_more_than_a_form_can_hold_is_left_out():
    assert words_of(post_of(text="Ours", more="x" * MOST_CHARACTERS)) == [("text", "Ours")]


def test_words_are_stored_encrypted():
    stored = locked([("text", "Ours alone")])
    assert "Ours" not in stored
    assert unlocked(stored) == [("text", "Ours alone")]


@pytest.mark.django_db
class TestDrafts:
    def test_the_newest_of_a_page_is_kept_and_old_ones_go(self):
        user = make_user()
        for number in range(3):
            keep_draft(person_id=user.pk, address="/here/", words=[("text", f"Words {number}")])
        assert unlocked(Draft.objects.get().words) == [("text", "Words 2")]
        for number in range(MOST_FOR_ONE_PERSON):
            keep_draft(person_id=user.pk, address=f"/{number}/", words=[("text", "Words")])
        assert Draft.objects.count() == MOST_FOR_ONE_PERSON
        assert not Draft.objects.filter(address="/here/").exists()
        Draft.objects.filter(address="/1/").update(at=timezone.now() - timedelta(days=14, minutes=1))
        assert forget_old_drafts() == 1

    def test_saving_ends_the_draft_and_tells_the_device(self, client_for):
        user = make_user()
        client = client_for(user)
        keep_draft(person_id=user.pk, address=DETAILS, words=[("full_name", "Sam Example"), ("version", "0")])
        page = client.get(DETAILS).content.decode()
        assert 'value="Sam Example"' in page and "not yet saved" in page
        answer = client.post(DETAILS, {"full_name": "Sam Example", "version": "0"})
        assert answer.status_code == 302
        assert answer.cookies["drafts-saved"].value == "%2Fpeople%2Faccount%2Fdetails%2F"
        assert not Draft.objects.exists()

    def test_a_form_that_leads_elsewhere_unsaved_keeps_its_words(self, client_for, monkeypatch):
        user = make_user()
        client = client_for(user)
        monkeypatch.setattr(ProfileEdit, "form_valid", lambda self, form: HttpResponseRedirect("/people/account/"))
        answer = client.post(DETAILS, {"full_name": "Sam Example", "version": "0"})
        assert (answer.status_code, "drafts-saved" in answer.cookies) == (302, False)
        assert Draft.objects.get(person=user).address == DETAILS
        assert 'value="Sam Example"' in client.get(DETAILS).content.decode()

    def test_a_draft_that_was_overtaken_says_so_and_replaces_nothing_unseen(self, client_for):
        user = make_user()
        client = client_for(user)
        keep_draft(person_id=user.pk, address=DETAILS, words=[("full_name", "Sam Example"), ("version", "0")])
        type(user).objects.filter(pk=user.pk).update(full_name="Alex Example", version=1)
        page = client.get(DETAILS).content.decode()
        assert "Someone has saved other words since" in page
        answer = client.post(DETAILS, {"full_name": "Sam Example", "version": "0"})
        assert answer.status_code == 409
        assert "Alex Example" in answer.content.decode() and "Sam Example" in answer.content.decode()

    def test_a_draft_is_discarded_by_its_owner_only(self, client_for):
        user = make_user()
        draft = keep_draft(person_id=user.pk, address=DETAILS, words=[("full_name", "Sam Example")])
        address = reverse("drafts:discard", kwargs={"pk": draft.pk})
        assert client_for(make_user()).post(address).status_code == 404
        client = client_for(user)
        assert "Discard what you typed?" in client.get(address).content.decode()
        assert client.post(address).url == DETAILS
        assert client.post(address).status_code == 404
        assert "Sam Example" not in client.get(DETAILS).content.decode()

    def test_signing_out_takes_the_cookie_away(self, client_for):
        client = client_for(make_user())
        client.get("/people/account/")
        cookie = client.cookies[settings.DRAFTS_COOKIE_NAME]
        assert cookie["httponly"] and cookie["samesite"] == "Lax"
        client.post(reverse("account_logout"))
        assert client.cookies[settings.DRAFTS_COOKIE_NAME].value == ""

    def test_the_cookie_opens_nothing_and_cannot_be_made_up(self, client_for):
        user = make_user()
        client = client_for(user)
        client.get("/people/account/")
        del client.cookies[settings.SESSION_COOKIE_NAME]
        assert client.get("/people/account/").status_code == 302
        client.cookies[settings.DRAFTS_COOKIE_NAME] = f"{user.pk}:made-up"
        assert client.post(DETAILS, {"full_name": "Sam Example"}).status_code == 403
        assert not Draft.objects.exists()

    def test_another_site_puts_no_words_into_a_form(self, client_for):
        client = client_for(make_user())
        client.get("/people/account/")
        del client.cookies[settings.SESSION_COOKIE_NAME]
        client.post(DETAILS, {"full_name": "Sam Example"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert not Draft.objects.exists()

    def test_words_survive_the_demand_for_a_second_step(self, client_for, settings):
        user = make_user("administrator")
        client = client_for(user)
        settings.TWO_STEP_ROLES = ["administrator"]
        assert client.post(DETAILS, {"full_name": "Sam Example"}).url == reverse("mfa_activate_totp")
        settings.TWO_STEP_ROLES = []
        assert 'value="Sam Example"' in client.get(DETAILS).content.decode()

    def test_a_second_sign_in_page_leads_to_the_work(self):
        user = make_user()
        client = Client(enforce_csrf_checks=True)
        address = reverse("account_login")
        client.get(address)
        token = client.cookies[settings.CSRF_COOKIE_NAME].value
        sent = {"login": user.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        assert client.post(address, sent).status_code == 302
        again = client.post(address, sent)
        assert (again.status_code, again.url) == (302, "/")
        elsewhere = client.post(address, sent | {"next": "https://elsewhere.example/"})
        assert elsewhere.url == "/"

    def test_a_refusal_shows_what_was_typed(self, client_for):
        client = client_for(make_user("peer"))
        answer = client.post(reverse("accounts:user-invite"), {"full_name": "Sam Example", "password": "Open sesame"})
        page = answer.content.decode()
        assert answer.status_code == 403 and "Sam Example" in page and "sesame" not in page
        answer = client.post("/cases/no-such-case/onsite/findings/add/", {"text": "Three of five wards"})
        assert answer.status_code == 404 and "Three of five wards" in answer.content.decode()
