"""Stage 7: about ten months on. The council's rating and the peers' view stand side by side (X22)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from assessments.action_plan.models import Rag
from assessments.publication.models import PublicationFields


class TeamScope(models.TextChoices):
    """All named peers, some, or others."""

    ALL = "all", "The whole original team"
    SOME = "some", "Some of the original team"
    OTHERS = "others", "Other peers"


class ReviewState(models.TextChoices):
    PLANNED = "planned", "Being prepared"
    PUBLISHED = "published", "Published"


class ProgressReview(PublicationFields):
    comes_after = "progress review"

    case = models.OneToOneField("cpc.Case", on_delete=models.PROTECT, related_name="progress_review")
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.PLANNED)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    # The last day on which it took place, once it has; the days above are what was planned.
    held_on = models.DateField(null=True, blank=True)
    team_scope = models.CharField(max_length=10, choices=TeamScope.choices, blank=True)
    # Original members who come back; others are named in words.
    members = models.ManyToManyField("cpc.CaseMembership", blank=True, related_name="+")
    other_peers = models.TextField(max_length=1000, blank=True)
    summary = models.TextField(max_length=4000, blank=True)
    report = models.ForeignKey("cpc.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The version of the report that was published; earlier ones stay with the LGA and the team.
    published_version = models.ForeignKey(
        "cpc.DocumentVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True, ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="review_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(published_on__isnull=False) & ~Q(published_address="")),
                name="review_published_has_date_and_address",
            ),
        ]

    def __str__(self) -> str:
        return f"Progress review of peer challenge {self.case_id}"

    def not_before(self) -> date | None:
        return self.held_on or self.ends_on


class ReviewedRecommendation(models.Model):
    """One recommendation at the review: what the council says, what the peers see."""

    why_it_stays = "the progress review looks at it"

    review = models.ForeignKey(ProgressReview, on_delete=models.PROTECT, related_name="items")
    recommendation = models.ForeignKey("assessments.Recommendation", on_delete=models.PROTECT, related_name="reviews")
    council_rag = models.CharField(max_length=5, choices=Rag.choices, blank=True)
    council_update = models.TextField(max_length=4000, blank=True)
    council_at = models.DateTimeField(null=True, blank=True)
    council_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    peers_rag = models.CharField(max_length=5, choices=Rag.choices, blank=True)
    peers_view = models.TextField(max_length=4000, blank=True)
    peers_at = models.DateTimeField(null=True, blank=True)
    peers_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now)
    # The two sides write at the same time: what one saves must not make the other's page stale.
    version = models.PositiveIntegerField(default=0)
    peers_version = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["recommendation__number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "recommendation"], name="reviewed_recommendation_once"),
            models.CheckConstraint(
                condition=Q(council_at__isnull=True, council_by__isnull=True)
                | Q(council_at__isnull=False, council_by__isnull=False),
                name="reviewed_council_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(peers_at__isnull=True, peers_by__isnull=True)
                | Q(peers_at__isnull=False, peers_by__isnull=False),
                name="reviewed_peers_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Recommendation {self.recommendation_id} at the review"

    @property
    def differs(self) -> bool:
        return bool(self.council_rag and self.peers_rag and self.council_rag != self.peers_rag)
