"""Finding people in the pool, and what is known of their service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import LGA_STAFF
from cpc.cases.models import Case, CaseMembership, CaseState
from cpc.components.search import MOST_WORDS, NOWHERE, words_match
from cpc.components.text import folded, visible_text
from teams.peers.models import AvailabilityWindow, Party, PeerKind, PeerProfile, Skill

# Folded columns in which the words of a search are looked for.
SEARCHED = (
    "user__full_name_folded",
    "user__council__name_folded",
    "user__council__official_name_folded",
    "current_post_folded",
    "other_skills_folded",
)


def own_council_last() -> Subquery:
    """For rows with a `user`: the last onsite day of the latest challenge of that person's own council (X9)."""
    held = Case.objects.filter(council=OuterRef("user__council")).held()
    return Subquery(held.order_by("-onsite_end_on").values("onsite_end_on")[:1])


def pool(user: User) -> QuerySet[PeerProfile]:
    """Peers that this person may see, with what a row shows: name, council, last served (X8), own council's last
    challenge (X9)."""
    served = (
        CaseMembership.objects.served()
        .filter(user=OuterRef("user"))
        .values("user")
        .annotate(latest=Max("case__onsite_end_on"))
        .values("latest")
    )
    return (
        PeerProfile.objects.visible_to(user)
        .select_related("user", "user__council")
        .annotate(last_served_on=Subquery(served), own_council_last_on=own_council_last())
    )


# The posts that a team is looked through for, as the profile marks them: a leader of the opposition is no council leader.
POSTS = {
    "is_chief_executive": "Chief executive",
    "is_council_leader": "Council leader or elected mayor",
    "is_senior_member": "Senior councillor",
}


def _on_the_row(text: str) -> Q:
    """Every word that was typed stands on the row that the pool shows: name, post, council, kind, party or skills."""
    pieces = visible_text(text).replace(",", " ").split()[:MOST_WORDS]
    found = Q() if pieces else NOWHERE
    for piece in pieces:
        found &= words_match(piece, *SEARCHED) | _labelled(folded(piece))
    return found


def _labelled(word: str) -> Q:
    """What a row says by a label of ours rather than by a word that is stored."""
    if not word:
        return NOWHERE

    def meant(choices: Iterable[tuple[str, str]]) -> list[str]:
        return [code for code, label in choices if word in folded(label)]

    found = (
        Q(kind__in=meant(PeerKind.choices))
        | Q(party__in=meant(Party.choices))
        | Q(skills__overlap=meant(Skill.choices))
    )
    return found | Q(is_former=True) if word in "former" else found


def search_peers(
    peers: QuerySet[PeerProfile],
    *,
    text: str = "",
    kind: str = "",
    party: str = "",
    region: str = "",
    skill: str = "",
    post: str = "",
) -> QuerySet[PeerProfile]:
    """Peers that match every filter given: each word typed stands on the row. People whose account is closed are left
    out."""
    found = peers.filter(user__is_active=True)
    if text:
        found = found.filter(_on_the_row(text))
    if kind:
        found = found.filter(kind=kind)
    if party:
        found = found.filter(party=party)
    if region:
        found = found.filter(region=region)
    if skill:
        found = found.filter(skills__contains=[skill])
    if post:
        found = found.filter(**{post: True})
    return found.order_by("user__full_name", "pk")


def with_free(peers: QuerySet[PeerProfile], start_on: date | None, end_on: date | None) -> QuerySet[PeerProfile]:
    """Marks `is_free` when a window covers these days; who is committed elsewhere, commitments() says."""
    windows = AvailabilityWindow.objects.filter(profile=OuterRef("pk"))
    covering = windows.filter(start_on__lte=start_on, end_on__gte=end_on) if start_on and end_on else windows.none()
    return peers.annotate(is_free=Exists(covering))


def people_who_can_serve() -> QuerySet[User]:
    """Anybody with an account who does not work for the LGA (R48: hosts serve too)."""
    return (
        User.objects.active()
        .exclude(role__in=[*sorted(LGA_STAFF), "contributor"])
        .select_related("council")
        .order_by("full_name", "pk")
    )


def people_without_profile() -> QuerySet[User]:
    """Who is not in the pool yet."""
    return people_who_can_serve().filter(peer_profile__isnull=True)


@dataclass(frozen=True)
class Service:
    """Teams of one person, as far as the reader may know of those cases: those that have been onsite, and the others."""

    served: list[dict[str, Any]]
    ahead: list[dict[str, Any]]


def service_record(profile: PeerProfile, user: User) -> Service:
    rows = (
        CaseMembership.objects.of_their_time()
        .of_peers()
        .filter(user=profile.user_id, case__in=Case.objects.visible_to(user))
        .exclude(case__state=CaseState.CANCELLED)
        .select_related("case", "case__council")
        .order_by(F("case__onsite_end_on").desc(nulls_last=True), "-pk")
    )[:50]
    today = timezone.localdate()
    served: list[dict[str, Any]] = []
    ahead: list[dict[str, Any]] = []
    for row in rows:
        is_served = row.case.onsite_end_on is not None and row.case.onsite_end_on < today
        (served if is_served else ahead).append({"case": row.case, "role": row.get_role_display()})
    return Service(served, ahead)
