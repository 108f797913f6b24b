"""Stage 1: why the challenge is wanted, who met, what it looks at and when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Purpose(models.TextChoices):
    """R10 and R95: what the council wants from its challenge."""

    VALIDATE = "validate", "Test and validate where the council stands"
    RESET = "reset", "Reset direction"
    NEW_LEADERSHIP = "new_leadership", "Support a new leader or chief executive"
    PREPARE = "prepare", "Prepare for change, such as reorganisation"
    FOLLOW_UP = "follow_up", "Follow up an earlier challenge"
    BENCHMARK = "benchmark", "Outside benchmark at the end of an intervention"
    OTHER = "other", "Something else"


class Requester(models.TextChoices):
    """R13: who asked for it."""

    LEADER = "leader", "The leader"
    CHIEF_EXECUTIVE = "chief_executive", "The chief executive"
    BOTH = "both", "The leader and the chief executive together"
    MEMBERS = "members", "Other councillors, or a council motion"
    LGA = "lga", "The LGA proposed it"


class Scope(models.Model):
    """What was agreed at the set-up meeting. One for a case."""

    case = models.OneToOneField("cpc.Case", on_delete=models.PROTECT, related_name="scope")
    purpose = models.CharField(max_length=20, choices=Purpose.choices, blank=True)
    purpose_detail = models.TextField(max_length=4000, blank=True)
    # R95: the intervention at whose end the challenge is an outside benchmark.
    intervention = models.ForeignKey(
        "cpc.JourneyEntry", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_by = models.CharField(max_length=20, choices=Requester.choices, blank=True)
    # R2: why a challenge takes place before the window opens.
    off_cycle_reason = models.TextField(max_length=2000, blank=True)
    meeting_on = models.DateField(null=True, blank=True)
    leader_attended = models.BooleanField(null=True, blank=True)
    chief_executive_attended = models.BooleanField(null=True, blank=True)
    absence_reason = models.TextField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(meeting_on__isnull=True)
                | Q(leader_attended=True, chief_executive_attended=True)
                | ~Q(absence_reason=""),
                name="scope_absence_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Scope of {self.case_id}"


class DateChange(models.Model):
    """Every agreement on onsite dates, kept for ever: first dates, and each change with its reason."""

    case = models.ForeignKey("cpc.Case", on_delete=models.PROTECT, related_name="date_changes")
    start_on = models.DateField()
    end_on = models.DateField()
    reason = models.TextField(max_length=2000, blank=True)
    half_day = models.BooleanField(default=False, db_default=False)
    is_virtual = models.BooleanField(default=False, db_default=False)
    # Why a programme manager agreed another length than the kind of review has.
    length_reason = models.TextField(max_length=2000, blank=True, default="", db_default="")
    # The warnings that were on the screen when the dates were agreed.
    warnings = models.JSONField(default=list)
    agreed_at = models.DateTimeField(default=timezone.now)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["agreed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end_on__gte=models.F("start_on")), name="date_change_ends_after_start")
        ]

    def __str__(self) -> str:
        days = f"{self.start_on:%-d %B %Y} to {self.end_on:%-d %B %Y}"
        return f"{days}{', the last a half day' if self.half_day else ''}{', online' if self.is_virtual else ''}"
