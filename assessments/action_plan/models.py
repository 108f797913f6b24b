"""Stage 6: the council's answer to each recommendation, and what it will do. The council owns it (R59)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from assessments.publication.models import PublicationFields


class PlanState(models.TextChoices):
    DRAFTING = "drafting", "Being written"
    PUBLISHED = "published", "Published"


class ActionPlan(PublicationFields):
    case = models.OneToOneField("cpc.Case", on_delete=models.PROTECT, related_name="action_plan")
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFTING)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(published_on__isnull=False) & ~Q(published_address="")),
                name="plan_published_has_date_and_address",
            ),
        ]

    def __str__(self) -> str:
        return f"Action plan of peer challenge {self.case_id}"


class Answer(models.TextChoices):
    """R82: the council may differ, with a reason that is shown."""

    ACCEPTED = "accepted", "Accepted"
    PARTLY = "partly", "Partly accepted"
    NOT_ACCEPTED = "not_accepted", "Not accepted"


class RecommendationAnswer(models.Model):
    # What whoever would remove the recommendation is told, here and on the other rows below.
    why_it_stays = "the council has answered it"

    plan = models.ForeignKey(ActionPlan, on_delete=models.PROTECT, related_name="answers")
    recommendation = models.OneToOneField("assessments.Recommendation", on_delete=models.PROTECT, related_name="answer")
    answer = models.CharField(max_length=15, choices=Answer.choices)
    reason = models.TextField(max_length=2000, blank=True)
    # The words that were answered: a recommendation that says something else now is answered again.
    answered_text = models.TextField(max_length=2000, default="", db_default="")
    answered_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(answer="accepted") | ~Q(reason=""), name="answer_differing_has_reason"),
        ]

    def __str__(self) -> str:
        return self.get_answer_display()


class ActionStatus(models.TextChoices):
    """How an action stands, in the words that councils use in their published plans."""

    NOT_STARTED = "not_started", "Not started"
    ON_TRACK = "on_track", "In progress, on track"
    AT_RISK = "at_risk", "In progress, at risk"
    DELAYED = "delayed", "Delayed"
    COMPLETE = "complete", "Complete"
    BUSINESS_AS_USUAL = "business_as_usual", "Moved to business as usual"
    PAUSED = "paused", "Paused"
    SUPERSEDED = "superseded", "Superseded"


class Rag(models.TextChoices):
    """RAG belongs to actions, never to a council."""

    GREEN = "green", "Green"
    AMBER = "amber", "Amber"
    RED = "red", "Red"


# What the status says by itself; a council may set another, with the reason in its update.
RAG_OF_STATUS = {
    ActionStatus.NOT_STARTED: Rag.AMBER,
    ActionStatus.ON_TRACK: Rag.GREEN,
    ActionStatus.AT_RISK: Rag.AMBER,
    ActionStatus.DELAYED: Rag.RED,
    ActionStatus.COMPLETE: Rag.GREEN,
    ActionStatus.BUSINESS_AS_USUAL: Rag.GREEN,
    ActionStatus.PAUSED: Rag.AMBER,
    ActionStatus.SUPERSEDED: Rag.GREEN,
}


class Action(models.Model):
    """What the council does, who owns it, by when, and how anybody will know (X23)."""

    why_it_stays = "the council has planned an action for it"

    plan = models.ForeignKey(ActionPlan, on_delete=models.PROTECT, related_name="actions")
    # Empty for an action drawn from an observation in the report.
    recommendation = models.ForeignKey(
        "assessments.Recommendation", null=True, blank=True, on_delete=models.PROTECT, related_name="actions"
    )
    text = models.TextField(max_length=2000)
    owner = models.CharField(max_length=200, blank=True)
    due_on = models.DateField(null=True, blank=True)
    measure = models.TextField(max_length=1000, blank=True)
    status = models.CharField(max_length=20, choices=ActionStatus.choices, default=ActionStatus.NOT_STARTED)
    rag = models.CharField(max_length=5, choices=Rag.choices, default=Rag.AMBER)
    rag_is_set = models.BooleanField(default=False)
    progress = models.TextField(max_length=4000, blank=True)
    evidence = models.TextField(max_length=2000, blank=True)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # R71: from plans to delivery; complete needs something to show.
            models.CheckConstraint(
                condition=~Q(status="complete") | ~Q(evidence=""), name="action_complete_has_evidence"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def colour(self) -> str:
        """Its RAG; none for one that was not to have begun: until its day, "not started" is as planned."""
        waits = self.status == ActionStatus.NOT_STARTED and not self.rag_is_set
        return "" if waits and (self.due_on is None or self.due_on >= timezone.localdate()) else self.rag

    @property
    def is_ready(self) -> bool:
        """Owner, date and measure are there (X23)."""
        return bool(self.owner and self.due_on and self.measure)


class PlanComment(models.Model):
    """R59: the LGA may comment; it does not edit."""

    plan = models.ForeignKey(ActionPlan, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField(max_length=2000)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class OutcomeKind(models.TextChoices):
    """What becomes of a recommendation when its council ends."""

    CARRIED = "carried", "Carried to a successor"
    CLOSED = "closed_by_abolition", "Closed because the council ends"
    COMPLETED = "completed", "Completed"
    # The row stays when a decision is taken back, so that a page from before it can be told apart.
    OPEN = "open", "Open again"


class RecommendationOutcome(models.Model):
    """R96: what becomes of one recommendation of a council that ends. None, or an open one: not decided yet."""

    why_it_stays = "it was decided what becomes of it when the council ends"

    recommendation = models.OneToOneField(
        "assessments.Recommendation", on_delete=models.PROTECT, related_name="outcome"
    )
    kind = models.CharField(max_length=20, choices=OutcomeKind.choices)
    successor = models.ForeignKey(
        "councils.Council", null=True, blank=True, on_delete=models.PROTECT, related_name="carried_recommendations"
    )
    note = models.TextField(max_length=2000, blank=True)
    # The words that were decided on.
    decided_text = models.TextField(max_length=2000)
    decided_on = models.DateField()
    decided_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="carried", successor__isnull=False) | (~Q(kind="carried") & Q(successor__isnull=True)),
                name="outcome_carried_has_successor",
            ),
            models.CheckConstraint(condition=Q(kind="carried") | ~Q(note=""), name="outcome_has_note"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
