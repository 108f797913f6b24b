"""The outbox: what was sent to whom, what failed, and sending it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import TemplateView, View

from cpc.accounts.mixins import PermissionRequired
from cpc.notifications.kinds import KINDS
from cpc.notifications.models import Message, MessageState
from cpc.notifications.queries import outbox, shown_context, troubles
from cpc.notifications.rendering import subject_of
from cpc.notifications.services import resend


class Outbox(PermissionRequired, TemplateView):
    permission_required = "cpc.view_outbox"
    template_name = "cpc/notifications/outbox.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state, q = self.request.GET.get("state", ""), self.request.GET.get("q", "").strip()[:100]
        page = Paginator(outbox(state=state, q=q), 25).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        query.pop("page", None)
        rows = [
            {"message": each, "label": KINDS[each.kind].staff_label if each.kind in KINDS else each.kind}
            for each in page
        ]
        return super().get_context_data(**kwargs) | {
            "rows": rows,
            "page_obj": page,
            "query_string": query.urlencode(),
            "state": state,
            "q": q,
            "states": MessageState.choices,
            "troubles": troubles(),
        }


class MessageDetail(PermissionRequired, TemplateView):
    permission_required = "cpc.view_outbox"
    template_name = "cpc/notifications/message.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message = get_object_or_404(Message.objects.select_related("to", "resent_by"), pk=self.kwargs["pk"])
        known = message.kind in KINDS
        return super().get_context_data(**kwargs) | {
            "message": message,
            "label": KINDS[message.kind].staff_label if known else message.kind,
            "subject": subject_of(message) if known else "",
            "values": shown_context(message),
        }


class MessageResend(PermissionRequired, View):
    permission_required = "cpc.resend_message"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        message = get_object_or_404(Message, pk=kwargs["pk"])
        if resend(message=message, by=request.user):  # type: ignore[arg-type]
            messages.success(request, "The message is on its way again")
        else:
            messages.warning(request, "This message has not failed, so nothing was sent again.")
        return redirect("notifications:message", pk=message.pk)
