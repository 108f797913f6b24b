"""What a team does when the ground of a place on it is gone: the person changed role or council, or left."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from cpc.accounts.events import account_changed
from cpc.cases.models import PEER_CASE_ROLES
from cpc.casework.endings import membership_ended
from teams.composition.models import TeamMember
from teams.composition.services import withdraw_member

CHANGES = {"role_changed", "person_deactivated"}
REASON = "Their role or council changed, or their account was closed"


@receiver(account_changed)
def leave_teams(sender: Any, *, verb: str, by: Any, user: Any, data: dict[str, Any], **kwargs: Any) -> None:
    """Whoever can no longer be a peer of a council is not asked, and does not stay, for its team."""
    if verb in CHANGES:
        for member in TeamMember.objects.resting_on_nothing().filter(user=user).select_related("team").order_by("team"):
            withdraw_member(member=member, reason=REASON, by=by)


def leave_team(sender: Any, *, membership: Any, case: Any, by: Any, **kwargs: Any) -> None:
    """A peer's membership has ended: the place on the team that gave it ends too, where somebody's doing ended it.

    What time alone ended (two councils became one) the LGA settles itself: it is asked to find a successor.
    """
    if by is None or membership.role not in PEER_CASE_ROLES:
        return
    places = TeamMember.objects.filter(team__case=case, user=membership.user_id, role=membership.role).standing()
    for member in places.select_related("team"):
        withdraw_member(member=member, reason=REASON, by=by)


membership_ended.connect(leave_team, dispatch_uid="teams.composition.leave_team")
