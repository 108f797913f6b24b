"""The outbox: what was sent to whom, what failed, and sending it again."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused
from cpc.components.pages import Confirm, ListPage, ServiceForm
from cpc.notifications.forms import RepeatForm
from cpc.notifications.mail_kinds import KINDS
from cpc.notifications.models import Message, MessageState
from cpc.notifications.queries import Again, choose_again, label_of, outbox, shown_context, troubles, why_no_repeat
from cpc.notifications.rendering import subject_of
from cpc.notifications.services import repeat_message, resend_messages

FAILED = {MessageState.FAILED, MessageState.CAME_BACK}
# More than stand on a page.
MOST_AT_ONCE = 100


class Outbox(ListPage):
    permission_required = "cpc.view_outbox"
    file_name = "outbox"
    columns = {
        "Message": label_of,
        "To": "email",
        "Council": "case.council.name",
        "Queued": "queued_at",
        "State": "get_state_display",
    }
    template_name = "cpc/notifications/outbox.html"

    @cached_property
    def chosen(self) -> dict[str, str]:
        return {"state": self.request.GET.get("state", ""), "q": self.request.GET.get("q", "").strip()[:100]}

    def get_rows(self) -> QuerySet[Message]:
        return outbox(**self.chosen)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page = context["page_obj"]
        rows = [{"message": each, "label": label_of(each), "has_failed": each.state in FAILED} for each in page]
        return (
            context
            | self.chosen
            | {
                "rows": rows,
                "states": MessageState.choices,
                "troubles": troubles(),
                "has_failed": any(row["has_failed"] for row in rows),
            }
        )


class MessageDetail(PermissionRequired, TemplateView):
    permission_required = "cpc.view_outbox"
    template_name = "cpc/notifications/message.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message = get_object_or_404(
            Message.objects.select_related("to", "resent_by", "repeat_of"), pk=self.kwargs["pk"]
        )
        known = message.kind in KINDS
        return super().get_context_data(**kwargs) | {
            "message": message,
            "label": label_of(message),
            "subject": subject_of(message) if known else "",
            "values": shown_context(message),
            "again": choose_again([message])[0] if message.state in FAILED else None,
            "why_no_repeat": why_no_repeat(message) if message.state == MessageState.SENT else "",
            "repeats": message.repeats.order_by("pk"),
        }


class MessageResend(Confirm):
    """A button of the message's page: there is nothing to ask."""

    permission_required = "cpc.resend_message"
    http_method_names = ["post"]
    success_message = "The message is on its way again"

    def get_success_url(self) -> str:
        return reverse("notifications:message", kwargs={"pk": self.kwargs["pk"]})

    def perform(self) -> None:
        message = get_object_or_404(Message, pk=self.kwargs["pk"])
        (again,) = resend_messages(ids=[message.pk], by=self.request.user)
        if again.why_not:
            raise Refused(f"{again.why_not}, so nothing was sent again.")


class MessageRepeat(ServiceForm):
    """A mail that was sent, once more and with a reason."""

    permission_required = "cpc.resend_message"
    form_class = RepeatForm
    title = "Send another copy of this email"
    submit_text = "Send another copy"
    success_message = "The email is on its way again"
    seen_fields = ("seen",)

    @cached_property
    def message(self) -> Message:
        return get_object_or_404(Message.objects.select_related("to", "case__council"), pk=self.kwargs["pk"])

    def get_intro(self) -> str:
        message = self.message
        reader = message.to.email if message.to else message.email
        return f"{label_of(message)}, to {reader}. It goes as it was sent before."

    def why_not(self) -> str:
        why_not = why_no_repeat(self.message)
        return f"{why_not}." if why_not else ""

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.message.repeats.count()}

    def get_success_url(self) -> str:
        return reverse("notifications:message", kwargs={"pk": self.message.pk})

    def save(self, form: Any) -> Message:
        return repeat_message(message=self.message, by=self.request.user, **form.cleaned_data)


class ResendSeveral(Confirm):
    """Asked with the ticked ones in the address, which changes nothing; posted from the page that names them."""

    permission_required = "cpc.resend_message"
    template_name = "cpc/notifications/resend_several.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ticked = Message.objects.select_related("to", "case__council").filter(pk__in=ids_in(self.request.GET))
        found = choose_again(list(ticked.order_by("pk")))
        return super().get_context_data(**kwargs) | {
            "again": [each for each in found if not each.why_not],
            "refused": [each for each in found if each.why_not],
        }

    def get_success_url(self) -> str:
        return reverse("notifications:outbox")

    def perform(self) -> list[Again]:
        return resend_messages(ids=ids_in(self.request.POST), by=self.request.user)

    def tell(self, done: list[Again]) -> None:
        number = sum(not each.why_not for each in done)
        if number:
            text = "1 message is on its way again" if number == 1 else f"{number} messages are on their way again"
            messages.success(self.request, text)
        refused = [f"{each.label} to {each.message.email}: {each.why_not}." for each in done if each.why_not]
        if refused or not done:
            nothing = "Nothing else was sent again." if number else "Nothing was sent again."
            messages.warning(self.request, " ".join([nothing, *refused]))


def ids_in(data: QueryDict) -> list[int]:
    """Of what stands in the boxes; anything else is no message."""
    found = [each for each in data.getlist("message") if each.isascii() and each.isdigit() and len(each) < 19]
    return [int(each) for each in found[:MOST_AT_ONCE]]
