"""What is kept of a publication, the same for the report, the action plan and the progress review."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models

PUBLISHED = "published"


class PublicationFields(models.Model):
    """A row with its own `case`, `state` and `version`; `state` is PUBLISHED once it is public."""

    case: Any
    state: Any
    version: Any

    published_on = models.DateField(null=True, blank=True)
    published_address = models.URLField(max_length=500, blank=True)
    # Why it was published in a pre-election period; empty for any other day.
    pre_election_reason = models.TextField(max_length=2000, blank=True, default="", db_default="")

    # What it comes after besides the onsite days, in words; `not_before` is that day.
    comes_after = ""

    class Meta:
        abstract = True

    def not_before(self) -> date | None:
        return None
