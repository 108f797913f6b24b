"""Every promise with a date, the rules that make and remind of them, and the calendars around them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cpc.deadlines.kinds import done_name

OWNER_ROLES = [("LGA", "LGA"), ("Council", "Council"), ("Peer team", "Peer team")]


class DeadlineRule(models.Model):
    """A kind of deadline, as data: what starts it, how long after, whose it is."""

    kind = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=150)
    # What the months and days are counted from: "onsite_end", "onsite_start", or empty when a service sets the date.
    start = models.CharField(max_length=30, blank=True)
    months = models.SmallIntegerField(default=0)
    days = models.SmallIntegerField(default=0)
    owner_role = models.CharField(max_length=20, choices=OWNER_ROLES)
    is_hard = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "kind"]

    def __str__(self) -> str:
        return self.label


class DeadlineState(models.TextChoices):
    OPEN = "open", "Open"
    MET = "met", "Met"
    CANCELLED = "cancelled", "Fell away"


class Deadline(models.Model):
    """One promise of one case. The first date is kept for ever."""

    case = models.ForeignKey("cpc.Case", on_delete=models.PROTECT, related_name="deadlines")
    kind = models.SlugField(max_length=60)
    # What is to be done; `name` is what pages show.
    label = models.CharField(max_length=150)
    due_on = models.DateField()
    first_due_on = models.DateField()
    state = models.CharField(max_length=10, choices=DeadlineState.choices, default=DeadlineState.OPEN)
    met_on = models.DateField(null=True, blank=True)
    owner_role = models.CharField(max_length=20, choices=OWNER_ROLES)
    is_hard = models.BooleanField(default=False)
    late_reason = models.TextField(max_length=2000, blank=True)
    agreed_with = models.CharField(max_length=200, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Why a date was agreed that stands the wrong way round to another.
    order_reason = models.TextField(max_length=2000, blank=True, default="", db_default="")
    # Why it was met late, said afterwards.
    explanation = models.TextField(max_length=2000, blank=True, default="", db_default="")
    explained_at = models.DateTimeField(null=True, blank=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="deadline_open"),
            models.Index(fields=["case", "due_on"], name="deadline_of_case"),
            # Which cases are late, and the next promise of a case, are read from the index alone.
            models.Index(fields=["due_on", "case"], condition=Q(state="open"), name="deadline_open_with_case"),
            models.Index(
                fields=["case", "due_on", "id"],
                include=["label"],
                condition=Q(state="open"),
                name="deadline_next_of_case",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind"], name="deadline_kind_once"),
            models.CheckConstraint(
                condition=(Q(state="met") & Q(met_on__isnull=False)) | (~Q(state="met") & Q(met_on__isnull=True)),
                name="deadline_met_has_day",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True, agreed_by__isnull=True)
                | Q(agreed_at__isnull=False, agreed_by__isnull=False),
                name="deadline_agreed_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(explained_at__isnull=True, explained_by__isnull=True, explanation="")
                | (Q(explained_at__isnull=False, explained_by__isnull=False) & ~Q(explanation="")),
                name="deadline_explained_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(due_on=F("first_due_on")) | Q(agreed_at__isnull=False), name="deadline_moved_by_agreement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.due_on}"

    @property
    def name(self) -> str:
        """What is to be done, and once it is met, what was done."""
        return done_name(self.kind, self.label) if self.state == DeadlineState.MET else self.label

    @property
    def is_late(self) -> bool:
        """Past its date and still open, in a case that is under way: one that stands still is not late."""
        return self.state == DeadlineState.OPEN and self.due_on < timezone.localdate() and self.case.state == "active"

    @property
    def days_late(self) -> int:
        """How many days after its date it was met; none when it was met in time or is not met."""
        return max((self.met_on - self.due_on).days, 0) if self.met_on else 0

    @property
    def late_text(self) -> str:
        return f"{self.days_late} day{'' if self.days_late == 1 else 's'} late" if self.days_late else ""
