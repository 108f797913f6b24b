"""The outbox: what was sent to whom, what failed, and sending it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from cpc.accounts.mixins import PermissionRequired
from cpc.notifications.forms import RepeatForm
from cpc.notifications.mail_kinds import KINDS
from cpc.notifications.models import Message, MessageState
from cpc.notifications.queries import choose_again, label_of, outbox, shown_context, troubles, why_no_repeat
from cpc.notifications.rendering import subject_of
from cpc.notifications.services import NotRepeated, repeat_message, resend_messages

FAILED = {MessageState.FAILED, MessageState.CAME_BACK}
# More than stand on a page.
MOST_AT_ONCE = 100


class Outbox(PermissionRequired, TemplateView):
    permission_required = "cpc.view_outbox"
    template_name = "cpc/notifications/outbox.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state, q = self.request.GET.get("state", ""), self.request.GET.get("q", "").strip()[:100]
        page = Paginator(outbox(state=state, q=q), 25).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        query.pop("page", None)
        rows = [{"message": each, "label": label_of(each), "has_failed": each.state in FAILED} for each in page]
        return super().get_context_data(**kwargs) | {
            "rows": rows,
            "page_obj": page,
            "query_string": query.urlencode(),
            "state": state,
            "q": q,
            "states": MessageState.choices,
            "troubles": troubles(),
            "has_failed": any(row["has_failed"] for row in rows),
        }


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


class MessageResend(PermissionRequired, View):
    permission_required = "cpc.resend_message"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        message = get_object_or_404(Message, pk=kwargs["pk"])
        (again,) = resend_messages(ids=[message.pk], by=request.user)  # type: ignore[arg-type]
        if again.why_not:
            messages.warning(request, f"{again.why_not}, so nothing was sent again.")
        else:
            messages.success(request, "The message is on its way again")
        return redirect("notifications:message", pk=message.pk)


class MessageRepeat(PermissionRequired, TemplateView):
    """A mail that was sent, once more and with a reason."""

    permission_required = "cpc.resend_message"
    template_name = "components/form_page.html"

    def get_message(self) -> Message:
        return get_object_or_404(Message.objects.select_related("to", "case__council"), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message = self.get_message()
        context = {
            "title": "Send this mail once more",
            "submit_text": "Send it once more",
            "back_url": reverse("notifications:message", kwargs={"pk": message.pk}),
            "intro": f"{label_of(message)}, to {message.to.email if message.to else message.email}. It goes as it was "
            "sent before.",
            "why_not": f"{why_not}." if (why_not := why_no_repeat(message)) else "",
            "form": RepeatForm(initial={"seen": message.repeats.count()}),
        }
        return context | super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        message, form = self.get_message(), RepeatForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            repeat_message(message=message, **form.cleaned_data, by=request.user)  # type: ignore[arg-type]
        except NotRepeated as error:
            messages.warning(request, f"{error}, so nothing was sent.")
        else:
            messages.success(request, "The mail is on its way once more")
        return redirect("notifications:message", pk=message.pk)


class ResendSeveral(PermissionRequired, TemplateView):
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

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = resend_messages(ids=ids_in(request.POST), by=request.user)  # type: ignore[arg-type]
        number = sum(not each.why_not for each in found)
        if number:
            messages.success(
                request,
                f"{number} message{' is' if number == 1 else 's are'} on {'its' if number == 1 else 'their'} way again",
            )
        refused = [f"{each.label} to {each.message.email}: {each.why_not}." for each in found if each.why_not]
        if refused or not found:
            messages.warning(
                request, " ".join(["Nothing else was sent again." if number else "Nothing was sent again.", *refused])
            )
        return redirect("notifications:outbox")


def ids_in(data: QueryDict) -> list[int]:
    """Of what stands in the boxes; anything else is no message."""
    found = [each for each in data.getlist("message") if each.isascii() and each.isdigit() and len(each) < 19]
    return [int(each) for each in found[:MOST_AT_ONCE]]
