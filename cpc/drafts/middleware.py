"""Every form of the service keeps what was typed, whichever view draws it: one place for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from cpc.components.forms import Form
from cpc.components.pages import ServiceForm
from cpc.drafts.kept import Kept
from cpc.drafts.models import Draft
from cpc.drafts.notes import Notes
from cpc.drafts.openings import others_at, say_closed, say_open
from cpc.drafts.owner import forget_owner, name_owner
from cpc.drafts.posts import ask_to_sign_in, is_kept, keep_post
from cpc.drafts.saved import tell_device
from cpc.drafts.services import forget_draft
from cpc.drafts.shared.queries import versions_address
from cpc.drafts.tickets import ticket_for
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
            else:
                self.saved(request, response, person_id)
        if getattr(request, "is_signed_out", False):
            forget_owner(response)
        elif person_id is not None:
            name_owner(request, response, person_id)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if is_kept(request) and request.user.is_authenticated:
            request.drafts_of = request.user.pk  # type: ignore[attr-defined]

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """The page of a form: what was typed on it and not saved is in it, with a sentence that says so."""
        context = response.context_data
        person_id = getattr(request, "drafts_of", None)
        if context and person_id is not None and request.method in {"GET", "POST"}:
            form = next((each for each in context.values() if isinstance(each, Form) and not each.is_filter), None)
            if form is not None:
                context["draft_notes"] = notes = Notes()
                if request.method == "GET" and not form.is_bound:
                    notes.kept = self.brought_back(request, person_id, form, context)
                if getattr(context.get("view"), "is_shared", False) and not context.get("why_not"):
                    self.share(request, person_id, notes, context["view"])
        return response

    def brought_back(self, request: HttpRequest, person_id: int, form: Form, context: dict[str, Any]) -> Kept | None:
        draft = Draft.objects.of(person_id, request.get_full_path()).first()
        if draft is None:
            return None
        before = dict(form.initial)
        words = unlocked(draft.words)
        if not words:
            return None
        put = put_back(form, words)
        if not put.is_unsaved:
            # It came from a page that was saved a moment later.
            form.initial = before
            return None
        return Kept(
            pk=draft.pk,
            at=draft.at,
            is_overtaken=put.is_overtaken,
            asks_for_file=form.is_multipart(),
            # Where the page has no form any more, for a reason that it gives, the words stand alone.
            typed=list(texts_of(words)) if context.get("why_not") else [],
        )

    def share(self, request: HttpRequest, person_id: int, notes: Notes, view: Any) -> None:
        address = request.get_full_path()
        if view.shared_text:
            notes.others = others_at(person_id, address)
            notes.versions_address = versions_address(view.shared_text, view.row or view.versioned)
            say_open(person_id=person_id, address=address)
        notes.ticket = ticket_for(person_id, address)

    def saved(self, request: HttpRequest, response: HttpResponse, person_id: int) -> None:
        discarded = getattr(request, "no_longer_typed", "")
        if discarded:
            tell_device(request, response, discarded)
        elif not self.is_saved(request):
            keep_post(request)
        elif words_of(request.POST):
            address = request.get_full_path()
            forget_draft(person_id=person_id, address=address)
            say_closed(person_id=person_id, address=address)
            tell_device(request, response, address)

    def is_saved(self, request: HttpRequest) -> bool:
        """A form may lead elsewhere because it came too late: then its words are kept, and not forgotten."""
        view = getattr(request.resolver_match.func, "view_class", None) if request.resolver_match else None
        return not (view and issubclass(view, ServiceForm)) or getattr(request, "is_saved", False)

    def stopped(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.user.is_authenticated:
            keep_post(request)
            return response
        return ask_to_sign_in(request) or response
