"""A message as a mail: plain text, the same words as HTML, and a calendar entry where a date is meant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cpc.notifications.mail_kinds import KINDS, CalendarEvent
from cpc.notifications.models import Message
from cpc.notifications.secret_fields import unseal

BREAK = mark_safe("<br>")


def message_id(message: Message) -> str:
    """Made from the row, so a second copy carries the same one and a receiver can drop it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"<message-{message.pk}.{int(message.queued_at.timestamp())}@{domain}>"


def subject_of(message: Message) -> str:
    return " ".join(KINDS[message.kind].subject.format_map(message.context).split())


def _moment(when: date | datetime) -> date | datetime:
    """A time as UTC, which every calendar knows; a day as it is."""
    return when.astimezone(UTC) if isinstance(when, datetime) else when


def _calendar(message: Message, events: list[CalendarEvent]) -> str:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Critical Friend//EN")
    calendar.add("version", "2.0")
    for each in events:
        event = icalendar.Event()
        event.add("uid", f"{each.uid}@{urlsplit(settings.SITE_URL).hostname}")
        # The later of two mails about one entry is the one that holds.
        event.add("sequence", message.pk)
        event.add("dtstamp", message.queued_at.astimezone(timezone.get_default_timezone()))
        event.add("dtstart", _moment(each.starts))
        # The end of whole days is the day after the last.
        event.add("dtend", _moment(each.ends) if isinstance(each.ends, datetime) else each.ends + timedelta(days=1))
        event.add("summary", each.title)
        if each.place:
            event.add("location", each.place)
        if each.is_off:
            event.add("status", "CANCELLED")
        calendar.add_component(event)
    return calendar.to_ical().decode()


def as_html(text: str) -> SafeString:
    """Paragraphs and lists of a plain text. A line that is an address of ours becomes a link."""
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text.strip())]
    return format_html_join("\n", "{}", ((_block(lines),) for lines in blocks))


def _block(lines: list[str]) -> SafeString:
    if all(line.startswith("- ") for line in lines):
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line[2:],) for line in lines)))
    return format_html("<p>{}</p>", format_html_join(BREAK, "{}", ((_line(line),) for line in lines)))


def _line(line: str) -> str:
    is_address = line.startswith(f"{settings.SITE_URL}/") and " " not in line
    return format_html('<a href="{0}">{0}</a>', line) if is_address else line


def mail_of(message: Message) -> EmailMultiAlternatives:
    kind = KINDS[message.kind]
    context = unseal(message.context) | {
        "site_url": settings.SITE_URL,
        "service_name": settings.SERVICE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    url = str(context.get("url") or kind.opens)
    # Somebody without an account is greeted by the name that was given; of an address alone there is none.
    greeting = message.to.full_name if message.to else context.get("greeting") or context.get("name")
    context |= {
        "subject": subject_of(message),
        "greeting": greeting,
        "body": render_to_string(kind.template, context).strip(),
        "button": kind.button.format_map(context),
        "url": settings.SITE_URL + url if url.startswith("/") else url,
        "why": kind.why.format_map(context),
    }
    mail = EmailMultiAlternatives(
        subject=context["subject"],
        body=render_to_string("emails/base.txt", context),
        to=[message.email],
        headers=kind.headers(message) | {"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    html = render_to_string("emails/base.html", context | {"body": as_html(context["body"])})
    mail.attach_alternative(html, "text/html")
    if events := kind.events(message) if kind.events else []:
        mail.attach("dates.ics", _calendar(message, events), "text/calendar")
    return mail
