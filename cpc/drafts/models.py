"""Words that were typed and are not saved yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

LONGEST_ADDRESS = 500


class DraftQuerySet(models.QuerySet["Draft"]):
    def of(self, person_id: int, address: str) -> DraftQuerySet:
        return self.filter(person_id=person_id, address=address)


class Draft(models.Model):
    """What one person sent or was typing on one page. Nobody else reads it, and no page but that one shows it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The path and query of the page.
    address = models.CharField(max_length=LONGEST_ADDRESS)
    # A list of name and value, encrypted: a copy of the database gives away nothing that nobody has saved.
    words = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["at"], name="draft_by_age")]
        constraints = [models.UniqueConstraint(fields=["person", "address"], name="draft_once_a_page")]

    def __str__(self) -> str:
        return self.address


class OpenPage(models.Model):
    """Somebody has a page open on which several people write. Forgotten some minutes after they last typed."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=LONGEST_ADDRESS)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["since"]
        indexes = [models.Index(fields=["address", "seen_at"], name="open_page_by_address")]
        constraints = [models.UniqueConstraint(fields=["person", "address"], name="open_page_once_a_person")]

    def __str__(self) -> str:
        return self.address
