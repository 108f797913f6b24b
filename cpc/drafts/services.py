"""Keeping what was typed until it is saved."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cpc.drafts.models import Draft
from cpc.drafts.words import Pairs, locked

KEPT = timedelta(days=14)
# Somebody who writes on more pages at once has not come back to the first of them for long.
MOST_FOR_ONE_PERSON = 50


@transaction.atomic
def keep_draft(*, person_id: int, address: str, words: Pairs) -> Draft:
    """One for a person and a page: what is typed later takes the place of what was typed before."""
    draft, _ = Draft.objects.update_or_create(
        person_id=person_id, address=address, defaults={"words": locked(words), "at": timezone.now()}
    )
    older = Draft.objects.filter(person_id=person_id).values("pk")[MOST_FOR_ONE_PERSON:]
    Draft.objects.filter(pk__in=older).delete()
    return draft


def forget_draft(*, person_id: int, address: str) -> None:
    Draft.objects.of(person_id, address).delete()


def forget_old_drafts() -> int:
    deleted, _ = Draft.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return deleted
