"""Pages of the service itself: errors, health, statements, the style guide."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.sign_in.records import record_locked
from cpc.cases.base_views import STATUS_WORDS
from cpc.components import forms
from cpc.config.health import readiness
from cpc.documents.errors import StoreAway
from cpc.drafts.posts import ask_to_sign_in, keep_post, typed_before_file, typed_in


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. Needs nothing: a database that is away is no reason to start the web server again."""
    return JsonResponse({"alive": True})


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """For load balancers: 503 only where no page can be served; parts that are away but not needed for that are named."""
    is_ready, said = readiness()
    return JsonResponse({"ready": is_ready, "parts": said}, status=200 if is_ready else 503)


@login_not_required
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116; it expires so that nobody writes to an address that died."""
    expires = timezone.now().replace(microsecond=0) + timedelta(days=180)
    lines = [f"Contact: mailto:{settings.SUPPORT_EMAIL}", f"Expires: {expires.isoformat()}", "Preferred-Languages: en"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@login_not_required
def robots_txt(request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it whatever the page says; the picture itself is linked from every page."""
    return HttpResponse(status=204)


def _error_page(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    return render(request, template, context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(request, "400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Says why, when the rule gave a reason."""
    return _error_page(request, "403.html", 403, reason=str(exception or ""), typed=typed_in(request))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(request, "404.html", 404, typed=typed_in(request))


SIGNING_IN = {"account_login", "account_request_login_code", "account_confirm_login_code"}


def safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else settings.LOGIN_REDIRECT_URL


# What a page needs is away for a while: no mistake of ours, and worth another try.
AWAY = (OperationalError, InterfaceError, StoreAway)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request and what every page reads of it: whatever broke must not break this page too."""
    is_away = isinstance(sys.exc_info()[1], AWAY)
    page = render_to_string(
        "503.html" if is_away else "500.html",
        {
            "service_name": settings.SERVICE_NAME,
            "support_email": settings.SUPPORT_EMAIL,
            "number": getattr(request, "number", ""),
            "typed": typed_in(request),
        },
    )
    response = HttpResponse(page, status=503 if is_away else 500)
    if is_away:
        response["Retry-After"] = "60"
    return response


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What the sign-in library answers when a limit is reached."""
    record_locked(request)
    return _error_page(request, "429.html", 429)


def too_large(request: HttpRequest) -> HttpResponse:
    megabytes = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
    return _error_page(request, "413.html", 413, megabytes=megabytes, typed=typed_before_file(request))


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The token is as old as the page. What was typed waits for whoever typed it, and is on this page too."""
    match = request.resolver_match
    if request.user.is_authenticated and match is not None and match.url_name in SIGNING_IN:
        # The same sign-in page, open twice: they are in already.
        return redirect(safe_next(request))
    if not request.user.is_authenticated and (asked := ask_to_sign_in(request)):
        return asked
    draft = keep_post(request)
    return _error_page(request, "403_csrf.html", 403, typed=typed_in(request), draft=draft)


@method_decorator(login_not_required, name="dispatch")
class AccessibilityStatement(TemplateView):
    template_name = "accessibility.html"


@method_decorator(login_not_required, name="dispatch")
class PrivacyNotice(TemplateView):
    template_name = "privacy.html"


class ExampleForm(forms.Form):
    """One of each field, for the style guide."""

    name = forms.CharField(label="Name", max_length=100, help_text="A hint that says what is wanted.")
    text = forms.TextField(label="In your own words", max_length=200)
    on = forms.DateField(label="Date", noun="Date", help_text="For example, 14 9 2027.")
    at = forms.TimeField(label="Time")
    choice = forms.ChoiceField(label="One of a few", choices=[("a", "The first"), ("b", "The second")])
    many = forms.MultipleChoiceField(
        label="Some of a few", choices=[("a", "The first"), ("b", "The second")], required=False
    )
    long = forms.ChoiceField(
        label="One of many", choices=[(str(number), f"Number {number}") for number in range(1, 13)]
    )
    answer = forms.YesNoField(label="Is that so?")
    file = forms.FileField(label="A file")


class StyleGuide(PermissionRequired, TemplateView):
    """Each of our components once, with and without errors."""

    permission_required = "cpc.view_styleguide"
    template_name = "styleguide.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "plain": ExampleForm(prefix="plain"),
            "wrong": ExampleForm(
                {"wrong-on-day": "31", "wrong-on-month": "2", "wrong-on-year": "2027"}, {}, prefix="wrong"
            ),
            "stage_track": [
                {"text": text, "status": status, "words": STATUS_WORDS[status], "href": href}
                for text, status, href in [
                    ("Scheduling", "done", "#rail"),
                    ("Team composition", "current", "#rail"),
                    ("Position statement", "open", "#rail"),
                    ("Onsite", "ahead", ""),
                ]
            ],
            "case_sections": [{"text": "Deadlines", "href": "#rail"}],
            "items": [
                {"text": "Overview", "href": "#sub-navigation", "active": True},
                {"text": "History", "href": "#timeline", "active": False},
            ],
            "tasks": [
                {"text": "Agree the onsite dates", "url": "#tasks", "whose": "LGA"},
                {"text": "Submit the position statement", "url": "#tasks", "whose": "Council"},
            ],
            "events": [{"by": self.request.user, "at": timezone.now(), "text": "finished Scheduling"}],
            "stale_texts": {"Reason": "What someone else saved"},
            "stale_differing": {"Reason"},
        }
