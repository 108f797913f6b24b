"""A reorganisation as it is prepared, and what putting it in force did to the register (R96)."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from councils.models.register import Council, CouncilType, SuccessionKind


class ReorganisationState(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_FORCE = "in_force", "In force"
    DISCARDED = "discarded", "Discarded"


def _who_and_when(act: str) -> Q:
    """An operator who is nobody does not enter a reorganisation: both are known, or it has not happened."""
    return Q(**{f"{act}_at__isnull": True, f"{act}_by__isnull": True}) | Q(
        **{f"{act}_at__isnull": False, f"{act}_by__isnull": False}
    )


class Reorganisation(models.Model):
    """Which councils give way to which on one day. A draft changes nothing in the register.

    One that was undone is a draft again; `undone_at` tells that it was.
    """

    name = models.CharField(max_length=150)
    # The first day of the new councils.
    vesting_on = models.DateField()
    source = models.CharField(max_length=300, blank=True)
    notes = models.TextField(max_length=4000, blank=True)
    state = models.CharField(max_length=10, choices=ReorganisationState.choices, default=ReorganisationState.DRAFT)
    # What putting it in force did, for the undoing: {"councils", "successions", "former_facts": [pk],
    # "changed": {pk: {"before", "after": {column: value}}}}.
    effects = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    put_in_force_at = models.DateTimeField(null=True, blank=True)
    put_in_force_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    discarded_at = models.DateTimeField(null=True, blank=True)
    discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["vesting_on", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=~Q(state="discarded"), name="reorganisation_name_once"),
            models.CheckConstraint(condition=_who_and_when("put_in_force"), name="reorganisation_in_force_who"),
            models.CheckConstraint(condition=_who_and_when("undone"), name="reorganisation_undone_who"),
            models.CheckConstraint(condition=_who_and_when("discarded"), name="reorganisation_discarded_who"),
            models.CheckConstraint(
                condition=Q(state="in_force", put_in_force_at__isnull=False)
                | (~Q(state="in_force") & Q(put_in_force_at__isnull=True)),
                name="reorganisation_in_force_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="discarded", discarded_at__isnull=False)
                | (~Q(state="discarded") & Q(discarded_at__isnull=True)),
                name="reorganisation_discarded_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> date:
        """The last day of the councils that end."""
        return self.vesting_on - timedelta(days=1)

    @property
    def is_draft(self) -> bool:
        return self.state == ReorganisationState.DRAFT


class PlannedSuccessor(models.Model):
    """A council after the day: a new one, or one of today's that carries on.

    For one that carries on, an empty column stays as it is.
    """

    reorganisation = models.ForeignKey(Reorganisation, on_delete=models.CASCADE, related_name="successors")
    # A council is deleted only where putting another reorganisation in force is undone; that asks the drafts first.
    continuing = models.ForeignKey(Council, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # The row in the register, while the reorganisation is in force.
    made = models.ForeignKey(Council, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    slug = models.SlugField(max_length=100, blank=True)
    name = models.CharField(max_length=120, blank=True)
    official_name = models.CharField(max_length=200, blank=True)
    council_type = models.CharField(max_length=20, choices=CouncilType.choices, blank=True)
    region = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reorganisation", "slug"], condition=~Q(slug=""), name="planned_successor_slug_once"
            ),
            models.UniqueConstraint(fields=["reorganisation", "continuing"], name="planned_successor_carries_on_once"),
            models.CheckConstraint(
                condition=Q(continuing__isnull=False, slug="", region="")
                | (
                    Q(continuing__isnull=True)
                    & ~Q(slug="")
                    & ~Q(name="")
                    & ~Q(official_name="")
                    & ~Q(council_type="")
                    & ~Q(region="")
                ),
                name="planned_successor_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """As it is called after the day."""
        return self.official_name or (self.continuing.official_name if self.continuing else "")


class PlannedSuccession(models.Model):
    """A council before the day, and what becomes of it."""

    successor = models.ForeignKey(PlannedSuccessor, on_delete=models.CASCADE, related_name="predecessors")
    predecessor = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=SuccessionKind.choices)

    class Meta:
        ordering = ["predecessor__name", "pk"]
        constraints = [models.UniqueConstraint(fields=["successor", "predecessor"], name="planned_succession_once")]

    def __str__(self) -> str:
        return f"{self.predecessor} to {self.successor}"
