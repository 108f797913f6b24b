"""A post that could not be taken: whose words they are, and where they go."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cpc.drafts.models import LONGEST_ADDRESS, Draft
from cpc.drafts.owner import owner_of
from cpc.drafts.services import keep_draft
from cpc.drafts.words import typed_in, words_of

SIGNED_OUT = (
    "You were signed out before this was saved. Sign in again and what you typed is back in the form, to be saved."
)


def is_kept(request: HttpRequest) -> bool:
    """Pages that are read without signing in hold addresses, passwords and links with a secret: nothing of them is kept."""
    match = request.resolver_match
    return (
        match is not None
        and getattr(match.func, "login_required", True)
        and not match.func.__module__.startswith("allauth.")
        and not match.route.startswith("accounts/")
        and "token" not in match.kwargs
        and len(request.get_full_path()) <= LONGEST_ADDRESS
    )


def came_from_here(request: HttpRequest) -> bool:
    """Another site may not put words into somebody's form. Browsers that do not say where a post comes from send it
    without our cookies."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def keep_post(request: HttpRequest) -> Draft | None:
    """Keep the words for whoever is signed in, or was when the page was opened; None where there are none, or nobody."""
    person_id = request.user.pk if request.user.is_authenticated else owner_of(request)
    if person_id is None or not is_kept(request) or not came_from_here(request):
        return None
    words = words_of(request.POST)
    return keep_draft(person_id=person_id, address=request.get_full_path(), words=words) if words else None


def ask_to_sign_in(request: HttpRequest) -> HttpResponse | None:
    """For a post of somebody who is no longer signed in; None where it holds no words."""
    typed = typed_in(request) if is_kept(request) else []
    if not typed:
        return None
    if keep_post(request):
        messages.warning(request, SIGNED_OUT)
        return redirect_to_login(request.get_full_path())
    context = {"typed": typed, "next": request.get_full_path()}
    return render(request, "cpc/drafts/signed_out.html", context, status=403)
