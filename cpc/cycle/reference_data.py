"""The reminders of the cycle that every installation starts with: whom, when and in which words.

Days and words are the LGA's to change on the page of reminder rules; running this again changes nothing that was edited.
"""

from __future__ import annotations

from cpc.cycle.models import CycleDateKind
from cpc.cycle.reminder_sources import PROMPT, SOFT_PROMPT, UNHEARD
from cpc.reminders.models import ReminderRecipients, ReminderRule

ADVISER, CONTACTS = ReminderRecipients.ADVISER, ReminderRecipients.CONTACTS
MANAGERS = ReminderRecipients.PROGRAMME_MANAGERS

TO_COUNCIL = (
    "{title}: your next peer challenge",
    "The last peer challenge of {title} was some years ago. The usual time for the next one {opens} on {date}.\n\n"
    "If you would like to talk about it, your LGA principal adviser will be glad to hear from you.",
)
DUE_TO_COUNCIL = (
    "{title}: your next peer challenge is due",
    "The next peer challenge of {title} {is} due by {date}.\n\n"
    "Your LGA principal adviser will be glad to agree dates that suit the council.",
)
WINDOW = (
    "{title}: usual time for a peer challenge {opens} {when}",
    "The usual time for the next peer challenge of {title} {opens} on {date} ({when}): {detail}.",
)
DUE = (
    "{title}: next peer challenge {when}",
    "The next peer challenge of {title} {is} due on {date} ({when}): {detail}.",
)
PROMPTED = (
    "{title}: a good time to talk about a peer challenge",
    "At {title}: {detail}.\n\nGet in touch with the council, or set this aside and say why.",
)
STILL_PROMPTED = (
    "{title}: reason to get in touch not followed up",
    "There has been a reason to get in touch with {title} since {date} ({when}): {detail}.\n\n"
    "No conversation has been recorded and it has not been set aside.",
)
QUIET = (
    "{title}: no contact about a peer challenge for a while",
    "The last contact recorded about a peer challenge of {title} was on {date} ({when}). Status: {detail}.",
)

# Kind, days after (negative: before), to whom, (subject, words).
RULES: list[tuple[str, int, str, tuple[str, str]]] = [
    (CycleDateKind.WINDOW_OPENS, -30, ADVISER, WINDOW),
    (CycleDateKind.WINDOW_OPENS, 0, CONTACTS, TO_COUNCIL),
    (CycleDateKind.DUE, -180, ADVISER, DUE),
    (CycleDateKind.DUE, -90, CONTACTS, DUE_TO_COUNCIL),
    (CycleDateKind.DUE, 1, ADVISER, DUE),
    (CycleDateKind.DUE, 30, MANAGERS, DUE),
    (PROMPT, 0, ADVISER, PROMPTED),
    (PROMPT, 21, MANAGERS, STILL_PROMPTED),
    (SOFT_PROMPT, 0, ADVISER, PROMPTED),
    (UNHEARD, 60, ADVISER, QUIET),
    (UNHEARD, 90, MANAGERS, QUIET),
]


def ensure_cycle_rules() -> int:
    """Load the rules that are missing. Returns how many were added."""
    return sum(
        ReminderRule.objects.get_or_create(
            kind=kind,
            offset_days=offset,
            in_working_days=False,
            recipients=recipients,
            defaults={"subject_text": subject, "body_text": body, "waits_for_working_day": True},
        )[1]
        for kind, offset, recipients, (subject, body) in RULES
    )
