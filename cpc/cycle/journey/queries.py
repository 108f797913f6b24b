"""Who looks after a council at the LGA, and what was written down about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cycle.models import AdviserPost, ContactLogEntry, Conversation, Mentoring, SupportLogEntry


def posts_on(on: date | None = None) -> QuerySet[AdviserPost]:
    """Posts of principal advisers on this day (today by default)."""
    on = on or timezone.localdate()
    return AdviserPost.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=on), started_on__lte=on)


def adviser_posts(council: Council) -> QuerySet[AdviserPost]:
    """Everybody who has looked after this council, the latest first."""
    return AdviserPost.objects.filter(council=council).select_related("user")


def advisers_to_choose() -> QuerySet[User]:
    return User.objects.active().filter(role=Role.PRINCIPAL_ADVISER)


def peers_to_choose() -> QuerySet[User]:
    return User.objects.active().filter(role=Role.PEER).order_by("full_name", "pk")


def mentoring_of(council: Council) -> QuerySet[Mentoring]:
    """Everybody who mentors or mentored somebody at this council, the latest first."""
    return Mentoring.objects.filter(council=council).select_related("peer")


def adviser_names() -> list[tuple[int, str]]:
    """Everybody who has looked after a council, by name."""
    posts = AdviserPost.objects.filter(user=OuterRef("pk"))
    found = User.objects.filter(Exists(posts)).order_by("full_name", "pk")
    return list(found.values_list("pk", "full_name"))


def councils_of_adviser(user_id: int, on: date) -> set[int]:
    """Whom this person looks after on a day."""
    return set(posts_on(on).filter(user=user_id).values_list("council_id", flat=True))


def leaving_advisers(user: Any) -> list[Any]:
    """Who looks after councils for which this person may hand over, with how many in which region. One statement."""
    posts = AdviserPost.objects.filter(ended_on__isnull=True)
    if user.role != Role.PROGRAMME_MANAGER:
        posts = posts.filter(user=user)
    return list(
        posts.values("user", "user__full_name", "council__region")
        .annotate(number=Count("pk"))
        .order_by("user__full_name", "user", "council__region")
    )


def posts_to_hand_over(leaving: User, region: str, also: list[int]) -> QuerySet[AdviserPost]:
    """Of the councils that somebody looks after, those of a region, or all. `also`: posts that a page from before names,
    so that one that has ended meanwhile is told apart from one that never was."""
    posts = AdviserPost.objects.filter(user=leaving).select_related("council")
    standing = Q(ended_on__isnull=True)
    if region:
        standing &= Q(council__region=region)
    return posts.filter(standing | Q(pk__in=also)).order_by("council__name", "pk")


def councils_advised(user: Any) -> dict[int, str]:
    """Region by council that this person is principal adviser of today. Read once per user object, so once per request."""
    held: dict[int, str] | None = getattr(user, "_councils_advised", None)
    if held is None:
        held = {}
        if user.role == Role.PRINCIPAL_ADVISER:
            held = dict(posts_on().filter(user=user).values_list("council_id", "council__region"))
        user._councils_advised = held
    return held


def adviser_posts_for(council: Council, user: Any, most: int) -> list[AdviserPost]:
    """The latest of `adviser_posts`. To a principal adviser, of whom the same page asks what they look after, in one
    statement with their own."""
    if user.role != Role.PRINCIPAL_ADVISER or hasattr(user, "_councils_advised"):
        return list(adviser_posts(council)[:most])
    found: QuerySet[Any] = (
        AdviserPost.objects.filter(Q(council=council) | Q(pk__in=posts_on().filter(user=user).values("pk")))
        .annotate(is_own=Exists(posts_on().filter(user=user, pk=OuterRef("pk"))))
        .select_related("user", "council")
    )
    user._councils_advised = {post.council_id: post.council.region for post in found if post.is_own}
    return [post for post in found if post.council_id == council.pk][:most]


def forget_councils_advised(user: Any) -> None:
    """After a hand-over: the next question asks the database again."""
    if hasattr(user, "_councils_advised"):
        del user._councils_advised


def contact_log(council: Council, user: Any) -> QuerySet[ContactLogEntry]:
    """The contact log of a council, the latest first. A principal adviser reads that of their own regions."""
    entries = ContactLogEntry.objects.filter(council=council).select_related("written_by")
    if user.role == Role.PROGRAMME_MANAGER:
        return entries
    return entries.filter(council__region__in=set(councils_advised(user).values()))


def support_log(council: Council, user: Any) -> QuerySet[SupportLogEntry]:
    """R89: for the council's own principal adviser and the programme managers, not for other advisers of the region."""
    entries = SupportLogEntry.objects.filter(council=council).select_related("written_by")
    if user.role == Role.PROGRAMME_MANAGER:
        return entries
    return entries.filter(council__in=list(councils_advised(user)))


def conversations(council: Council) -> QuerySet[Conversation]:
    return Conversation.objects.filter(council=council).select_related("recorded_by")
