"""Stage 5: the draft, who saw it, corrections of fact, recommendations, publication."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from assessments.publication.models import PublicationFields


class ReportState(models.TextChoices):
    DRAFTING = "drafting", "Being drafted"
    FACTUAL_CHECK = "factual_check", "With the council for the factual accuracy check"
    FINAL = "final", "Final"
    PUBLISHED = "published", "Published"


class Report(PublicationFields):
    """The feedback report of one case."""

    case = models.OneToOneField("cpc.Case", on_delete=models.PROTECT, related_name="report")
    state = models.CharField(max_length=15, choices=ReportState.choices, default=ReportState.DRAFTING)
    # R39: one crisp line.
    headline = models.CharField(max_length=300, blank=True)
    draft = models.ForeignKey("cpc.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # R22: the peer challenge manager keeps the standard and says so before anything is released.
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The version that the checklist was signed for: what is released, and what is read once the report is final.
    checked_version = models.ForeignKey(
        "cpc.DocumentVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finalised_at = models.DateTimeField(null=True, blank=True)
    finalised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True, checked_by__isnull=True)
                | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="report_checked_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(finalised_at__isnull=True, finalised_by__isnull=True)
                | Q(finalised_at__isnull=False, finalised_by__isnull=False),
                name="report_finalised_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(published_on__isnull=False) & ~Q(published_address="")),
                name="report_published_has_date_and_address",
            ),
        ]

    def __str__(self) -> str:
        return f"Report of peer challenge {self.case_id}"


class DraftRelease(models.Model):
    """The draft released to one named person. Views are logged with the document."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="releases")
    # What was released: a later version is released anew.
    document_version = models.ForeignKey(
        "cpc.DocumentVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(default=timezone.now)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["released_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "recipient"], condition=Q(withdrawn_at__isnull=True), name="draft_release_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="draft_release_withdrawn_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} until {self.expires_on}"

    def is_open(self) -> bool:
        return self.withdrawn_at is None and self.expires_on >= timezone.localdate()


class FactKind(models.TextChoices):
    """The council may correct facts, not tone or content. There is no kind for anything else."""

    FIGURE = "figure", "A figure"
    NAME = "name", "A name or title"
    DATE = "date", "A date"
    FACT = "fact", "Another fact"


class CorrectionState(models.TextChoices):
    PROPOSED = "proposed", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Not accepted"


class FactualCorrection(models.Model):
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="corrections")
    place = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=FactKind.choices)
    says = models.TextField(max_length=2000)
    should_say = models.TextField(max_length=2000)
    evidence = models.TextField(max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=CorrectionState.choices, default=CorrectionState.PROPOSED)
    answer = models.TextField(max_length=2000, blank=True)
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="correction_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(answer=""), name="correction_declined_has_answer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.get_kind_display()}"


class Level(models.TextChoices):
    """2026 format: both levels are answered by the council."""

    HIGH = "high", "High-level recommendation"
    FURTHER = "further", "Further recommendation"


class Theme(models.Model):
    """R76: recurring themes; the six of 2019 to begin with."""

    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Recommendation(models.Model):
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="recommendations")
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.HIGH)
    # A further recommendation stands under its area; a high-level one may stand over all.
    focus_area = models.ForeignKey(
        "cpc.FocusArea", null=True, blank=True, on_delete=models.PROTECT, related_name="recommendations"
    )
    number = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=2000)
    # R55: forward-looking.
    intended_outcome = models.TextField(max_length=1000, blank=True)
    themes = models.ManyToManyField(Theme, blank=True, related_name="recommendations")
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="recommendation_numbered_once"),
            models.CheckConstraint(
                condition=Q(level="high") | Q(focus_area__isnull=False), name="recommendation_further_has_area"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text[:80]}"
