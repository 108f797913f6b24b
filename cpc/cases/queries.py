"""Readings of cases that pages and other packages share."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from councils.models import Council
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.managers import MembershipQuerySet
from cpc.cases.models import PEER_CASE_ROLES, Case, CaseMembership
from cpc.cases.stages import PLUGINS, Outstanding


def members_of(case: Case) -> MembershipQuerySet:
    """Everybody on the case whom nobody has taken off, with their names and councils."""
    return (
        CaseMembership.objects.filter(case=case, removed_at__isnull=True)
        .select_related("user", "user__council")
        .order_by("role", "user__full_name")
    )


def has_peers(case: Case) -> bool:
    """Whether peers are on the case, whether or not their access has begun or ended by date."""
    return access.read_once(case, "has_peers", CaseMembership.objects.standing().of_peers().filter(case=case).exists)


def recipients_of(case: Case, role: str) -> list[User]:
    """Who a reminder to `role` goes to in this case: "LGA", "Council" or "Peer team", or one case role."""
    return access.read_once(case, f"recipients of {role}", lambda: _recipients_of(case, role))


# The sides of a case that promise something, by the roles that people hold on it.
SIDES: dict[str, list[str]] = {
    "LGA": ["peer_challenge_manager", "support_officer"],
    "Council": ["coordinator", "chief_executive", "leader"],
    "Peer team": sorted(str(role) for role in PEER_CASE_ROLES),
}


def _recipients_of(case: Case, role: str) -> list[User]:
    return recipients_of_each([case.pk]).get((case.pk, role), [])


def recipients_of_each(cases: Collection[int]) -> dict[tuple[int, str], list[User]]:
    """(case, side or role) -> who a reminder goes to, for several cases in one statement."""
    memberships = (
        CaseMembership.objects.in_force()
        .filter(case__in=cases, user__is_active=True)
        .select_related("user")
        .order_by("case", "pk")
    )
    found: dict[tuple[int, str], dict[int, User]] = {}
    for each in memberships:
        for side in [each.role, *(name for name, roles in SIDES.items() if each.role in roles)]:
            found.setdefault((each.case_id, side), {})[each.user_id] = each.user
    return {key: list(people.values()) for key, people in found.items()}


def outstanding_of(case: Case, reader: User) -> list[Outstanding]:
    """What keeps the case from leaving its stage, in this reader's words; nothing for a case that is over."""
    return [] if case.is_over else PLUGINS[case.stage].outstanding(case, reader)


def cases_of_council(council: Council, user: User) -> QuerySet[Case]:
    """Peer challenges of a council, newest first, that this person may know of. Without what a title needs: the page is the
    council's own."""
    return (
        (Case.objects.filter(council=council) | Case.objects.filter(joint_councils=council))
        .visible_to(user)
        .distinct()
        .order_by("-onsite_end_on", "-pk")
    )
