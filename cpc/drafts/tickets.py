"""A page that somebody was shown may keep what they type on it: its ticket names the person and the page."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

SALT = "cpc.drafts.ticket"
GOOD_FOR = timedelta(hours=24)


def ticket_for(person_id: int, address: str) -> str:
    return signing.dumps([person_id, address], salt=SALT)


def address_of(ticket: str, person_id: int) -> str:
    """The page that the ticket is for; empty for another person's, or one that is too old."""
    try:
        owner, address = signing.loads(ticket, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return ""
    return address if owner == person_id else ""
