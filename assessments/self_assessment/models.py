"""Stage 3: the position statement, written by the council, and the pack for the peer team."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cpc.components.text import has_visible


class StatementState(models.TextChoices):
    DRAFT = "draft", "Being written"
    SUBMITTED = "submitted", "Submitted"
    RETURNED = "returned", "Returned with comments"
    FINAL = "final", "Final"


class PositionStatement(models.Model):
    """One for a case. The pack goes to the peers when it is released, never before."""

    case = models.OneToOneField("cpc.Case", on_delete=models.PROTECT, related_name="position_statement")
    state = models.CharField(max_length=10, choices=StatementState.choices, default=StatementState.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    return_reason = models.TextField(max_length=4000, blank=True)
    finalised_at = models.DateTimeField(null=True, blank=True)
    finalised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    pack_released_at = models.DateTimeField(null=True, blank=True)
    pack_released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # R23: why the pack went out before the statement was final.
    pack_override_reason = models.TextField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="statement_submitted_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(finalised_at__isnull=True, finalised_by__isnull=True)
                | Q(finalised_at__isnull=False, finalised_by__isnull=False),
                name="statement_finalised_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(pack_released_at__isnull=True, pack_released_by__isnull=True)
                | Q(pack_released_at__isnull=False, pack_released_by__isnull=False),
                name="statement_pack_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Position statement of peer challenge {self.case_id}"


class StatementSection(models.Model):
    """What the council says about one area of focus: successes as well as challenges (R24, R25)."""

    statement = models.ForeignKey(PositionStatement, on_delete=models.PROTECT, related_name="sections")
    focus_area = models.OneToOneField("cpc.FocusArea", on_delete=models.PROTECT, related_name="section")
    context = models.TextField(max_length=10000, blank=True)
    successes = models.TextField(max_length=10000, blank=True)
    challenges = models.TextField(max_length=10000, blank=True)
    # X17: where the council needs help.
    help_wanted = models.TextField(max_length=10000, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["focus_area__order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(changed_at__isnull=True, changed_by__isnull=True)
                | Q(changed_at__isnull=False, changed_by__isnull=False),
                name="section_changed_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return str(self.focus_area)

    def missing(self) -> list[str]:
        """Parts that are needed and still empty."""
        return [
            text
            for text, value in (("successes", self.successes), ("challenges", self.challenges))
            if not has_visible(value)
        ]


class SectionContributor(models.Model):
    """Somebody of the council who writes one section and sees nothing else (R30)."""

    section = models.ForeignKey(StatementSection, on_delete=models.PROTECT, related_name="contributors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["user__full_name", "pk"]
        constraints = [models.UniqueConstraint(fields=["section", "user"], name="section_contributor_once")]

    def __str__(self) -> str:
        return str(self.user)


class SectionComment(models.Model):
    """R28: what somebody of the council thinks of a section; the peers never see it."""

    section = models.ForeignKey(StatementSection, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField(max_length=4000)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class Snapshot(models.Model):
    """The words as they were submitted, for comparison, and what the peers read."""

    statement = models.ForeignKey(PositionStatement, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveSmallIntegerField()
    sections = models.JSONField()  # [{"area", "context", "successes", "challenges", "help_wanted"}]
    taken_at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["statement", "number"], name="snapshot_numbered_once")]

    def __str__(self) -> str:
        return f"Draft {self.number}"


class StatementPrompt(models.Model):
    """R26: questions that help to write, by version; the newest version is shown."""

    version = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)

    class Meta:
        ordering = ["-version", "order"]
        constraints = [models.UniqueConstraint(fields=["version", "order"], name="prompt_order_once")]

    def __str__(self) -> str:
        return self.text
