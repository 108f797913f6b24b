"""The mail that reminds: one a day and address, with what, when and a link for each thing; never a finding."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from cpc.notifications.mail_kinds import CalendarEvent, Kind, register
from cpc.reminders.sweep import KIND, Sorted, drop, key_of, sort_out
from cpc.reminders.wording import context_of

if TYPE_CHECKING:
    from cpc.notifications.models import Message

# Two sweeps, as they are set by default.
SWEPT_WITHIN = timedelta(minutes=30)


def _sorted_out(message: Message) -> Sorted:
    """Read once for the row in a worker's hands: the questions below are asked one after the other, under its lock."""
    found: Sorted | None = getattr(message, "_sorted_out", None)
    if found is None:
        reminders = message.reminders.select_related("rule", "to", "case").order_by("pk")
        found = sort_out(list(reminders), timezone.localdate())
        message._sorted_out = found  # type: ignore[attr-defined]
    return found


def held_until(message: Message) -> datetime | None:
    """With nothing to say but what is held back, such as by a pause that began meanwhile, the mail waits for the next
    day. It stays the same mail: should its sender have died before it could write down that it was sent, the copy
    carries the same Message-ID.

    One of an earlier day that was never offered waits for the day's sweep, which puts what it says into the day's own
    mail, or lets it go; without a sweep it goes by itself."""
    today = timezone.localdate()
    is_left_over = message.offered_at is None and message.subject_key != key_of(today)
    if is_left_over and timezone.localtime(message.next_attempt_at).date() < today:
        return max(timezone.now(), _first_hour(today)) + SWEPT_WITHIN
    found = _sorted_out(message)
    if found.live or not found.held:
        return None
    return _first_hour(today + timedelta(days=1))


def _first_hour(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(settings.REMINDERS_FROM_HOUR)))


def still_reminds(message: Message) -> bool:
    """Asked just before sending: with everything met, moved, fallen away, or its reader gone there is no mail."""
    return bool(_sorted_out(message).live)


def words_of_the_day(message: Message) -> dict[str, Any]:
    """A mail that waited for the mail server says how many days are left now. What was kept meanwhile is left out; what
    is held back waits for another mail."""
    found = _sorted_out(message)
    drop(found.fallen)
    message.reminders.filter(pk__in=[each.pk for each in found.held]).update(message=None)
    return context_of(found.live, timezone.localdate())


def offer_again(message: Message) -> None:
    """The mail was not sent, such as for an account that was closed: whoever is there now can be told."""
    drop(message.reminders.all())


def events(message: Message) -> list[CalendarEvent]:
    found = [item["event"] for item in message.context["items"] if item["event"]]
    return [
        CalendarEvent(each["uid"], each["title"], date.fromisoformat(each["on"]), date.fromisoformat(each["on"]))
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
        template="emails/deadlines/reminders.txt",
        button="{button}",
        why="{why}",
        fields=("subject", "items", "greeting", "url", "button", "why"),
        held_until=held_until,
        still_applies=still_reminds,
        renew=words_of_the_day,
        dropped=offer_again,
        events=events,
        headers=headers,
        why_no_repeat="A reminder says what is due on its day; the next one says what is due then",
    )
)
