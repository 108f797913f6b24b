"""One row a message: the row is the truth, the queue only a hint (QUALITY: reminders under kill -9)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from cpc.components.search import address_constraint


class MessageState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"
    CAME_BACK = "came_back", "Came back"
    DROPPED = "dropped", "No longer applied"


class Message(models.Model):
    kind = models.CharField(max_length=60)
    # What the message is about, once per recipient: claiming is inserting this row.
    subject_key = models.CharField(max_length=200)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField()
    case = models.ForeignKey("cpc.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    queued_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Written down before the mail is: from then on nobody knows for certain that it did not arrive. A row of which
    # nothing is said, such as one of older code, counts as offered.
    offered_at = models.DateTimeField(null=True, blank=True, default=None, db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    # Known for certain, where the way that it went tells: it arrived, or it came back.
    arrived_at = models.DateTimeField(null=True, blank=True)
    came_back_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)
    resent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # A mail that was sent before, once more because somebody asked for it: a message of its own, so that a receiver does
    # not take it for a second copy.
    repeat_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeats")
    repeat_reason = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-queued_at", "-pk"]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["-queued_at", "-id"], name="message_newest"),
        ]
        constraints = [
            address_constraint(name="message_address_in_one_form"),
            models.UniqueConstraint(fields=["kind", "subject_key", "email"], name="message_claimed_once"),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="message_sent_has_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.email}"
