"""Every saved version of the texts that several people write."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cpc.components.shown import gdatetime


class TextVersion(models.Model):
    """What one text said after one save. Never changed: bringing words back makes a new version."""

    # The code of a kind, and the key of the row that holds the text now.
    kind = models.CharField(max_length=40)
    row = models.BigIntegerField()
    words = models.JSONField()
    saved_at = models.DateTimeField(null=True)
    # Both empty where the words are older than the keeping of versions, and nobody wrote down who and when.
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["kind", "row", "id"], name="text_versions_of_row")]
        constraints = [
            models.CheckConstraint(
                condition=Q(saved_at__isnull=True, saved_by__isnull=True)
                | Q(saved_at__isnull=False, saved_by__isnull=False),
                name="text_version_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"

    @property
    def described(self) -> str:
        """Such as "of 14 March 2027 at 9:30am by Sam Example"."""
        if self.saved_at is None or self.saved_by is None:
            return "of before versions were kept"
        return f"of {gdatetime(self.saved_at)} by {self.saved_by.full_name}"
