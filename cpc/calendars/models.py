"""Days to be careful about, and where the published bank holidays differ from the rule."""

from django.db import models
from django.db.models import F, Q

from councils.models import Nation


class CalendarKind(models.TextChoices):
    RECESS = "recess", "Parliamentary recess"
    CONFERENCE = "conference", "Party or sector conference"
    SCHOOL_HOLIDAY = "school_holiday", "School holiday"
    BUDGET = "budget", "Budget council"
    OTHER = "other", "Other"


class CalendarEntry(models.Model):
    """Days to be careful about; warnings, never refusals."""

    kind = models.CharField(max_length=20, choices=CalendarKind.choices)
    name = models.CharField(max_length=150)
    starts_on = models.DateField()
    ends_on = models.DateField()
    # Empty: for every council.
    council = models.ForeignKey("councils.Council", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Reminders wait until these days are over.
    is_quiet = models.BooleanField(default=False, db_default=False)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["starts_on", "name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="calendar_entry_ends_after_start"),
            models.UniqueConstraint(
                fields=["name", "starts_on", "council"], nulls_distinct=False, name="calendar_entry_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BankHolidayChange(models.Model):
    """A day on which the published bank holidays of a nation differ from the rule in working_days.py: one that was
    added, or one that was taken away."""

    nation = models.CharField(max_length=20, choices=Nation.choices)
    on = models.DateField()
    name = models.CharField(max_length=150)
    is_holiday = models.BooleanField()

    class Meta:
        ordering = ["on", "nation"]
        constraints = [models.UniqueConstraint(fields=["nation", "on"], name="bank_holiday_change_once")]

    def __str__(self) -> str:
        return f"{self.nation}, {self.on}: {self.name}"
