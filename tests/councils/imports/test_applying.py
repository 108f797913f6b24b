"""Applied and undone outside the request: asked for once, whole or not at all, whatever becomes of the workers."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier
from urllib.parse import quote

import pytest
from django.db import OperationalError, connection, connections

from councils import tasks
from councils.imports import applying, services
from councils.imports.applying import carry_out, runs_asked_for
from councils.imports.services import apply_import, ask_to_apply, ask_to_undo, check_file, discard_import
from councils.models import ImportRun, PoliticalControl
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.components.errors import Refused, Stale
from tests.councils.imports.test_services import CONTENT
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

BASE = Path(__file__).resolve().parents[3]


@pytest.fixture
def adur(db):
    return make_council(name="Adur", start_on=date(1974, 4, 1))


@pytest.fixture
def keeper(db):
    return make_user("administrator")


def check(content=CONTENT):
    return check_file(source="control_history", file_name="history.csv", content=content, by=None)


def ask(run, by=None):
    return ask_to_apply(run=run, version=run.version, by=by)


def controls():
    return dict(PoliticalControl.objects.values_list("year", "control"))


def verbs():
    return list(Event.objects.order_by("pk").values_list("verb", flat=True))


def test_a_worker_applies_what_somebody_asked_for(adur, keeper, monkeypatch, django_capture_on_commit_callbacks):
    hinted = []
    monkeypatch.setattr(services, "ASKED_HINTS", [hinted.append])
    run = check()
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(run, keeper) is True
    run.refresh_from_db()
    assert (run.state, run.asked_by, run.applied_by, hinted) == ("to_apply", keeper, None, [run.pk])
    assert controls() == {} and runs_asked_for() == [run.pk]
    # A second press asks for nothing more, before it is done and after.
    assert ask(run, keeper) is False
    assert carry_out(run_id=run.pk) == "applied"
    assert ask(run, keeper) is False
    run.refresh_from_db()
    assert (run.state, run.applied_by, run.content, run.rows_read) == ("applied", keeper, None, 3)
    assert controls() == {2014: "Conservative", 2015: "Labour"}
    assert verbs() == ["import_apply_asked", "import_applied"]
    asked = Event.objects.get(verb="import_apply_asked")
    assert asked.by == keeper and "history.csv" in sentence(asked.verb, asked.data)
    # Once more is left alone.
    assert carry_out(run_id=run.pk) == "" and runs_asked_for() == []


def test_a_queue_that_is_down_stops_nobody(adur, monkeypatch, django_capture_on_commit_callbacks):
    def down(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.carry_out_import, "apply_async", down)
    run = check()
    with django_capture_on_commit_callbacks(execute=True):
        ask(run)
    tasks.carry_out_asked_imports()
    run.refresh_from_db()
    assert run.state == "applied"


def test_what_cannot_be_applied_is_refused_when_it_is_asked_for(adur, keeper):
    run = check()
    with pytest.raises(Stale, match="read again since you looked"):
        ask_to_apply(run=run, version=run.version - 1, by=keeper)
    discard_import(run=run, by=keeper)
    with pytest.raises(Refused, match="cannot be changed: discarded"):
        ask(run, keeper)
    with pytest.raises(Refused, match="Only an import that was applied"):
        ask_to_undo(run=run, by=keeper)
    assert verbs() == ["import_discarded"]


def test_nothing_else_is_done_with_a_file_that_waits_to_be_applied(adur, keeper):
    run = check()
    ask(run)
    for act in (discard_import, services.reread_import, apply_import):
        with pytest.raises(Refused, match="cannot be changed: waiting to be applied"):
            act(run=run, by=keeper)
    with pytest.raises(Refused, match="Only an import that was applied"):
        ask_to_undo(run=run, by=keeper)


def test_a_register_that_changed_meanwhile_is_told_and_the_file_is_read_again(adur):
    run = check()
    ask(run)
    PoliticalControl.objects.create(council=adur, year=2015, control="Liberal Democrat")
    assert carry_out(run_id=run.pk) == "checked"
    run.refresh_from_db()
    assert (run.state, run.failure.split(".")[0]) == (
        "checked",
        "The register has changed since this file was read",
    )
    assert controls() == {2015: "Liberal Democrat"} and verbs() == ["import_apply_asked"]
    # Asked for again, as long as it is not so, it fails again; and what it said is gone when it no longer holds.
    PoliticalControl.objects.all().delete()
    assert ask(run) is True
    assert carry_out(run_id=run.pk) == "applied"
    run.refresh_from_db()
    assert run.failure == ""


def test_a_mistake_of_ours_changes_nothing_and_is_kept(adur, monkeypatch):
    run = check()
    ask(run)
    monkeypatch.setattr(services, "announce", lambda *args, **kwargs: 1 / 0)
    assert carry_out(run_id=run.pk) == "broken"
    run.refresh_from_db()
    assert "ZeroDivisionError" in run.failure and "Nothing was changed" in run.failure
    assert controls() == {} and runs_asked_for() == []
    monkeypatch.undo()
    assert services.reread_import(run=run, by=None).state == "waiting"


def test_a_database_that_fails_is_no_fault_of_the_file(adur, monkeypatch):
    def fails(*args, **kwargs):
        raise OperationalError("gone")

    run = check()
    ask(run)
    monkeypatch.setattr(services, "make", fails)
    with pytest.raises(OperationalError):
        carry_out(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, runs_asked_for()) == ("applying", [run.pk])
    monkeypatch.undo()
    tasks.carry_out_asked_imports()
    run.refresh_from_db()
    assert (run.state, run.tries) == ("applied", 2)


@pytest.mark.parametrize(("state", "after"), [("applying", "broken"), ("undoing", "applied")])
def test_what_ends_its_worker_each_time_is_not_offered_for_ever(adur, state, after):
    run = check()
    apply_import(run=run, by=None)
    ImportRun.objects.filter(pk=run.pk).update(
        state=state, asked_at="2026-11-01T12:00Z", applied_at="2026-11-01T12:00Z", tries=applying.MOST_TRIES
    )
    tasks.carry_out_asked_imports()
    run.refresh_from_db()
    assert run.state == after and "begun 3 times" in run.failure and len(controls()) == 2


def test_a_worker_undoes_what_somebody_asked_for(adur, keeper):
    run = apply_import(run=check(), by=None)
    assert ask_to_undo(run=run, by=keeper) is True and ask_to_undo(run=run, by=keeper) is False
    assert len(controls()) == 2
    assert carry_out(run_id=run.pk) == "undone"
    assert ask_to_undo(run=run, by=keeper) is False
    run.refresh_from_db()
    assert (run.state, run.undone_by, controls()) == ("undone", keeper, {})
    assert verbs() == ["import_applied", "import_undo_asked", "import_undone"]


def test_what_others_changed_since_stops_the_undoing_until_somebody_decides(adur, keeper):
    run = apply_import(run=check(), by=None)
    PoliticalControl.objects.filter(year=2015).update(control="Labour, Green")
    ask_to_undo(run=run, by=keeper)
    assert carry_out(run_id=run.pk) == "applied"
    run.refresh_from_db()
    assert (run.kept, len(controls())) == (1, 2) and "someone changed this since: Adur, 2015 (control)" in run.failure
    ask_to_undo(run=run, leave_changed=True, by=keeper)
    assert carry_out(run_id=run.pk) == "undone"
    run.refresh_from_db()
    assert (run.failure, run.kept, controls()) == ("", 0, {2015: "Labour, Green"})


def test_only_the_last_import_is_undone_also_when_another_came_between(adur):
    first = apply_import(run=check(), by=None)
    ask_to_undo(run=first, by=None)
    second = apply_import(run=check(CONTENT.replace(b"2,1,0,0,0,Con,Con", b"3,0,0,0,0,Con,Con")), by=None)
    assert carry_out(run_id=first.pk) == "applied"
    first.refresh_from_db()
    assert "Only the last import" in first.failure
    with pytest.raises(Refused, match="Only the last import"):
        ask_to_undo(run=first, by=None)
    assert ask_to_undo(run=second, by=None) is True


# ------------------------------------------------------------------ over several connections


@pytest.fixture
def committed(transactional_db, monkeypatch):
    monkeypatch.setattr(services, "ASKED_HINTS", [])
    make_council(name="Adur", start_on=date(1974, 4, 1))
    return check()


def test_how_far_it_has_come_is_seen_by_others_before_what_it_writes(committed, monkeypatch):
    seen = []
    real_look, real_make = services.look, services.make

    def note(read, total):
        with ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(as_others_see_it).result(20))

    def as_others_see_it():
        try:
            told = ImportRun.objects.values_list("state", "rows_read", "changes_made", "changes_total")
            return *told.get(pk=committed.pk), len(controls())
        finally:
            connections.close_all()

    def watched(watch):
        return lambda read, total: (watch(read, total), note(read, total))

    monkeypatch.setattr(applying, "PROGRESS_SECONDS", 0)
    monkeypatch.setattr(services, "look", lambda run, watch: real_look(run, watched(watch)))
    monkeypatch.setattr(services, "make", lambda changes, by, watch: real_make(changes, by=by, watch=watched(watch)))
    ask(committed)
    assert carry_out(run_id=committed.pk) == "applied"
    lines = [("applying", read, 0, 0, 0) for read in (0, 1, 2, 3)]
    # Two rows of control and four of seats, and none of them there for others before all are.
    assert seen == [*lines, *[("applying", 3, made, 6, 0) for made in (0, 2, 6)]]
    assert as_others_see_it() == ("applied", 3, 0, 0, 2)


def test_nine_who_ask_at_once_ask_once(committed):
    barrier = Barrier(9)

    def press(_):
        try:
            barrier.wait(20)
            return ask(committed)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(press, range(9)))
    assert sorted(answers) == [False] * 8 + [True]
    assert verbs() == ["import_apply_asked"]


def test_two_workers_apply_once(committed, monkeypatch):
    ask(committed)
    entered = Barrier(2)
    real = services.make

    def slow(*args, **kwargs):
        entered.wait(20)
        entered.wait(20)
        return real(*args, **kwargs)

    monkeypatch.setattr(services, "make", slow)

    def work():
        try:
            return carry_out(run_id=committed.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(work)
        entered.wait(20)
        # It is being applied, and offered again by the sweep; but the first holds it.
        assert runs_asked_for() == [committed.pk]
        assert carry_out(run_id=committed.pk) == ""
        entered.wait(20)
        assert first.result(20) == "applied"
    assert verbs() == ["import_apply_asked", "import_applied"]


WORKER = """
import sys, time, django
django.setup()
from councils.imports import applying, services
real = services.make
def stops(changes, **how):
    real(changes, **how)
    print("written", flush=True)
    time.sleep(120)
services.make = stops
applying.carry_out(run_id=int(sys.argv[1]))
"""


def test_a_worker_killed_half_way_leaves_nothing_and_the_next_applies_it_whole(committed, tmp_path):
    ask(committed)
    database = connection.settings_dict
    place = quote(database["HOST"], safe="") + (f":{database['PORT']}" if database["PORT"] else "")
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    environment = dict(os.environ) | {
        "DJANGO_SETTINGS_MODULE": "cpc.config.settings",
        "TESTING": "1",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"postgres://{login}@{place}/{database['NAME']}?application_name=applies",
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(committed.pk)], cwd=BASE, env=environment, stdout=subprocess.PIPE
    )
    try:
        assert worker.stdout.readline() == b"written\n"
        committed.refresh_from_db()
        assert committed.state == "applying" and controls() == {}
        # It holds the file: the sweep leaves it alone.
        tasks.carry_out_asked_imports()
        assert controls() == {}
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(20)
        worker.stdout.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'applies'"
        )
    assert controls() == {} and verbs() == ["import_apply_asked"]
    tasks.carry_out_asked_imports()
    committed.refresh_from_db()
    assert (committed.state, committed.tries, len(controls())) == ("applied", 2, 2)
    assert verbs() == ["import_apply_asked", "import_applied"]
