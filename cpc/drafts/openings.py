"""Who has a page open on which several people write: told to whoever comes next, before they write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from cpc.drafts.models import OpenPage

# Whoever typed nothing for so long has gone.
GONE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Other:
    name: str
    since: datetime

    @property
    def sentence(self) -> str:
        return f"{self.name} has had this open since {timezone.localtime(self.since):%H:%M}."


SAY_OPEN = """
INSERT INTO {table} (person_id, address, since, seen_at) VALUES (%(person)s, %(address)s, %(now)s, %(now)s)
ON CONFLICT (person_id, address) DO UPDATE SET
    seen_at = excluded.seen_at,
    since = CASE WHEN {table}.seen_at < %(gone)s THEN excluded.since ELSE {table}.since END
"""


def say_open(*, person_id: int, address: str) -> None:
    """One statement, so that two tabs of one person do not stumble over each other."""
    now = timezone.now()
    values: dict[str, Any] = {"person": person_id, "address": address, "now": now, "gone": now - GONE_AFTER}
    with connection.cursor() as cursor:
        cursor.execute(SAY_OPEN.format(table=OpenPage._meta.db_table), values)


def say_closed(*, person_id: int, address: str) -> None:
    OpenPage.objects.filter(person_id=person_id, address=address).delete()


def others_at(person_id: int, address: str) -> list[Other]:
    found = OpenPage.objects.filter(address=address, seen_at__gte=timezone.now() - GONE_AFTER)
    rows = found.exclude(person_id=person_id).order_by("since").values_list("person__full_name", "since")
    return [Other(name, since) for name, since in rows]


def forget_closed_pages() -> int:
    deleted, _ = OpenPage.objects.filter(seen_at__lt=timezone.now() - GONE_AFTER).delete()
    return deleted
