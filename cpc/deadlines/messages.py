"""The mail that reminds: one a day and address, with what, when and a link for each thing; never a finding."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from cpc.deadlines.reminders import KIND, Live, drop, sort_out
from cpc.deadlines.texts import context_of
from cpc.notifications.kinds import CalendarEvent, Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def _sorted_out(message: Message) -> list[Live]:
    """What still applies; of the rest somebody else may be told."""
    reminders = message.reminders.select_related("rule", "to", "case").order_by("pk")
    live, fallen = sort_out(list(reminders), timezone.localdate())
    drop(fallen)
    return live


def still_reminds(message: Message) -> bool:
    """Asked just before sending: with everything met, moved, fallen away, paused, or its reader gone there is no mail."""
    return bool(_sorted_out(message))


def words_of_the_day(message: Message) -> dict[str, Any]:
    """A mail that waited for the mail server says how many days are left now, and leaves out what was kept meanwhile."""
    return context_of(_sorted_out(message), timezone.localdate())


def offer_again(message: Message) -> None:
    """The mail was not sent, such as for an account that was closed: whoever is there now can be told."""
    drop(message.reminders.all())


def events(message: Message) -> list[CalendarEvent]:
    domain = urlsplit(settings.SITE_URL).hostname
    found = [item["event"] for item in message.context["items"] if item["event"]]
    return [
        CalendarEvent(
            f"{each['uid']}@{domain}", each["title"], date.fromisoformat(each["on"]), date.fromisoformat(each["on"])
        )
        for each in found
    ]


def headers(message: Message) -> dict[str, str]:
    """Which reminders a mail carries: for whoever must find out what somebody was told."""
    return {"X-Reminders": " ".join(reference for item in message.context["items"] for reference in item["references"])}


register(
    Kind(
        code=KIND,
        staff_label="Reminder",
        subject="{subject}",
        text_template="emails/deadlines/reminders.txt",
        html_template="emails/deadlines/reminders.html",
        fields=("subject", "items", "greeting"),
        still_applies=still_reminds,
        renew=words_of_the_day,
        dropped=offer_again,
        events=events,
        headers=headers,
    )
)
