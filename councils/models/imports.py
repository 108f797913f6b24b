"""Files that were imported: what each would change, and what becomes of its lines."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

from cpc.components.scan_states import ScanState


class ImportState(models.TextChoices):
    WAITING = "waiting", "Waiting to be read"
    RUNNING = "running", "Being read"
    CHECKED = "checked", "Read; nothing is changed yet"
    TO_APPLY = "to_apply", "Waiting to be applied"
    APPLYING = "applying", "Being applied"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Discarded"
    TO_UNDO = "to_undo", "Waiting to be undone"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"
    BROKEN = "broken", "Stopped by an error"


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def light(self) -> ImportRunQuerySet:
        """Without the file and all that it changes: megabytes that no list shows."""
        return self.defer("content", "changes", "refusals").select_related("uploaded_by", "applied_by", "undone_by")


class ImportRun(models.Model):
    """One file: where it came from, what it would change, what it changed, and what takes that back.

    The file is kept until it is applied or discarded: what was looked at is what is applied.
    """

    source = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    # SHA-256 of the bytes as they came.
    file_hash = models.CharField(max_length=64)
    content = models.BinaryField(null=True, blank=True)
    scan_state = models.CharField(
        max_length=12,
        choices=ScanState.choices,
        default=ScanState.NOT_SCANNED,
        db_default=ScanState.NOT_SCANNED,
    )
    scan_note = models.CharField(max_length=200, blank=True, default="", db_default="")
    scanned_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    rows_read = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    outside = models.PositiveIntegerField(default=0, db_default=0)
    # [{"line", "column", "value", "reason"}]
    refusals = models.JSONField(default=list, blank=True)
    # [{"model", "pk", "text", "before", "after"}]: before is null for a row that was added.
    changes = models.JSONField(default=list, blank=True)
    # What the reader says of the file, and what somebody must agree to before it is applied:
    # [text] and [{"line", "column", "value", "reason"}], line 0 being the file as a whole.
    notes = models.JSONField(default=list, blank=True, db_default=Value([], models.JSONField()))
    questions = models.JSONField(default=list, blank=True, db_default=Value([], models.JSONField()))
    failure = models.TextField(blank=True)
    # Counted up at each reading: who applies it applies what they looked at.
    version = models.PositiveIntegerField(default=0, db_default=0)
    # How far a worker has come that applies or undoes it. What it wrote is seen by others when all is written.
    changes_made = models.PositiveIntegerField(default=0, db_default=0)
    changes_total = models.PositiveIntegerField(default=0, db_default=0)
    # How often a worker began with it: a file that ends its worker is not offered for ever.
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    uploaded_at = models.DateTimeField(default=timezone.now)
    # Null for one made by an operator's command.
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Who asked last that it be applied or undone, and whether what others changed since may stay.
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    leave_changed = models.BooleanField(default=False, db_default=False)
    # How many of its changes others had changed since, when it was last to be undone: it stays until somebody decides.
    kept = models.PositiveIntegerField(default=0, db_default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scan_state="not_scanned") | Q(scanned_at__isnull=False), name="import_scanned_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False), name="import_applied_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["to_apply", "applying", "to_undo", "undoing"]) | Q(asked_at__isnull=False),
                name="import_asked_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="undone") | Q(undone_at__isnull=False), name="import_undone_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.file_name}"


class Outcome(models.TextChoices):
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    UNCHANGED = "unchanged", "Unchanged"
    REFUSED = "refused", "Refused"
    # About a body that ended before the register begins, or that is no council: no fault of the line.
    OUTSIDE = "outside", "Outside the register"


class ImportLine(models.Model):
    """What becomes of one line of a file, for whoever looks through it. A refused line has a row for each reason."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    text = models.CharField(max_length=300, blank=True)
    # [[what, before, after]] in words; of a line that is not taken [[column, value, reason]].
    details = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["line", "pk"]
        indexes = [models.Index(fields=["run", "outcome", "line", "id"], name="import_line_of_run")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.outcome}"
