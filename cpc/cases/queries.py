"""Readings of cases that pages and other packages share."""

from __future__ import annotations

from django.db.models import QuerySet

from councils.models import Council
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.models import PEER_CASE_ROLES, Case, CaseMembership
from cpc.cases.stages import PLUGINS, Outstanding


def members_of(case: Case) -> QuerySet[CaseMembership]:
    """Everybody on the case now, with their names and councils."""
    return (
        CaseMembership.objects.filter(case=case, removed_at__isnull=True)
        .select_related("user", "user__council")
        .order_by("role", "user__full_name")
    )


def recipients_of(case: Case, role: str) -> list[User]:
    """Who a reminder to `role` goes to in this case: "LGA", "Council" or "Peer team", or one case role."""
    return access.read_once(case, f"recipients of {role}", lambda: _recipients_of(case, role))


def _recipients_of(case: Case, role: str) -> list[User]:
    memberships = CaseMembership.objects.active().filter(case=case, user__is_active=True).select_related("user")
    groups = {
        "LGA": ["peer_challenge_manager", "support_officer"],
        "Council": ["coordinator", "chief_executive", "leader"],
        "Peer team": sorted(PEER_CASE_ROLES),
    }
    people = {m.user_id: m.user for m in memberships.filter(role__in=groups.get(role, [role]))}
    return list(people.values())


def outstanding_of(case: Case) -> list[Outstanding]:
    """What keeps the case from leaving its stage; nothing for a case that is over."""
    return [] if case.is_over else PLUGINS[case.stage].outstanding(case)


def cases_of_council(council: Council, user: User) -> QuerySet[Case]:
    """Peer challenges of a council, newest first, that this person may know of."""
    return (
        (Case.objects.filter(council=council) | Case.objects.filter(joint_councils=council))
        .visible_to(user)  # type: ignore[attr-defined]
        .with_council()
        .distinct()
        .order_by("-onsite_end_on", "-pk")
    )
