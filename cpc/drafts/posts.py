"""A post that could not be taken: whose words they are, and where they go."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cpc.drafts.models import LONGEST_ADDRESS, Draft
from cpc.drafts.owner import owner_of
from cpc.drafts.services import keep_draft
from cpc.drafts.words import texts_of, words_of

SIGNED_OUT = (
    "You were signed out before this was saved. Sign in again and what you typed is back in the form, to be saved."
)


def is_signing_in(request: HttpRequest) -> bool:
    """A page of addresses, passwords and codes."""
    return request.path_info.startswith("/accounts/")


def is_kept(request: HttpRequest) -> bool:
    """Pages that are read without signing in hold addresses, passwords and links with a secret: nothing of them is kept."""
    match = request.resolver_match
    return (
        match is not None
        and getattr(match.func, "login_required", True)
        and not match.func.__module__.startswith("allauth.")
        and not is_signing_in(request)
        and "token" not in match.kwargs
        and len(request.get_full_path()) <= LONGEST_ADDRESS
    )


def came_from_here(request: HttpRequest) -> bool:
    """Another site may not put words into somebody's form. Browsers that do not say where a post comes from send it
    without our cookies."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """The texts of a post, for a page that has to say no. It is of the request alone: the database may be away."""
    if request.method != "POST" or is_signing_in(request) or not came_from_here(request):
        return []
    try:
        return list(texts_of(words_of(request.POST)))
    except Exception:  # a form that cannot be read must not break the page that says what is wrong
        return []


class _StopAtFile(FileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Of a file; none is read."""

    def file_complete(self, file_size: int) -> None:
        """Of a file; none is read."""


def typed_before_file(request: HttpRequest) -> list[tuple[str, str]]:
    """The same, of a request that is too large: it is read as far as the file, which nobody needs."""
    request.upload_handlers = [_StopAtFile(request)]
    return typed_in(request)


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
