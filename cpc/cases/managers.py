"""Which cases somebody sees, as querysets. Apart from models.py because models need them as managers."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import TruncDate
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.in_force import all_hold

# National roles that see where every case stands. An administrator sees no evidence: see cases/access.py.
SEES_EVERY_CASE = frozenset({Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER})


def _day_and(day: Any, text: str) -> Func:
    """Two texts, the day first: both from one subquery, and in the order of the days."""
    as_text = Func(day, Value("YYYY-MM-DD"), function="to_char", output_field=TextField())
    return Func(as_text, text, template="ARRAY[%(expressions)s]", output_field=ArrayField(TextField()))


class MembershipQuerySet(models.QuerySet[Any]):
    def standing(self) -> MembershipQuerySet:
        """Nobody has taken them off. Whether they give access is another question: in_force()."""
        return self.filter(removed_at__isnull=True)

    def in_force(self, on: date | None = None) -> MembershipQuerySet:
        """Memberships that give access on this day (today by default): their days, and what they rest on."""
        on = on or timezone.localdate()
        return self.standing().filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), all_hold(on), starts_on__lte=on)

    def resting_on_nothing(self, on: date | None = None) -> MembershipQuerySet:
        """Standing memberships whose ground is gone: to be ended, with a word to who must find a successor."""
        return self.standing().exclude(all_hold(on or timezone.localdate()))

    def of_their_time(self) -> MembershipQuerySet:
        """Who was on the case while it was held, or still is: what they served as stays true when their access has ended."""
        return self.filter(Q(removed_at__isnull=True) | Q(removed_at__date__gt=F("case__onsite_end_on")))

    def of_peers(self) -> MembershipQuerySet:
        return self.filter(role__endswith="_peer")

    def served(self) -> MembershipQuerySet:
        """Peers who have been onsite: their team's days ended before today, and the challenge was not called off."""
        return (
            self.of_peers()
            .of_their_time()
            .filter(case__onsite_end_on__lt=timezone.localdate())
            .exclude(case__state="cancelled")
        )


@lru_cache(maxsize=4)
def _all_in_force(model: type[models.Model], on: date) -> MembershipQuerySet:
    """Put together once a day: the rule is long, and a page asks it several times. It is copied before it is asked."""
    return model._default_manager.get_queryset().in_force(on)  # type: ignore[attr-defined]


class MembershipManager(models.Manager.from_queryset(MembershipQuerySet)):  # type: ignore[misc]
    def in_force(self, on: date | None = None) -> MembershipQuerySet:
        on = on or timezone.localdate()
        if self is self.model._default_manager:
            return _all_in_force(self.model, on).all()
        # The memberships of one case or person.
        return self.get_queryset().in_force(on)


class CaseQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> CaseQuerySet:
        """Cases whose existence this person may know of: their own by membership; all for national LGA roles."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.role in SEES_EVERY_CASE:
            return self
        memberships = self.model._meta.get_field("memberships").related_model
        return self.filter(Exists(memberships._default_manager.in_force().filter(user=user, case=OuterRef("pk"))))

    def with_council(self) -> CaseQuerySet:
        """What a title needs, in two queries."""
        return self.select_related("council").prefetch_related("joint_councils")

    def bringing(self, *names: str) -> CaseQuerySet:
        """With rows that hang on the case one to one, by their paths, and with `has_peers`: whether peers are on it."""
        rows = [name for name in names if name != "has_peers"]
        found = self.select_related(*rows) if rows else self
        if "has_peers" not in names:
            return found
        memberships = self.model._meta.get_field("memberships").related_model
        return found.annotate(
            has_peers=Exists(memberships._default_manager.standing().of_peers().filter(case=OuterRef("pk")))
        )

    def with_next_due(self) -> CaseQuerySet:
        """`next_due`: day and name of the earliest open deadline, as two texts; None where nothing is promised."""
        deadlines = self.model._meta.get_field("deadlines").related_model
        following = deadlines._default_manager.filter(case=OuterRef("pk"), state="open").order_by("due_on", "pk")
        return self.annotate(
            next_due=Subquery(following.annotate(due=_day_and(F("due_on"), "label")).values("due")[:1])
        )

    def with_finished_stages(self) -> CaseQuerySet:
        """`finished_stages`: day and stage of each time that a stage was finished, earliest first, in London's days."""
        entries = self.model._meta.get_field("stage_entries").related_model
        left = entries._default_manager.filter(case=OuterRef("pk"), left_at__isnull=False).order_by("left_at", "pk")
        days = left.annotate(left=_day_and(TruncDate("left_at"), "stage")).values("left")
        return self.annotate(finished_stages=ArraySubquery(days))

    def under_way(self) -> CaseQuerySet:
        return self.exclude(state__in=["closed", "cancelled"])

    def held(self) -> CaseQuerySet:
        """Challenges whose onsite days ended before today, and that were not called off."""
        return self.filter(onsite_end_on__lt=timezone.localdate()).exclude(state="cancelled")

    def onsite_between(self, from_on: date, to_on: date) -> CaseQuerySet:
        """Challenges with a team onsite on one of these days, as far as their days are known and they stand."""
        return self.exclude(state="cancelled").filter(
            onsite_start_on__lte=to_on, onsite_end_on__gte=from_on, onsite_precision="day"
        )
