"""Fills an empty database with a programme in which everything was said, and measures the sweep in it.

`python -m tests.benchmarks.sweep_data 400` prints JSON. One process a database: memory is counted in it.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from cpc.calendars.models import CalendarEntry, CalendarKind  # noqa: E402
from cpc.cycle.reference_data import ensure_cycle_rules  # noqa: E402
from cpc.cycle.services import sweep as sweep_cycle  # noqa: E402
from cpc.cycle.services import write_cycle_dates  # noqa: E402
from cpc.deadlines.kinds import KINDS  # noqa: E402
from cpc.reminders.models import Reminder  # noqa: E402
from cpc.reminders.sweep import active_rules, due_statement, find_due, sweep  # noqa: E402
from tests.counting import captured_queries  # noqa: E402
from tests.factories.rules import ensure_default_rules  # noqa: E402

# A Wednesday like any other: every rule may speak, and nobody is in a pre-election period.
TODAY = date(2026, 10, 14)
ADVISERS_EACH, MANAGERS_EACH = 40, 20

# Two and a half cases a council, as 1,000 are to 400: two that are closed, and of every second one that is under way.
# Numbers stand in for chance: the same database each time, and of each size the same mixture.
FILL = [
    """
    INSERT INTO cpc_user (id, password, is_superuser, email, full_name, role, job_title, phone, is_active, created_at, version)
    SELECT n, '!', false, role || '.' || n || '@lga.example', 'Person ' || n, role, '', '', true, now(), 0
    FROM generate_series(1, %(staff)s) n,
         LATERAL (SELECT CASE WHEN n <= 3 THEN 'programme_manager' WHEN n <= 3 + %(advisers)s THEN 'principal_adviser'
                         ELSE 'peer_challenge_manager' END AS role) r""",
    """
    INSERT INTO councils_council (id, gss_code, slug, name, official_name, council_type, nation, region, population,
                                  election_scheme, rural_urban, in_programme, version)
    SELECT n, 'E' || lpad(n::text, 8, '0'), 'exampleshire-' || n, 'Exampleshire ' || n, 'Exampleshire ' || n || ' Council',
           CASE WHEN n %% 20 = 0 THEN 'welsh_unitary' ELSE 'unitary' END, CASE WHEN n %% 20 = 0 THEN 'Wales' ELSE 'England' END,
           'North West', 100000, '', '', true, 0
    FROM generate_series(1, %(councils)s) n""",
    """
    INSERT INTO cpc_user (id, password, is_superuser, email, full_name, role, job_title, phone, is_active, created_at, version, council_id)
    SELECT %(staff)s + (c.id - 1) * 3 + place, '!', false, role || '.' || c.id || '@council.example', role || ' ' || c.id, role,
           '', '', true, now(), 0, c.id
    FROM councils_council c, unnest(ARRAY['coordinator', 'leader', 'chief_executive']) WITH ORDINALITY AS r(role, place)""",
    """
    INSERT INTO councils_contact (council_id, role, name, email, phone, started_on, version)
    SELECT council_id, role, full_name, email, '', %(today)s::date - 900, 0 FROM cpc_user WHERE council_id IS NOT NULL""",
    """
    INSERT INTO cpc_adviserpost (council_id, user_id, started_on, handover_note, version)
    SELECT id, 4 + id %% %(advisers)s, %(today)s::date - 900, '', 0 FROM councils_council""",
    """
    INSERT INTO cpc_case (id, reference, kind, origin, stage, state, state_reason, state_agreed_with, onsite_start_on,
                          onsite_end_on, onsite_precision, cycle_start_on, created_at, closed_on, version, council_id,
                          created_by_id)
    SELECT row_number() OVER (), c.slug || '-' || turn, 'corporate', 'service', 'progress_review',
           CASE WHEN turn > 0 THEN 'closed' WHEN c.id %% 20 = 2 THEN 'postponed' WHEN c.id %% 20 = 4 THEN 'paused' ELSE 'active' END,
           CASE WHEN turn = 0 AND c.id %% 20 IN (2, 4) THEN 'A by-election' ELSE '' END, '', ends_on - 3, ends_on, 'day', ends_on, ends_on - 250, CASE WHEN turn > 0 THEN ends_on + 365 END, 0, c.id, 1
    FROM councils_council c, generate_series(0, 2) turn,
         LATERAL (SELECT %(today)s::date - 370 + (c.id * 7919 %% 700)::int - turn * 1826 AS ends_on) d
    WHERE turn > 0 OR c.id %% 2 = 0""",
    """
    INSERT INTO cpc_casemembership (case_id, user_id, role, starts_on, added_at, added_by_id)
    SELECT k.id, u.id, u.role, k.onsite_end_on - 250, now(), 1 FROM cpc_case k JOIN cpc_user u ON u.council_id = k.council_id
    UNION ALL
    SELECT id, 4 + %(advisers)s + id %% %(managers)s, 'peer_challenge_manager', onsite_end_on - 250, now(), 1 FROM cpc_case""",
    """
    INSERT INTO cpc_deadline (case_id, kind, label, due_on, first_due_on, state, met_on, owner_role, is_hard, late_reason,
                              agreed_with, made_at, version)
    SELECT k.id, r.kind, r.label, due_on, due_on, CASE WHEN met THEN 'met' ELSE 'open' END, CASE WHEN met THEN due_on END,
           r.owner_role, false, '', '', k.created_at, 0
    FROM cpc_case k, jsonb_to_recordset(%(rules)s::jsonb) AS r(kind text, label text, days int, owner_role text),
         LATERAL (SELECT k.onsite_end_on + r.days AS due_on) d,
         -- One in ten of those that are past is late.
         LATERAL (SELECT k.state = 'closed' OR (due_on < %(today)s::date AND (k.id + r.days) %% 10 <> 0) AS met) m""",
    """
    INSERT INTO cpc_prompt (id, council_id, state, is_soft, made_on, closed_reason, version)
    SELECT n, 1 + (n * 7) %% %(councils)s, 'open', n %% 4 = 0, %(today)s::date - (n * 13 %% 400)::int, '', 0
    FROM generate_series(1, %(councils)s / 10) n""",
    """
    INSERT INTO cpc_trigger (council_id, kind, happened_on, detail, source, recorded_at, prompt_id)
    SELECT council_id, 'new_leader', made_on, 'Lesley Example', 'tenure:' || id, now(), id FROM cpc_prompt""",
    """
    INSERT INTO cpc_conversation (council_id, state, reason, started_on, recorded_at, recorded_by_id)
    SELECT id, CASE WHEN id %% 3 = 0 THEN 'no_date_agreed' ELSE 'in_conversation' END, '', %(today)s::date - (id * 17 %% 300)::int, now(), 1
    FROM councils_council WHERE id %% 7 = 0""",
    """
    INSERT INTO cpc_contactlogentry (council_id, "on", with_whom, text, written_at, form_key, written_by_id)
    SELECT council_id, started_on + (%(today)s::date - started_on) / 2, 'Lesley Example', 'A date in spring.', now(),
           gen_random_uuid(), 1
    FROM cpc_conversation, generate_series(1, 3)""",
]
# What was said of the deadlines in all the years: each rule whose day came before the promise was kept, to the
# people of the side.
HISTORY = """
    CREATE TEMPORARY TABLE said AS
    SELECT 'deadline' AS source, d.id AS about, d.kind, d.due_on AS day, s.side, d.due_on + r.offset_days AS send_on, r.id AS rule_id,
           k.council_id, k.id AS case_id, u.id AS user_id, u.email
    FROM cpc_deadline d JOIN cpc_case k ON k.id = d.case_id JOIN cpc_reminderrule r ON r.kind = '',
         LATERAL (SELECT CASE r.recipients WHEN 'owner' THEN d.owner_role ELSE r.recipients END AS side) s
    JOIN cpc_casemembership m ON true JOIN cpc_user u ON u.id = m.user_id
    WHERE m.case_id = k.id AND (s.side = 'Council') = (u.council_id IS NOT NULL)
      AND d.due_on + r.offset_days <= LEAST(d.met_on, %(today)s::date)"""
# What the statement itself still finds, one address each.
REST = """
    INSERT INTO said
    SELECT due.source, due.about, '', due.day, due.side, due.send_on, due.rule, 1, NULL, 1, 'programme_manager.1@lga.example'
    FROM ({statement}) due
    WHERE NOT EXISTS (SELECT FROM said s WHERE s.source = due.source AND s.about = due.about AND s.side = due.side
                          AND s.day = due.day AND s.send_on >= due.send_on)"""
KEEP = [
    """
    INSERT INTO cpc_message (kind, subject_key, email, context, state, queued_at, next_attempt_at, attempts, sent_at, failure, to_id)
    SELECT DISTINCT ON (email, send_on) 'reminders', 'reminders:' || send_on, email,
           '{"subject": "A reminder", "items": [], "greeting": "Person"}'::jsonb, 'sent', send_on, send_on, 1, send_on, '', user_id
    FROM said""",
    """
    INSERT INTO cpc_reminder (source, "row", kind, "on", side, send_on, rule_id, rule_version, council_id, case_id, email,
                              to_id, instead, made_at, message_id)
    SELECT said.source, said.about, said.kind, said.day, said.side, said.send_on, said.rule_id, 0, said.council_id, said.case_id,
           said.email, said.user_id, '', said.send_on, m.id
    FROM said JOIN cpc_message m ON m.kind = 'reminders' AND m.subject_key = 'reminders:' || said.send_on AND m.email = said.email
    ON CONFLICT DO NOTHING""",
]


def fill(councils: int) -> None:
    ensure_default_rules()
    ensure_cycle_rules()
    advisers, managers = max(1, councils // ADVISERS_EACH), max(1, councils // MANAGERS_EACH)
    rules = [
        {"kind": row.kind, "label": row.to_do, "owner_role": row.owner_role, "days": row.months * 30 + row.days}
        for row in KINDS.values()
    ]
    values = {
        "councils": councils,
        "advisers": advisers,
        "managers": managers,
        "staff": 3 + advisers + managers,
        "today": TODAY,
        "rules": json.dumps(rules),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Millions of rows that are known to fit: nothing is asked of each.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in FILL:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    write_cycle_dates(TODAY)
    statement, parameters = due_statement(active_rules(), TODAY)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(HISTORY, values)
        cursor.execute(REST.format(statement=statement), parameters)
        for each in KEEP:
            cursor.execute(each)
    with connection.cursor() as cursor:
        for table in ["cpc_user", "councils_council", "cpc_case", "cpc_prompt"]:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
        # As autovacuum does within a minute where it runs.
        cursor.execute("VACUUM ANALYZE")


def seconds(function: Callable[[], object]) -> float:
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def peak_of(function: Callable[[], object]) -> int:
    """The most bytes that were held at once beyond those held before."""
    gc.collect()
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def statement_alone() -> Callable[[], list[Any]]:
    """The single statement through the driver's own cursor, made beforehand."""
    statement, values = due_statement(active_rules(), TODAY)
    connection.ensure_connection()

    def ask() -> list[Any]:
        with connection.connection.cursor() as cursor:
            return cursor.execute(statement, values).fetchall()

    return ask


def sweep_once() -> None:
    assert sweep(TODAY) == 0


def measure(rounds: int) -> dict[str, Any]:
    found: dict[str, Any] = {"statement": [], "sweep": [], "first": seconds(sweep_once)}
    ask = statement_alone()
    assert ask() == []
    for number in range(rounds):
        # In turn, first the one and then the other: a busy machine slows both.
        pair = [("statement", ask), ("sweep", sweep_once)]
        for name, function in pair if number % 2 else reversed(pair):
            found[name].append(seconds(function))
    found["queries"] = len(captured_queries(sweep_once))
    found["peak"] = peak_of(sweep_once)
    found["dates"] = seconds(lambda: write_cycle_dates(TODAY))
    found["cycle"] = seconds(lambda: sweep_cycle(TODAY))
    found["cycle_queries"] = len(captured_queries(lambda: sweep_cycle(TODAY)))
    found["cycle_peak"] = peak_of(lambda: sweep_cycle(TODAY))
    with transaction.atomic():
        # What a sweep costs while something is held back, such as over Christmas: it is found and left each time.
        Reminder.objects.filter(send_on=TODAY).delete()
        CalendarEntry.objects.create(
            kind=CalendarKind.OTHER, name="Quiet", starts_on=TODAY, ends_on=TODAY, is_quiet=True
        )
        found["held"] = sum(len(batch) for batch in find_due(TODAY))
        found["held_seconds"] = seconds(sweep_once)
        found["held_queries"] = len(captured_queries(sweep_once))
        found["held_peak"] = peak_of(sweep_once)
        transaction.set_rollback(True)
    return found


def rows() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for name, table in {
            "councils": "councils_council",
            "cases": "cpc_case",
            "deadlines": "cpc_deadline",
            "cycle dates": "cpc_cycledate",
            "prompts": "cpc_prompt",
            "talks": "cpc_conversation",
            "reminders said": "cpc_reminder",
            "mails": "cpc_message",
        }.items():
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            found[name] = cursor.fetchone()[0]
    return found


def plan() -> list[str]:
    statement, values = due_statement(active_rules(), TODAY)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", values)
        return [line for (line,) in cursor.fetchall()]


def main(councils: int, rounds: int) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM councils_council)")
        is_filled = cursor.fetchone()[0]
    if not is_filled:
        fill(councils)
    print(json.dumps(measure(rounds) | {"rows": rows(), "plan": plan()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
