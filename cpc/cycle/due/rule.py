"""The rule of the due list: one SQL statement says of every council on a day how it stands, what is going on and when it falls
due (R1, R2, R96). Written here and nowhere else; lists, counts, files, reminders and the forecast all read it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from councils.models import Council
from cpc.cases.stages import kinds_of_the_cycle

# What an earlier council left to the one that carries on as the same body, however long the chain, counts for it. The latest
# challenge is found as a number, its day and then how exactly it is known: numbers are quicker to compare than rows.
# OFFSET 0 keeps a step by itself: merged with the next, PostgreSQL would work its columns out once for each use.
RULE = """
WITH RECURSIVE council AS (
  SELECT * FROM ({councils}) each
  WHERE (start_on IS NULL OR start_on <= %(on)s) AND (end_on IS NULL OR end_on >= %(on)s)
),
carried AS (
  SELECT * FROM ({carried}) each WHERE begins_on <= %(on)s
),
chain (council, body) AS (
  SELECT carried.successor, carried.predecessor FROM carried JOIN council ON council.id = carried.successor
  UNION
  SELECT chain.council, carried.predecessor FROM chain JOIN carried ON carried.successor = chain.body
),
challenge AS (
  SELECT id, council_id,
    CASE WHEN counted_on <= %(on)s THEN (counted_on - DATE '0001-01-01') * 3 + CASE
      WHEN counted_on IS DISTINCT FROM onsite_end_on THEN 0 WHEN onsite_precision = 'day' THEN 0 WHEN onsite_precision = 'month' THEN 1 ELSE 2
    END END AS held,
    origin = 'service' AND created_at < %(next_day)s
      AND (onsite_end_on IS NULL OR onsite_end_on > %(on)s)
      AND (closed_on IS NULL OR closed_on >= %(on)s) AS is_booked
  FROM (SELECT *, coalesce(cycle_start_on, onsite_end_on) AS counted_on FROM cpc_case) cases
  WHERE kind = ANY(%(cycle_kinds)s::text[]) AND state <> 'cancelled'
),
body AS (
  SELECT host, max(held) AS held, bool_or(is_booked) AS is_booked FROM (
    SELECT council_id AS host, held, is_booked FROM challenge {of_hosts}
    UNION ALL
    SELECT joint.council_id, held, is_booked
    FROM cpc_case_joint_councils joint JOIN challenge ON challenge.id = joint.case_id {of_joint_hosts}
  ) hosts GROUP BY host
),
before AS (
  SELECT chain.council, max(held) AS held, bool_or(is_booked) AS is_booked
  FROM chain JOIN body ON body.host = chain.body GROUP BY chain.council
),
talk AS (
  SELECT DISTINCT ON (council_id) council_id, state FROM cpc_conversation
  WHERE started_on <= %(on)s AND (ended_on IS NULL OR ended_on >= %(on)s)
  ORDER BY council_id, started_on DESC, id DESC
),
prompt AS (
  SELECT DISTINCT council_id FROM cpc_prompt WHERE made_on <= %(on)s AND (closed_on IS NULL OR closed_on > %(on)s)
),
known AS (
  SELECT council.*, talk.state AS talk, prompt.council_id IS NOT NULL AS is_prompted,
    coalesce(body.is_booked, false) OR coalesce(before.is_booked, false) AS is_booked,
    DATE '0001-01-01' + greatest(body.held, before.held) / 3 AS last_on,
    (%(precisions)s::text[])[greatest(body.held, before.held) %% 3 + 1] AS last_precision
  FROM council
  LEFT JOIN body ON body.host = council.id
  LEFT JOIN before ON before.council = council.id
  LEFT JOIN talk ON talk.council_id = council.id
  LEFT JOIN prompt ON prompt.council_id = council.id
  OFFSET 0
),
-- Before anything is held against the end. A council that began with the programme or after it has a first day to count from.
counted AS (
  SELECT *, CASE
      WHEN last_on IS NOT NULL THEN last_on + make_interval(months => %(window)s)
      WHEN start_on >= %(programme)s THEN start_on + make_interval(months => %(first)s - (%(due)s - %(window)s))
    END::date AS opens_on,
    CASE
      WHEN last_on IS NOT NULL THEN last_on + make_interval(months => %(due)s)
      WHEN start_on >= %(programme)s THEN start_on + make_interval(months => %(first)s)
    END::date AS falls_on
  FROM known
  OFFSET 0
),
standing AS (
  SELECT *, CASE
      WHEN last_on IS NULL THEN 'never_had' WHEN falls_on < %(on)s THEN 'overdue'
      WHEN opens_on <= %(on)s THEN 'window_open' ELSE 'not_due'
    END AS standing,
    CASE WHEN end_on < opens_on THEN NULL ELSE opens_on END AS window_on,
    CASE WHEN end_on < falls_on THEN NULL ELSE falls_on END AS due_on,
    coalesce(end_on - make_interval(months => %(warning)s) <= %(on)s, false) AS ends_soon
  FROM counted
  OFFSET 0
),
due AS {kept} (
  SELECT *, CASE
      WHEN is_booked THEN 'booked' WHEN talk IS NOT NULL THEN talk WHEN is_prompted THEN 'prompted' ELSE standing
    END AS state,
    -- What lies behind stands in no quarter to come.
    CASE WHEN window_on >= %(on)s THEN date_trunc('quarter', window_on)::date END AS opens_in,
    CASE WHEN due_on >= %(on)s THEN date_trunc('quarter', due_on)::date END AS falls_in
  FROM standing
)
"""
COUNCILS = (
    "SELECT id, name, region, council_type, start_on, end_on FROM councils_council WHERE in_programme {of_councils}"
)
CARRIED = """
SELECT successor_id AS successor, predecessor_id AS predecessor, "on" AS begins_on
FROM councils_succession WHERE kind = 'continues'"""
TRIED_COUNCILS = """ AND id <> ALL(%(tried)s::bigint[])
UNION ALL SELECT * FROM unnest(
  %(tried)s::bigint[], %(tried_names)s::text[], %(tried_regions)s::text[], %(tried_types)s::text[],
  %(tried_starts)s::date[], %(tried_ends)s::date[])"""
TRIED_CARRIED = """
UNION ALL SELECT * FROM unnest(%(tried_successors)s::bigint[], %(tried_predecessors)s::bigint[], %(tried_days)s::date[])"""
# Only these are asked for: what they and those before them held is found by index, and nothing else is read.
OF_HOSTS = "WHERE {} = ANY (ARRAY(SELECT id FROM council UNION SELECT body FROM chain))"

PRECISIONS = ["day", "month", "year"]
COLUMNS = """id, standing, state, last_on, last_precision, falls_on, window_on, due_on, is_prompted, ends_soon,
    opens_in, falls_in, (
      -- What happened there lately enough to speak on this day, newest first.
      SELECT json_agg(json_build_array(id, kind, happened_on, detail) ORDER BY happened_on DESC, id DESC) FROM cpc_trigger
      WHERE council_id = due.id AND happened_on <= %(on)s
        AND (happened_on + make_interval(months => %(speaks)s))::date >= %(on)s
    ) AS triggers"""


class Line(NamedTuple):
    """What the statement says of one council."""

    council: int
    standing: str
    state: str
    # The last day of the last challenge, and how exactly it is known.
    last_on: date | None
    last_precision: str | None
    # When the next one falls due before the council's end is held against it.
    falls_on: date | None
    window_on: date | None
    due_on: date | None
    is_prompted: bool
    ends_soon: bool
    # The first days of the quarters in which the window opens and it falls due, where they lie ahead.
    opens_in: date | None
    falls_in: date | None
    # (key, kind, day, detail) of each trigger that speaks on this day.
    triggers: list[tuple[int, str, str, str]] | None


@dataclass(frozen=True)
class Tried:
    """Councils and who carries on from whom as they would be: with them the rule is tried out, and nothing is written."""

    councils: list[Council] = field(default_factory=list)
    # (successor, predecessor, first day)
    carried: list[tuple[int, int, date]] = field(default_factory=list)

    @property
    def values(self) -> dict[str, Any]:
        return {
            "tried": [each.pk for each in self.councils],
            "tried_names": [each.name for each in self.councils],
            "tried_regions": [each.region for each in self.councils],
            "tried_types": [each.council_type for each in self.councils],
            "tried_starts": [each.start_on for each in self.councils],
            "tried_ends": [each.end_on for each in self.councils],
            "tried_successors": [successor for successor, _, _ in self.carried],
            "tried_predecessors": [predecessor for _, predecessor, _ in self.carried],
            "tried_days": [first for _, _, first in self.carried],
        }


def statement(
    asked: str,
    on: date,
    councils: Collection[int] | None = None,
    tried: Tried | None = None,
    *,
    often: bool = False,
    **values: Any,
) -> tuple[str, dict[str, Any]]:
    """The rule of a day, and what is asked of it: SQL that reads `due`. `often` says that it reads it more than once."""
    of_councils = "" if councils is None else "AND id = ANY(%(councils)s::bigint[])"
    narrowed = councils is not None
    sources = COUNCILS.format(of_councils=of_councils), CARRIED
    if tried is not None:
        sources = sources[0] + TRIED_COUNCILS, sources[1] + TRIED_CARRIED
        values |= tried.values
    rule = RULE.format(
        councils=sources[0],
        carried=sources[1],
        of_hosts=OF_HOSTS.format("council_id") if narrowed else "",
        of_joint_hosts=OF_HOSTS.format("joint.council_id") if narrowed else "",
        kept="MATERIALIZED" if often else "",
    )
    return rule + asked, values | {
        "on": on,
        "councils": sorted(councils or ()),
        "precisions": PRECISIONS,
        "cycle_kinds": kinds_of_the_cycle(),
        "next_day": datetime.combine(on + timedelta(days=1), time(), timezone.get_default_timezone()),
        "window": settings.CYCLE_WINDOW_MONTHS,
        "due": settings.CYCLE_DUE_MONTHS,
        "first": settings.CYCLE_FIRST_MONTHS,
        "programme": settings.CYCLE_PROGRAMME_START,
        "speaks": settings.CYCLE_TRIGGER_MONTHS,
        "warning": settings.CYCLE_END_WARNING_MONTHS,
    }


def ask(
    asked: str,
    on: date,
    councils: Collection[int] | None = None,
    tried: Tried | None = None,
    *,
    often: bool = False,
    **values: Any,
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(*statement(asked, on, councils, tried, often=often, **values))
        return cursor.fetchall()


def lines(on: date, councils: Collection[int] | None = None, tried: Tried | None = None) -> list[Line]:
    """Every council of the programme that exists on this day, or those named, by name.

    Not in the database's own order, which hangs on how it was set up.
    """
    asked = f'SELECT {COLUMNS} FROM due ORDER BY name COLLATE "C", id'  # noqa: S608 - our own columns
    return [Line(*row) for row in ask(asked, on, councils, tried)]
