"""Saving a shared text, and bringing earlier words of it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from cpc.accounts.models import User
from cpc.components.versioned import save_versioned
from cpc.drafts.shared.kinds import SharedText, kinds_of
from cpc.drafts.shared.models import TextVersion


@transaction.atomic
def save_words(row: Model, *, by: User, **saving: Any) -> bool:
    """`save_versioned`, and what stood before and what stands now are kept as versions."""
    before = [(kind, kind.words_of(row), kind.written(row)) for kind in kinds_of(type(row))]
    if not save_versioned(row, **saving):
        return False
    for kind, old, (wrote_id, wrote_at) in before:
        new = kind.words_of(row)
        if new == old:
            continue
        kept = TextVersion.objects.filter(kind=kind.code, row=row.pk)
        if any(old.values()) and not kept.exists():
            TextVersion.objects.create(
                kind=kind.code, row=row.pk, words=old, saved_by_id=wrote_id, saved_at=wrote_at if wrote_id else None
            )
        TextVersion.objects.create(kind=kind.code, row=row.pk, words=new, saved_by=by, saved_at=timezone.now())
    return True


def restore_version(*, kind: SharedText, row: Any, chosen: TextVersion, version: int, by: User) -> Any:
    """Saved as any other change of the text: whoever saved meanwhile is told, and nothing is lost."""
    return kind.save(row, chosen.words, version, by)
