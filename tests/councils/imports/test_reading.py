"""Read outside the request: one worker at a time, whatever becomes of the queue and of the workers."""

import threading
from datetime import date

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from councils import tasks
from councils.imports import reading, services
from councils.imports.base import Reading
from councils.imports.registry import IMPORTERS
from councils.imports.services import apply_import, receive_file, reread_import
from councils.models import ImportLine, ImportRun
from cpc.audit.models import Event
from cpc.components.errors import Refused
from tests.councils.imports.test_services import CONTENT
from tests.factories.accounts import make_user
from tests.factories.councils import make_council


@pytest.fixture
def adur(db):
    return make_council(name="Adur", start_on=date(1974, 4, 1))


def receive(content=CONTENT, by=None, source="control_history"):
    return receive_file(source=source, file_name="history.csv", content=content, by=by)


def test_a_file_waits_and_is_read_by_a_worker(adur, monkeypatch, django_capture_on_commit_callbacks):
    hinted = []
    monkeypatch.setattr(services, "HINTS", [hinted.append])
    with django_capture_on_commit_callbacks(execute=True):
        run = receive(by=make_user("administrator"))
    assert (run.state, hinted) == ("waiting", [run.pk])
    assert Event.objects.get().verb == "import_received"
    assert reading.runs_to_read() == [run.pk]
    assert reading.read_run(run_id=run.pk) == "checked"
    run.refresh_from_db()
    assert (run.state, run.added, run.refused, run.rows_read, run.rows_total, run.tries) == ("checked", 2, 1, 3, 3, 1)
    # Once more is left alone.
    assert reading.read_run(run_id=run.pk) == "" and reading.runs_to_read() == []
    lines = [(each.line, each.outcome, each.text, each.details) for each in run.lines.all()]
    assert lines[0] == (
        2,
        "added",
        "Adur, 2014",
        [["Control", "", "Conservative"], ["Seats of Conservative", "", "2"], ["Seats of Labour", "", "1"]],
    )
    assert lines[2] == (4, "refused", "", [["authority", "Nowhere", "is not in the register"]])


def test_the_same_file_of_the_same_person_is_kept_once_until_it_is_decided_upon(adur):
    keeper = make_user("administrator")
    run = receive(by=keeper)
    assert receive(by=keeper).pk == run.pk
    assert receive(by=make_user("administrator")).pk != run.pk
    reading.read_run(run_id=run.pk)
    assert receive(by=keeper).pk == run.pk
    apply_import(run=run, by=keeper)
    assert receive(by=keeper).pk != run.pk
    with pytest.raises(Refused):
        receive(source="nothing")


def test_a_queue_that_is_down_stops_no_upload(adur, monkeypatch, django_capture_on_commit_callbacks):
    def down(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.read_import, "apply_async", down)
    with django_capture_on_commit_callbacks(execute=True):
        run = receive()
    tasks.read_waiting_imports()
    run.refresh_from_db()
    assert run.state == "checked"


def test_a_mistake_of_ours_is_kept_and_the_file_can_be_read_again(adur, monkeypatch):
    run = receive()
    monkeypatch.setattr(IMPORTERS["control_history"], "read", lambda content, watch: 1 / 0)
    assert reading.read_run(run_id=run.pk) == "broken"
    run.refresh_from_db()
    assert "ZeroDivisionError" in run.failure
    with pytest.raises(Refused, match="stopped by an error"):
        apply_import(run=run, by=None)
    monkeypatch.undo()
    run = reread_import(run=run, by=None)
    assert (run.state, run.failure) == ("waiting", "")
    assert reading.read_run(run_id=run.pk) == "checked"


def test_a_database_that_fails_is_no_fault_of_the_file(adur, monkeypatch):
    def fails(content, watch):
        raise OperationalError("gone")

    run = receive()
    monkeypatch.setattr(IMPORTERS["control_history"], "read", fails)
    with pytest.raises(OperationalError):
        reading.read_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, reading.runs_to_read()) == ("running", [run.pk])


def test_a_file_that_ends_its_worker_each_time_is_not_offered_for_ever(adur):
    run = receive()
    ImportRun.objects.filter(pk=run.pk).update(state="running", tries=reading.MOST_TRIES)
    tasks.read_waiting_imports()
    run.refresh_from_db()
    assert run.state == "broken" and "begun 3 times" in run.failure


def test_progress_is_written_while_it_goes_on(adur, monkeypatch):
    run, seen = receive(), []

    def slow(content, watch):
        found = Reading(watch)
        found.expect(3)
        for line in (2, 3, 4):
            found.refuse(line, "a", "b", "c")
            seen.append(ImportRun.objects.values_list("state", "rows_read", "rows_total").get(pk=run.pk))
        return found

    monkeypatch.setattr(reading, "PROGRESS_SECONDS", 0)
    monkeypatch.setattr(IMPORTERS["control_history"], "read", slow)
    reading.read_run(run_id=run.pk)
    assert seen == [("running", 1, 3), ("running", 2, 3), ("running", 3, 3)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_read_one_file_at_once(monkeypatch):
    monkeypatch.setattr(services, "HINTS", [])
    make_council(name="Adur", start_on=date(1974, 4, 1))
    run = receive()
    entered, go = threading.Event(), threading.Event()
    real = IMPORTERS["control_history"].read

    def slow(content, watch):
        entered.set()
        assert go.wait(20)
        return real(content, watch)

    monkeypatch.setattr(IMPORTERS["control_history"], "read", slow)
    answers = []

    def work():
        try:
            answers.append(reading.read_run(run_id=run.pk))
        finally:
            connections.close_all()

    first = threading.Thread(target=work)
    first.start()
    assert entered.wait(20)
    # It is RUNNING, and offered again by the sweep; but the first holds it.
    assert reading.runs_to_read() == [run.pk]
    assert reading.read_run(run_id=run.pk) == ""
    go.set()
    first.join(20)
    assert answers == ["checked"]
    assert ImportLine.objects.filter(run=run).count() == 3


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_left_is_read_by_the_next(monkeypatch):
    monkeypatch.setattr(services, "HINTS", [])
    make_council(name="Adur", start_on=date(1974, 4, 1))
    run = receive()
    ImportRun.objects.filter(pk=run.pk).update(state="running", tries=1)
    settings = {
        name: connection.get_connection_params().get(name) for name in ("host", "port", "dbname", "user", "password")
    }
    worker = psycopg.connect(**{name: value for name, value in settings.items() if value}, autocommit=True)
    worker.execute("SELECT pg_advisory_lock(%s, %s)", [reading.LOCK_SPACE, run.pk])
    assert reading.read_run(run_id=run.pk) == ""
    # As when its process is gone: the connection ends, and with it the lock.
    pid = worker.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    worker.close()
    tasks.read_waiting_imports()
    run.refresh_from_db()
    assert (run.state, run.tries) == ("checked", 2)
