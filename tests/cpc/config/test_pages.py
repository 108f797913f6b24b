"""The service's own pages: errors, statements, style guide, and the frame around every page."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse

from cpc.config import views
from cpc.config.context_processors import NAVIGATION
from tests.browser import PHONE, WIDE, assert_accessible, assert_no_sideways_scroll, take_picture
from tests.factories.accounts import make_user
from tests.html import assert_valid_html, problems

pytestmark = pytest.mark.django_db

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def assert_headers(answer) -> None:
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "no-store" in answer.headers["Cache-Control"]
    assert "camera=()" in answer.headers["Permissions-Policy"]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def assert_page(answer, status: int, words: str) -> None:
    content = answer.content.decode()
    assert answer.status_code == status
    assert words in content
    assert_valid_html(content)
    assert_headers(answer)


@pytest.mark.parametrize("name", ["accessibility", "privacy"])
def test_statements_are_public(client, name):
    assert_page(client.get(reverse(name)), 200, "Critical Friend")


def test_security_txt(client):
    answer = client.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert lines["Contact"].startswith("mailto:") and lines["Expires"].endswith("+00:00")


def test_unknown_address(client):
    assert_page(client.get("/no/such/page/"), 404, "Page not found")


@pytest.mark.parametrize("address", ["/accounts/login/?next=%00", "/councils/%00/", "/accounts/login/?a=b%00c"])
def test_null_bytes_in_the_address(client, address):
    assert_page(client.get(address), 400, "could not be read")


@pytest.mark.parametrize("name", ["account_login", "account_request_login_code", "account_reset_password"])
def test_null_bytes_in_a_form_of_somebody_signed_out(client, name):
    posted = {"login": "a\x00b@example.org", "email": "a\x00b@example.org", "password": "a\x00b"}
    assert_page(client.post(reverse(name), posted), 200, "<title>Error: ")


def test_null_bytes_in_a_cookie_of_a_session(client, settings):
    client.cookies[settings.SESSION_COOKIE_NAME] = "a\\000b"
    assert client.get(reverse("account_login")).status_code == 200


def test_a_body_that_is_too_large_is_refused_unread(settings):
    class Unread:
        def read(self, *size):
            raise AssertionError("the body was read")

        readline = read

    length = str(settings.REQUEST_MAX_BYTES + 1)
    client = Client()
    answer = client.post(
        reverse("account_login"), b"", content_type="text/plain", CONTENT_LENGTH=length, **{"wsgi.input": Unread()}
    )
    assert_page(answer, 413, "too large")


@pytest.mark.parametrize("method", ["TRACE", "TRACK"])
def test_trace_is_refused(client, method):
    answer = client.generic(method, "/")
    assert answer.status_code == 405
    assert_headers(answer)


def test_another_host_is_refused(client):
    assert_page(client.get("/accessibility/", headers={"host": "elsewhere.example"}), 400, "could not be read")


def test_a_form_without_its_token():
    client = Client(enforce_csrf_checks=True)
    assert_page(client.post(reverse("account_login"), {}), 403, "The page was open too long")


def test_a_refusal_says_why(client_for):
    assert_page(client_for(make_user("peer")).get(reverse("styleguide")), 403, "Your role does not include this.")
    request = RequestFactory().get("/")
    request.user = make_user("peer")
    answer = views.permission_denied(request, PermissionDenied("The report is <published>."))
    assert "The report is &lt;published&gt;." in answer.content.decode()


def test_our_own_mistake_has_a_page_with_the_same_headers(settings, monkeypatch):
    def broken(*args):
        raise ValueError("the secret of the database")

    monkeypatch.setattr("cpc.config.middleware.BadInputMiddleware.__call__", lambda self, request: broken())
    answer = Client(raise_request_exception=False).get("/accessibility/")
    assert "secret" not in answer.content.decode()
    assert_page(answer, 500, "Something went wrong")


def test_style_guide_is_for_lga_staff(client_for, client):
    assert_page(client_for(make_user("support_officer")).get(reverse("styleguide")), 200, "Style guide")
    assert client.get(reverse("styleguide")).status_code == 302


@pytest.mark.parametrize("role", ["administrator", "programme_manager", "coordinator", "contributor", "peer"])
def test_navigation_leads_only_where_one_may_go(client_for, role):
    client = client_for(make_user(role))
    answer = client.get(reverse("accounts:hub"))
    assert_page(answer, 200, "Your account")
    account = {item["text"] for item in answer.context["account_links"]}
    assert account == {"Your account", "Sign out"}
    items = {item["text"]: item["href"] for key in ("navigation", "account_links") for item in answer.context[key]}
    for text, href in items.items():
        page = client.get(href, follow=True)
        assert page.status_code == 200, f"{role} is led to {text} and refused"
        assert problems(page.content.decode()) == [], text
    for text, name, _ in NAVIGATION:
        if text not in items:
            assert client.get(reverse(name)).status_code == 403, f"{role} may see {text} and is not led there"


def test_nothing_of_the_crown_is_shown(client):
    content = client.get(reverse("account_login")).content.decode()
    assert "Crown copyright" not in content
    assert "is not a GOV.UK service" in content


@pytest.mark.browser
@pytest.mark.parametrize("width", [WIDE, PHONE, 320])
def test_style_guide_in_a_browser(open_page, width):
    page = open_page(make_user("programme_manager"), width=width)
    page.goto("/styleguide/")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    take_picture(page, f"styleguide-{width}")


@pytest.mark.browser
def test_the_skip_link_leads_to_the_content(open_page):
    page = open_page()
    page.goto("/accessibility/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main-content"
