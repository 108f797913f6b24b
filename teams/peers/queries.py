"""Finding people in the pool, and what is known of their service."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery

from cpc.accounts.models import User
from cpc.accounts.roles import LGA_STAFF
from cpc.cases.models import PEER_CASE_ROLES, Case, CaseMembership, CaseState
from cpc.components.search import words_match
from teams.peers.models import AvailabilityWindow, PeerProfile

# Folded columns in which the words of a search are looked for.
SEARCHED = ("user__full_name_folded", "user__council__name_folded", "current_post_folded", "other_skills_folded")


def pool(user: User) -> QuerySet[PeerProfile]:
    """Peers that this person may see, with what a row shows: name, council, last served (X8), own council's last
    challenge (X9)."""
    served = (
        CaseMembership.objects.filter(
            user=OuterRef("user"),
            role__in=sorted(PEER_CASE_ROLES),
            removed_at__isnull=True,
            case__onsite_end_on__isnull=False,
        )
        .exclude(case__state=CaseState.CANCELLED)
        .values("user")
        .annotate(latest=Max("case__onsite_end_on"))
        .values("latest")
    )
    hosted = (
        Case.objects.filter(council=OuterRef("user__council"), onsite_end_on__isnull=False)
        .exclude(state=CaseState.CANCELLED)
        .order_by("-onsite_end_on")
        .values("onsite_end_on")[:1]
    )
    return (
        PeerProfile.objects.visible_to(user)
        .select_related("user", "user__council")
        .annotate(last_served_on=Subquery(served), own_council_last_on=Subquery(hosted))
    )


def search_peers(
    peers: QuerySet[PeerProfile],
    *,
    text: str = "",
    kind: str = "",
    party: str = "",
    region: str = "",
    skill: str = "",
) -> QuerySet[PeerProfile]:
    """Peers that match every filter given. People whose account is closed are left out."""
    found = peers.filter(user__is_active=True)
    if text:
        found = found.filter(words_match(text, *SEARCHED))
    if kind:
        found = found.filter(kind=kind)
    if party:
        found = found.filter(party=party)
    if region:
        found = found.filter(region=region)
    if skill:
        found = found.filter(skills__contains=[skill])
    return found.order_by("user__full_name", "pk")


def with_free(peers: QuerySet[PeerProfile], start_on: date | None, end_on: date | None) -> QuerySet[PeerProfile]:
    """Marks `is_free` when a window covers these days, and `has_windows` to tell "no" from "not known"."""
    windows = AvailabilityWindow.objects.filter(profile=OuterRef("pk"))
    covering = windows.filter(start_on__lte=start_on, end_on__gte=end_on) if start_on and end_on else windows.none()
    return peers.annotate(is_free=Exists(covering), has_windows=Exists(windows))


def people_who_can_serve() -> QuerySet[User]:
    """Anybody with an account who does not work for the LGA (R48: hosts serve too)."""
    return (
        User.objects.active()  # type: ignore[attr-defined]
        .exclude(role__in=[*sorted(LGA_STAFF), "contributor"])
        .select_related("council")
        .order_by("full_name", "pk")
    )


def people_without_profile() -> QuerySet[User]:
    """Who is not in the pool yet."""
    return people_who_can_serve().filter(peer_profile__isnull=True)


def service_record(profile: PeerProfile, user: User) -> list[dict[str, Any]]:
    """The teams this person has served on, newest first, as far as the reader may know of those cases."""
    rows = (
        CaseMembership.objects.filter(
            user=profile.user_id,
            role__in=sorted(PEER_CASE_ROLES),
            removed_at__isnull=True,
            case__in=Case.objects.visible_to(user),
        )
        .select_related("case", "case__council")
        .order_by(F("case__onsite_end_on").desc(nulls_last=True), "-pk")
    )
    return [{"case": row.case, "role": row.get_role_display()} for row in rows[:50]]
