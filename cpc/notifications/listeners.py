"""The invitation mail. Accounts lie below notifications and announce; this listens."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from cpc.accounts.events import account_changed
from cpc.accounts.models import Invitation
from cpc.notifications.mail_kinds import Kind, register
from cpc.notifications.models import Message
from cpc.notifications.services import queue_notification


def invitation_is_open(message: Message) -> bool:
    """Withdrawn, used or expired, or sent again with another link, while the mail waited: it is not sent."""
    invitation = Invitation.objects.filter(pk=message.context.get("invitation_id")).first()
    return invitation is not None and invitation.is_open() and invitation.sending == message.context.get("sending")


register(
    Kind(
        code="invitation",
        staff_label="Invitation",
        subject="Invitation to the LGA's peer challenge service, Critical Friend",
        template="emails/accounts/invitation.txt",
        button="Set up your account",
        why="You are getting this email because {inviter} invited you. If you did not expect it, ask {inviter} or write to "
        "{support_email} before you use the link.",
        fields=(
            "name",
            "role",
            "council",
            "case_council",
            "inviter",
            "inviter_is",
            "expires",
            "invitation_id",
            "sending",
            "url",
        ),
        still_applies=invitation_is_open,
        secret=frozenset({"url"}),
    )
)


def _who(person: Any) -> str:
    """Such as "Council coordinator, Exampleshire" or "Programme manager, Local Government Association"."""
    where = "Local Government Association" if person.is_lga_staff else (person.council.name if person.council else "")
    return f"{person.get_role_display()}, {where}" if where else person.get_role_display()


@receiver(account_changed)
def mail_invitation(sender: Any, *, verb: str, by: Any, user: Any, data: dict[str, Any], **kwargs: Any) -> None:
    if verb not in {"person_invited", "invitation_resent"}:
        return
    queue_notification(
        kind="invitation",
        to=None,
        email=data["email"],
        subject_key=f"invitation:{data['invitation_id']}:{data['sending']}",
        context={
            "name": data["name"],
            "role": data["role"],
            "council": data["council"],
            "case_council": data["case_council"],
            "inviter": by.full_name,
            "inviter_is": _who(by),
            "expires": f"{data['expires_at']:%-d %B %Y}",
            "invitation_id": data["invitation_id"],
            "sending": data["sending"],
            "url": f"/invitations/{data['token']}/",
        },
    )
