"""Stage 0: when a council falls due and why, what was talked about, and who at the LGA looks after it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from councils.models import days_of_row


class TriggerKind(models.TextChoices):
    NEW_CHIEF_EXECUTIVE = "new_chief_executive", "New chief executive"
    NEW_LEADER = "new_leader", "New leader"
    CHANGE_OF_CONTROL = "change_of_control", "Change of political control"
    MILESTONE = "milestone", "Milestone"
    LONG_TENURE = "long_tenure", "Chief executive long in post"


class PromptState(models.TextChoices):
    OPEN = "open", "Open"
    ACTED_ON = "acted_on", "Acted on"
    SET_ASIDE = "set_aside", "Set aside"


class Prompt(models.Model):
    """A reason to talk with a council now. Triggers that come close together are one prompt (R5)."""

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="prompts")
    state = models.CharField(max_length=10, choices=PromptState.choices, default=PromptState.OPEN)
    # R7: long tenure is a soft prompt: it stands in the lists and mails nobody but the principal adviser.
    is_soft = models.BooleanField(default=False)
    made_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_reason = models.TextField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-made_on", "-pk"]
        indexes = [models.Index(fields=["council"], condition=Q(state="open"), name="prompt_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed_on__isnull=True) | (~Q(state="open") & Q(closed_on__isnull=False)),
                name="prompt_closed_has_day",
            ),
            models.CheckConstraint(condition=~Q(state="set_aside") | ~Q(closed_reason=""), name="prompt_aside_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.council}: reason to get in touch with {self.made_on}"


class Trigger(models.Model):
    """Something that happened at a council and makes a peer challenge timely (R3, R4, R6, R7)."""

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="triggers")
    kind = models.CharField(max_length=20, choices=TriggerKind.choices)
    happened_on = models.DateField()
    # In words, as they stood: "Lesley Example", "Labour to no overall control".
    detail = models.CharField(max_length=200, blank=True)
    # What it was drawn from, such as "tenure:12": the same thing is no trigger twice.
    source = models.CharField(max_length=60)
    prompt = models.ForeignKey(Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="triggers")
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-happened_on", "-pk"]
        indexes = [models.Index(fields=["council", "-happened_on"], name="trigger_of_council")]
        constraints = [models.UniqueConstraint(fields=["council", "kind", "source"], name="trigger_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.happened_on}"


class ConversationState(models.TextChoices):
    """What the LGA and the council have come to; booked, prompted and the dates are worked out from other rows."""

    IN_CONVERSATION = "in_conversation", "In conversation"
    NO_DATE_AGREED = "no_date_agreed", "No date agreed"
    DECLINED = "declined", "Declined"


class Conversation(models.Model):
    """How it stands with a council, from a day until a day (inclusive); at most one is open."""

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="conversations")
    state = models.CharField(max_length=20, choices=ConversationState.choices)
    reason = models.TextField(max_length=2000, blank=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["council"], condition=Q(ended_on__isnull=True), name="conversation_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="conversation_ends_after_start",
            ),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(reason=""), name="conversation_declined_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.council}: {self.get_state_display()} since {self.started_on}"


class CycleDateKind(models.TextChoices):
    WINDOW_OPENS = "cycle_window_opens", "Usual time for a peer challenge begins"
    DUE = "cycle_due", "Next peer challenge due"


class CycleDate(models.Model):
    """A day of a council's cycle, written down from the due list for reminders to find it by.

    The due list is the rule (cpc/cycle/due/rule.py): it is asked again before anybody is told.
    """

    council = models.ForeignKey("councils.Council", on_delete=models.CASCADE, related_name="cycle_dates")
    kind = models.CharField(max_length=20, choices=CycleDateKind.choices)
    on = models.DateField()
    # How exactly the challenge is known from which it counts; a value of DatePrecision.
    precision = models.CharField(max_length=10, default="day", db_default="day")

    class Meta:
        ordering = ["on", "pk"]
        indexes = [models.Index(fields=["on"], name="cycle_date_by_day")]
        constraints = [models.UniqueConstraint(fields=["council", "kind"], name="cycle_date_once")]

    def __str__(self) -> str:
        return f"{self.council}: {self.get_kind_display()} {self.on}"


class ContactLogEntry(models.Model):
    """Who spoke with whom about a challenge. For the LGA alone."""

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="contact_log")
    on = models.DateField()
    with_whom = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    form_key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.council}, {self.on}"


class SupportLogEntry(models.Model):
    """R89: support below the radar. For the council's own principal adviser and the programme managers."""

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="support_log")
    on = models.DateField()
    text = models.TextField(max_length=4000)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    form_key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.council}, {self.on}"


class AdviserPost(models.Model):
    """R90: the principal adviser who looks after a council, from a day until a day (inclusive)."""

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="adviser_posts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="adviser_posts")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    # Written by whoever leaves for whoever follows (X30).
    handover_note = models.TextField(max_length=4000, blank=True)
    # For whoever begins after nobody: the note that came with the post.
    opening_note = models.TextField(max_length=4000, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["council"], condition=Q(ended_on__isnull=True), name="adviser_post_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="adviser_post_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.council}"


class Mentoring(models.Model):
    """R91: a member peer who mentors somebody at a council, from a day until a day (inclusive).

    Dates only: what the two talk about is theirs, and stands nowhere.
    """

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="mentoring")
    peer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentoring")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="mentoring_ends_after_start"
            ),
            ExclusionConstraint(
                name="mentoring_once_at_a_time",
                expressions=[
                    ("council", RangeOperators.EQUAL),
                    ("peer", RangeOperators.EQUAL),
                    (days_of_row(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.peer} for {self.council}"


class JourneyKind(models.TextChoices):
    """What else stands on a council's improvement journey (R6, R70, R95, R97)."""

    INTERVENTION = "intervention", "Statutory intervention"
    BEST_VALUE_NOTICE = "best_value_notice", "Best Value Notice"
    STANDARDS_ISSUE = "standards_issue", "Standards issue"
    FINANCE_PEER_CHALLENGE = "finance_peer_challenge", "Finance Peer Challenge"
    GOVERNANCE_PEER_CHALLENGE = "governance_peer_challenge", "Governance Peer Challenge"
    OTHER_REVIEW = "other_review", "Other review"
    OTHER = "other", "Other"


class JourneyEntry(models.Model):
    """Something on the journey that no other row tells of, from a day and until a day where it has one."""

    council = models.ForeignKey("councils.Council", on_delete=models.PROTECT, related_name="journey")
    kind = models.CharField(max_length=30, choices=JourneyKind.choices)
    name = models.CharField(max_length=200)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    address = models.URLField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="journey_ends_after_start"
            ),
            models.UniqueConstraint(fields=["council", "kind", "name", "started_on"], name="journey_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"
