"""Keeping what is being typed, and giving a draft up on purpose."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import View

from cpc.accounts.mixins import PermissionRequired
from cpc.components.pages.confirm import Confirm
from cpc.drafts.models import Draft
from cpc.drafts.openings import others_at, say_open
from cpc.drafts.services import keep_draft
from cpc.drafts.tickets import address_of
from cpc.drafts.words import words_of


class DraftDiscard(Confirm):
    permission_required = "cpc.discard_draft"
    title = "Discard what you typed?"
    text = "The form then shows what is saved. Your draft cannot be brought back."
    submit_text = "Discard the draft"
    success_message = "Your draft is discarded"
    warning = True

    @cached_property
    def draft(self) -> Draft:
        return get_object_or_404(Draft, person_id=self.request.user.pk, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Draft:
        return self.draft

    def get_success_url(self) -> str:
        return self.draft.address

    def perform(self) -> None:
        # The device forgets its copy too.
        self.request.no_longer_typed = self.draft.address
        Draft.objects.filter(pk=self.draft.pk).delete()


class DraftKeep(PermissionRequired, View):
    """What a page sends while somebody is writing (static/js/drafts.js). Its ticket says for which page it may."""

    http_method_names = ["post"]
    permission_required = "cpc.keep_draft"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person: Any = request.user
        address = address_of(request.POST.get("ticket", ""), person.pk)
        if not address:
            return JsonResponse({}, status=400)
        words = words_of(request.POST)
        if words:
            keep_draft(person_id=person.pk, address=address, words=words)
        say_open(person_id=person.pk, address=address)
        at = timezone.localtime()
        return JsonResponse({"at": f"{at:%H:%M}", "others": [each.sentence for each in others_at(person.pk, address)]})
