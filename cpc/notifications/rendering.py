"""A message as a mail: plain text, HTML, and a calendar entry where a date is meant."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

import icalendar
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from cpc.notifications.mail_kinds import KINDS, CalendarEvent
from cpc.notifications.models import Message
from cpc.notifications.secret_fields import unseal


def message_id(message: Message) -> str:
    """Made from the row, so a second copy carries the same one and a receiver can drop it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"<message-{message.pk}.{int(message.queued_at.timestamp())}@{domain}>"


def subject_of(message: Message) -> str:
    return " ".join(KINDS[message.kind].subject.format_map(message.context).split())


def _calendar(message: Message, events: list[CalendarEvent]) -> str:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Critical Friend//EN")
    calendar.add("version", "2.0")
    for each in events:
        event = icalendar.Event()
        event.add("uid", each.uid or message_id(message).strip("<>"))
        event.add("dtstamp", message.queued_at.astimezone(timezone.get_default_timezone()))
        event.add("dtstart", each.starts_on)
        event.add("dtend", each.ends_on + timedelta(days=1))
        event.add("summary", each.title)
        calendar.add_component(event)
    return calendar.to_ical().decode()


def mail_of(message: Message) -> EmailMultiAlternatives:
    kind = KINDS[message.kind]
    context = unseal(message.context)
    if str(context.get("url", "")).startswith("/"):
        context["url"] = settings.SITE_URL + context["url"]
    context |= {
        "site_url": settings.SITE_URL,
        "service_name": settings.SERVICE_NAME,
        "recipient": message.to,
        "support_email": settings.SUPPORT_EMAIL,
    }
    mail = EmailMultiAlternatives(
        subject=subject_of(message),
        body=render_to_string("emails/base.txt", context | {"body": render_to_string(kind.text_template, context)}),
        to=[message.email],
        headers=kind.headers(message) | {"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    html = render_to_string("emails/base.html", context | {"body": render_to_string(kind.html_template, context)})
    mail.attach_alternative(html, "text/html")
    if events := kind.events(message):
        mail.attach("dates.ics", _calendar(message, events), "text/calendar")
    return mail
