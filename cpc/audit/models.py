"""What happened, for good."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Audience(models.TextChoices):
    """Who may read an event. Nobody reads `private`: it proves that something happened, not what."""

    CASE = "case", "Everyone on the peer challenge"
    TEAM = "team", "LGA and peer team"
    COUNCIL = "council", "LGA and council"
    LGA = "lga", "LGA"
    PRIVATE = "private", "No one"


class Event(models.Model):
    """One thing that somebody did. The database refuses to change or delete it (migration 0002_guards)."""

    verb = models.CharField(max_length=60)
    case = models.ForeignKey("cpc.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    council = models.ForeignKey("councils.Council", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Empty when the service itself did it, such as a loaded history.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.CASE)
    data = models.JSONField(default=dict)
    # The transaction that wrote it, set by the database: a change without its event is refused at commit.
    transaction = models.BigIntegerField(null=True, editable=False)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["case", "-at", "-id"], name="event_of_case"),
            models.Index(fields=["transaction"], name="event_of_transaction"),
            # Read by administrators: what belongs to no case, newest first, and what is about one person.
            models.Index(fields=["-at", "-id"], condition=Q(case__isnull=True), name="event_of_no_case"),
            models.Index(F("data__user_id"), condition=Q(case__isnull=True), name="event_about_person"),
        ]

    def __str__(self) -> str:
        return self.verb
