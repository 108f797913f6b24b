"""Every form of the service keeps what was typed, whichever view draws it: one place for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from cpc.components.forms import Form
from cpc.drafts.kept import Kept
from cpc.drafts.models import Draft
from cpc.drafts.owner import forget_owner, name_owner
from cpc.drafts.posts import ask_to_sign_in, is_kept, keep_post
from cpc.drafts.saved import tell_device
from cpc.drafts.services import forget_draft
from cpc.drafts.words import put_back, texts_of, unlocked, words_of


class DraftMiddleware:
    """The last of all: a post that does not reach its view was stopped by one of the others, and nothing of it is saved."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        person_id = getattr(request, "drafts_of", None)
        if request.method == "POST" and response.status_code == 302:
            if person_id is None:
                response = self.stopped(request, response)
            elif words_of(request.POST):
                forget_draft(person_id=person_id, address=request.get_full_path())
                tell_device(request, response, request.get_full_path())
        if getattr(request, "is_signed_out", False):
            forget_owner(response)
        elif person_id is not None:
            name_owner(request, response, person_id)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if is_kept(request) and request.user.is_authenticated:
            request.drafts_of = request.user.pk  # type: ignore[attr-defined]

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """The page of a form on which something was typed and not saved: filled in, with a sentence that says so."""
        context = response.context_data
        if request.method == "GET" and context and getattr(request, "drafts_of", None) is not None:
            form = next((each for each in context.values() if isinstance(each, Form) and not each.is_filter), None)
            if form is not None and not form.is_bound:
                self.bring_back(request, form, context)
        return response

    def bring_back(self, request: HttpRequest, form: Form, context: dict[str, Any]) -> None:
        draft = Draft.objects.of(request.drafts_of, request.get_full_path()).first()  # type: ignore[attr-defined]
        if draft is None:
            return
        words = unlocked(draft.words)
        context["kept"] = Kept(
            pk=draft.pk,
            at=draft.at,
            is_overtaken=put_back(form, words),
            asks_for_file=form.is_multipart(),
            # Where the page has no form any more, for a reason that it gives, the words stand alone.
            typed=list(texts_of(words)) if context.get("why_not") else [],
        )

    def stopped(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.user.is_authenticated:
            keep_post(request)
            return response
        return ask_to_sign_in(request) or response
