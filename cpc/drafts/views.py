"""A draft is given up on purpose."""

from __future__ import annotations

from typing import Any

from django.views.generic import DeleteView

from cpc.accounts.mixins import PermissionRequired
from cpc.drafts.models import Draft
from cpc.drafts.saved import tell_device


class DraftDiscard(PermissionRequired, DeleteView):
    permission_required = "cpc.discard_draft"
    template_name = "components/confirm_page.html"
    object: Draft

    def get_queryset(self) -> Any:
        return Draft.objects.filter(person_id=self.request.user.pk)

    def get_permission_object(self) -> Draft:
        return self.get_object()

    def get_success_url(self) -> str:
        return self.object.address

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": "Discard what you typed?",
            "text": "The form then shows what is saved. Your draft cannot be brought back.",
            "submit_text": "Discard the draft",
            "warning": True,
            "back_url": self.object.address,
        }

    def form_valid(self, form: Any) -> Any:
        response = super().form_valid(form)
        tell_device(self.request, response, self.object.address)
        return response
