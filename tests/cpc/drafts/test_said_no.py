"""Pages that say no to a post show what was typed: it can be copied, whatever broke, and no secret is among it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from tests.factories.accounts import make_user
from tests.html import assert_valid_html

DETAILS = "/people/account/details/"
WORDS = 'Three of five wards\nsaid "no" & left </textarea><script>'
SENT = {
    "text": WORDS,
    "password": "Open sesame",
    "csrfmiddlewaretoken": "abc",
    "recovery_code": "sesame",
    "otp": "sesame",
}

pytestmark = pytest.mark.django_db


def assert_shows_words(answer: Any, status: int) -> None:
    page = answer.content.decode()
    assert answer.status_code == status
    assert "Three of five wards\nsaid &#34;no&#34; &amp; left &lt;/textarea&gt;" in page
    assert "readonly" in page and "It is not saved." in page
    assert "sesame" not in page and "<script>" not in page
    assert_valid_html(page)


def test_not_found_and_not_allowed(client_for):
    client = client_for(make_user("peer"))
    assert_shows_words(client.post("/cases/no-such-case/onsite/findings/add/", SENT), 404)
    assert_shows_words(client.post(reverse("accounts:user-invite"), SENT), 403)


@pytest.mark.parametrize(("error", "status"), [(ValueError("ours"), 500), (OperationalError("away"), 503)])
def test_our_mistake_and_a_database_that_is_away(client_for, monkeypatch, django_assert_num_queries, error, status):
    client = client_for(make_user())
    client.raise_request_exception = False

    def broken(*args: Any, **kwargs: Any) -> None:
        raise error

    # Before the session is read: the page is made of the request alone.
    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_request", broken)
    with django_assert_num_queries(0):
        assert_shows_words(client.post(DETAILS, SENT), status)


def test_a_form_that_cannot_be_read_breaks_no_page(monkeypatch):
    monkeypatch.setattr("cpc.config.middleware.BadInputMiddleware.__call__", lambda self, request: 1 / 0)
    answer = Client(raise_request_exception=False).post(
        DETAILS, b"no form", content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 500
    assert "What you typed" not in answer.content.decode()


def test_a_file_that_is_too_large_loses_no_title(settings, client_for):
    settings.REQUEST_MAX_BYTES = 1024 * 1024
    body = encode_multipart(BOUNDARY, SENT | {"upload": SimpleUploadedFile("large.txt", 2 * 1024 * 1024 * b"a")})
    stream = BytesIO(body)
    sent = {"CONTENT_TYPE": MULTIPART_CONTENT, "CONTENT_LENGTH": str(len(body)), "wsgi.input": stream}
    answer = client_for(make_user()).generic("POST", DETAILS, **sent)
    assert_shows_words(answer, 413)
    assert stream.tell() <= 128 * 1024


def test_pages_of_signing_in_and_posts_of_another_site_show_nothing(client):
    sent = {"code": "ABC-DEF", "text": "Three of five wards"}
    for address, headers in (("/accounts/no-such-page/", {}), ("/no-such-page/", {"Sec-Fetch-Site": "cross-site"})):
        page = client.post(address, sent, headers=headers).content.decode()
        assert "ABC-DEF" not in page and "Three of five" not in page
