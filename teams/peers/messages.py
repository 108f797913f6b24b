"""Mail to peers about their own profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from cpc.notifications.mail_kinds import Kind, register
from cpc.notifications.services import queue_notification
from teams.peers.models import PeerProfile

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def still_to_confirm(message: Message) -> bool:
    """Not once the peer has confirmed, nor to a closed account."""
    if message.to is None or not message.to.is_active:
        return False
    profile = PeerProfile.objects.filter(user=message.to).first()
    return profile is not None and profile.last_confirmed_on != timezone.localdate()


register(
    Kind(
        code="peer_profile_check",
        staff_label="Peer profile to be checked",
        subject="Is your peer profile still right?",
        template="emails/teams/profile_check.txt",
        button="Check your profile",
        why="You are getting this email because you are in the LGA's peer pool.",
        fields=("name", "url"),
        still_applies=still_to_confirm,
    )
)


def ask_by_mail(profile: PeerProfile) -> Message | None:
    """Queue the question; None when it was already asked today."""
    return queue_notification(
        kind="peer_profile_check",
        to=profile.user,
        subject_key=f"peer:{profile.pk}:check:{timezone.localdate().isoformat()}",
        context={"name": profile.user.full_name, "url": "/peers/me/"},
    )
