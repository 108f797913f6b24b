"""A message as a mail: plain text, HTML, and a calendar entry where a date is meant."""

from __future__ import annotations

from datetime import date, timedelta
from email.utils import parseaddr
from typing import Any

import icalendar
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone

from cpc.notifications.kinds import KINDS
from cpc.notifications.models import Message


def message_id(message: Message) -> str:
    """Made from the row, so a second copy carries the same one and a receiver can drop it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"<message-{message.pk}.{int(message.queued_at.timestamp())}@{domain}>"


def subject_of(message: Message) -> str:
    return " ".join(KINDS[message.kind].subject.format_map(message.context).split())


def _calendar(message: Message) -> str:
    kind = KINDS[message.kind]
    start = date.fromisoformat(message.context[kind.event_on])
    until = date.fromisoformat(message.context[kind.event_until_on]) if kind.event_until_on else start
    event = icalendar.Event()
    event.add("uid", message_id(message).strip("<>"))
    event.add("dtstamp", message.queued_at.astimezone(timezone.get_default_timezone()))
    event.add("dtstart", start)
    event.add("dtend", until + timedelta(days=1))
    event.add("summary", (kind.event_title or kind.subject).format_map(message.context))
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Critical Friend//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _plain(template: str, context: dict[str, Any]) -> str:
    """Plain text is not HTML: King's Lynn must not arrive as King&#x27;s Lynn."""
    return get_template(template).template.render(Context(context, autoescape=False))  # type: ignore[attr-defined]


def mail_of(message: Message) -> EmailMultiAlternatives:
    kind = KINDS[message.kind]
    context = dict(message.context)
    if str(context.get("url", "")).startswith("/"):
        context["url"] = settings.SITE_URL + context["url"]
    context |= {"service_name": settings.SERVICE_NAME, "recipient": message.to, "support_email": settings.SUPPORT_EMAIL}
    mail = EmailMultiAlternatives(
        subject=subject_of(message),
        body=_plain("emails/base.txt", context | {"body": _plain(kind.text_template, context)}),
        to=[message.email],
        headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    html = render_to_string("emails/base.html", context | {"body": render_to_string(kind.html_template, context)})
    mail.attach_alternative(html, "text/html")
    if kind.event_on and message.context.get(kind.event_on):
        mail.attach("dates.ics", _calendar(message), "text/calendar")
    return mail
