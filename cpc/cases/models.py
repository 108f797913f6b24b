"""The case, where it stands, what it looks at and who belongs to it."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from councils.models import Council, days_of_row
from cpc.cases.managers import CaseQuerySet, MembershipManager

# Everybody above finds these beside the membership.
from cpc.cases.roles import COUNCIL_CASE_ROLES as COUNCIL_CASE_ROLES
from cpc.cases.roles import HOST_CASE_ROLES as HOST_CASE_ROLES
from cpc.cases.roles import LEAD_PEER_ROLES as LEAD_PEER_ROLES
from cpc.cases.roles import LGA_CASE_ROLES as LGA_CASE_ROLES
from cpc.cases.roles import PEER_CASE_ROLES as PEER_CASE_ROLES
from cpc.cases.roles import SINGLE_CASE_ROLES as SINGLE_CASE_ROLES
from cpc.cases.roles import CaseRole as CaseRole
from cpc.cases.stages import USUAL_KIND, Outstanding, Stage, kind_choices, row_of, shown_to
from cpc.components.shown import days_text


class ThemeSet(models.Model):
    """The core areas of one period: a 2013 case still shows 2013's themes."""

    name = models.CharField(max_length=100, unique=True)
    starts_on = models.DateField()
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-starts_on"]

    def __str__(self) -> str:
        return self.name


class ThemeArea(models.Model):
    theme_set = models.ForeignKey(ThemeSet, on_delete=models.PROTECT, related_name="areas")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["theme_set", "order"], name="theme_area_order_once")]

    def __str__(self) -> str:
        return self.name


class CaseState(models.TextChoices):
    ACTIVE = "active", "Under way"
    POSTPONED = "postponed", "Postponed"
    PAUSED = "paused", "Paused"
    CANCELLED = "cancelled", "Cancelled"
    CLOSED = "closed", "Closed"


class DatePrecision(models.TextChoices):
    DAY = "day", "Day"
    MONTH = "month", "Month"
    YEAR = "year", "Year"


class CaseOrigin(models.TextChoices):
    SERVICE = "service", "Run in this service"
    HISTORY = "history", "Taken from published history"


def title_of(council: str, partners: Sequence[str]) -> str:
    """What a case is called: by its council; by all of them when the challenge is joint."""
    names = [council, *partners]
    return council if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


@lru_cache(maxsize=4096)
def onsite_text_of(start: date | None, end: date | None, precision: str) -> str:
    if start is None or end is None:
        return "Not agreed yet"
    if precision == DatePrecision.YEAR:
        return f"{start:%Y}"
    if precision == DatePrecision.MONTH:
        return f"{start:%B %Y}"
    return days_text(start, end)


class Case(models.Model):
    """One peer challenge of one council, or of several together (joint).

    `stage` is the earliest stage not signed off. `state` stands beside it. Dates that are known to the month or
    year only are stored as the first day with their precision, and shown no more precisely than they are known.
    """

    reference = models.SlugField(max_length=120, unique=True)
    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="cases")
    joint_councils = models.ManyToManyField("councils.Council", blank=True, related_name="joint_cases")
    kind = models.CharField(max_length=20, choices=kind_choices, default=USUAL_KIND)
    origin = models.CharField(max_length=10, choices=CaseOrigin.choices, default=CaseOrigin.SERVICE)
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.SCHEDULING)
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.ACTIVE)
    state_reason = models.TextField(max_length=2000, blank=True)
    state_new_on = models.DateField(null=True, blank=True)
    state_agreed_with = models.CharField(max_length=200, blank=True)
    state_changed_at = models.DateTimeField(null=True, blank=True)
    state_changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    theme_set = models.ForeignKey(ThemeSet, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    onsite_start_on = models.DateField(null=True, blank=True)
    onsite_end_on = models.DateField(null=True, blank=True)
    onsite_precision = models.CharField(max_length=5, choices=DatePrecision.choices, default=DatePrecision.DAY)
    # The last day is half a day; the team and the council meet online.
    onsite_half_day = models.BooleanField(default=False, db_default=False)
    is_virtual = models.BooleanField(default=False, db_default=False)
    # The day the five-year cycle is counted from; the last onsite day unless somebody corrects it.
    cycle_start_on = models.DateField(null=True, blank=True)
    # R2: why this challenge is held before its window opens; empty for one within the cycle.
    # R92: which version of its kind's stages it began with.
    template_version = models.PositiveSmallIntegerField(default=1, db_default=1)
    off_cycle_reason = models.TextField(max_length=2000, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "stage", "onsite_start_on", "id"], name="case_pipeline"),
            models.Index(fields=["council", "-onsite_end_on"], name="case_of_council"),
            # The pipeline as it opens: running cases, soonest onsite first.
            models.Index(
                fields=["onsite_start_on", "id"],
                condition=Q(state__in=["active", "postponed", "paused"]),
                name="case_running_by_onsite",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(onsite_start_on__isnull=True, onsite_end_on__isnull=True)
                | Q(onsite_end_on__gte=F("onsite_start_on")),
                name="case_onsite_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(state_changed_at__isnull=True, state_changed_by__isnull=True)
                | Q(state_changed_at__isnull=False, state_changed_by__isnull=False),
                name="case_state_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["postponed", "paused", "cancelled"]) | ~Q(state_reason=""),
                name="case_state_has_reason",
            ),
            # What the days of a peer's place refer to, so that the database moves them with the case's.
            models.UniqueConstraint(fields=["id", "onsite_start_on", "onsite_end_on"], name="case_days_key"),
        ]

    def __str__(self) -> str:
        return f"{self.council.name} {self.get_kind_display()}"

    def has_stage(self, stage: str) -> bool:
        """Whether its kind of review has this stage, by the version of the template that it began with."""
        return stage in row_of(self.kind).templates[self.template_version - 1]

    @property
    def hosts(self) -> list[Council]:
        """The council whose challenge it is, then its partners."""
        return [self.council, *self.joint_councils.all()]

    @property
    def title(self) -> str:
        """The council's name; the partners' too when the challenge is joint. Needs council and joint_councils loaded."""
        return title_of(self.council.name, [council.name for council in self.joint_councils.all()])

    @property
    def has_ending_council(self) -> bool:
        """Whether one of its councils has a last day, in the past or ahead. Needs what `title` needs."""
        return any(council.end_on for council in self.hosts)

    @property
    def onsite_text(self) -> str:
        """The onsite dates as precisely as they are known."""
        return onsite_text_of(self.onsite_start_on, self.onsite_end_on, self.onsite_precision)

    @property
    def is_over(self) -> bool:
        return self.state in {CaseState.CLOSED, CaseState.CANCELLED}


class StageEntry(models.Model):
    """One visit to one stage; at most one is open for a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stage_entries")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    entered_at = models.DateTimeField(default=timezone.now)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["entered_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(left_at__isnull=True), name="stage_entry_one_open"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False),
                name="stage_entry_left_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.get_stage_display()


class GateOverride(models.Model):
    """A stage left with things outstanding; always shown with the peer challenge (R102)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="gate_overrides")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    # [{"code", "text", "read", "public"}] as they stood at the moment; shown by items_for().
    outstanding = models.JSONField()
    reason = models.TextField(max_length=2000)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="gate_override_has_reason")]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.reason}"

    def items_for(self, reader: Any) -> list[Outstanding]:
        """What was outstanding, in the words that this reader may have now."""
        return shown_to(reader, self.case, [Outstanding(**item) for item in self.outstanding])


class FocusArea(models.Model):
    """The thread through everything: five core areas of the theme set, and the council's own (R83)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="focus_areas")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)
    is_core = models.BooleanField(default=False)
    description = models.TextField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="focus_area_named_once")]

    def __str__(self) -> str:
        return self.name


class CaseMembership(models.Model):
    """What gives somebody access to a case, from a day and until a day (inclusive), while it is in force (in_force.py)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=CaseRole.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Set when somebody is taken off the case; access ends at that moment, whatever ends_on says.
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The onsite days that a peer's place takes, as held_days.py keeps them. They are the case's or empty, and move with
    # the case's: the database sees to both (migration 0015).
    onsite_start_on = models.DateField(null=True, blank=True)
    onsite_end_on = models.DateField(null=True, blank=True)
    # Why this person may be on another team on the same days: a programme manager's words, kept with the place.
    double_booking_reason = models.TextField(max_length=2000, blank=True, default="", db_default="")
    # Why it ended, when the service ended it because what it rested on no longer holds; then nobody need have done so.
    ended_because = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = MembershipManager()

    class Meta:
        ordering = ["role", "user__full_name", "pk"]
        indexes = [models.Index(fields=["user", "case"], name="membership_of_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user", "role"], condition=Q(removed_at__isnull=True), name="membership_once"
            ),
            models.UniqueConstraint(
                fields=["case", "role"],
                condition=Q(removed_at__isnull=True, role__in=sorted(SINGLE_CASE_ROLES)),
                name="membership_single_roles",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True, ended_because="")
                | (Q(removed_at__isnull=False) & (Q(removed_by__isnull=False) | ~Q(ended_because=""))),
                name="membership_removed_who_or_why",
            ),
            models.CheckConstraint(
                condition=Q(onsite_start_on__isnull=True, onsite_end_on__isnull=True)
                | Q(onsite_start_on__isnull=False, onsite_end_on__isnull=False, role__in=sorted(PEER_CASE_ROLES)),
                name="membership_days_of_peers",
            ),
            ExclusionConstraint(
                name="membership_one_team_a_day",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("case", RangeOperators.NOT_EQUAL),
                    (days_of_row("onsite_start_on", "onsite_end_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(removed_at__isnull=True, double_booking_reason="", onsite_start_on__isnull=False)
                & (Q(ends_on__isnull=True) | Q(ends_on__gte=F("onsite_start_on"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"


class PastChallenge(models.Model):
    """What is known of a challenge that took place before this service: no more than was published."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="past")
    report_on = models.DateField(null=True, blank=True)
    report_precision = models.CharField(max_length=5, choices=DatePrecision.choices, default=DatePrecision.DAY)
    action_plan_on = models.DateField(null=True, blank=True)
    action_plan_precision = models.CharField(max_length=5, choices=DatePrecision.choices, default=DatePrecision.DAY)
    source = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"Published history of peer challenge {self.case_id}"


class PastEventKind(models.TextChoices):
    PROGRESS_REVIEW = "progress_review", "Progress review"
    FOLLOW_UP = "follow_up", "Follow-up visit"


class PastEvent(models.Model):
    """A progress review or follow-up visit that took place before this service. Of some only the report is known."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="past_events")
    kind = models.CharField(max_length=20, choices=PastEventKind.choices)
    starts_on = models.DateField(null=True, blank=True)
    # As precise as the first day; empty where it lasted no longer, or that is not known.
    ends_on = models.DateField(null=True, blank=True)
    precision = models.CharField(max_length=5, choices=DatePrecision.choices)
    report_on = models.DateField(null=True, blank=True)
    report_precision = models.CharField(max_length=5, choices=DatePrecision.choices, default=DatePrecision.DAY)
    source = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "starts_on"], name="past_event_once"),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(starts_on__isnull=True), name="past_event_by_report_once"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=False) | Q(report_on__isnull=False), name="past_event_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="past_event_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.starts_on or self.report_on:%B %Y}"

    @property
    def when_text(self) -> str:
        """When it took place, as exactly as it is known; empty where only its report is."""
        return onsite_text_of(self.starts_on, self.ends_on or self.starts_on, self.precision) if self.starts_on else ""
