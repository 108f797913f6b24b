"""Looked at, applied, discarded, taken back."""

import hashlib
from datetime import date

import pytest

from councils.imports.reading import read_run
from councils.imports.services import apply_import, check_file, discard_import, reread_import, undo_import
from councils.models import ImportRun, PoliticalControl, Seats
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.components.errors import Refused, Stale
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

HEADER = "id,authority,year,total,con,lab,ld,other,nat,majority,plurality"
CONTENT = f"{HEADER}\n1,Adur,2014,3,2,1,0,0,0,Con,Con\n2,Adur,2015,3,1,2,0,0,0,Lab,Lab\n3,Nowhere,2015,1,1,0,0,0,0,Con,Con\n".encode()


@pytest.fixture
def adur():
    return make_council(name="Adur", start_on=date(1974, 4, 1))


@pytest.fixture
def keeper():
    return make_user("administrator")


def check(by=None, content=CONTENT):
    return check_file(source="control_history", file_name="history.csv", content=content, by=by)


def seats():
    return sorted(Seats.objects.values_list("year", "party", "number"))


def test_a_file_is_looked_at_and_nothing_changes_until_it_is_applied(adur, keeper):
    run = check(by=keeper)
    assert (run.state, run.added, run.changed, run.unchanged, run.refused, run.rows_total) == ("checked", 2, 0, 0, 1, 3)
    assert (run.file_name, run.file_hash, run.uploaded_by) == (
        "history.csv",
        hashlib.sha256(CONTENT).hexdigest(),
        keeper,
    )
    assert run.refusals == [{"line": 4, "column": "authority", "value": "Nowhere", "reason": "is not in the register"}]
    assert not PoliticalControl.objects.exists() and not Seats.objects.exists() and not Event.objects.exists()

    applied = apply_import(run=run, by=keeper)
    assert (applied.state, applied.applied_by, applied.content) == ("applied", keeper, None)
    assert seats() == [
        (2014, "Conservative", 2),
        (2014, "Labour", 1),
        (2015, "Conservative", 1),
        (2015, "Labour", 2),
    ]
    event = Event.objects.get()
    assert (event.verb, event.by, event.audience) == ("import_applied", keeper, "lga")
    assert "history.csv" in sentence(
        event.verb, event.data
    ) and "2 added, 0 changed, 1 refused, 0 outside the register" in sentence(event.verb, event.data)
    # A second click changes nothing and is no second event.
    assert apply_import(run=run, by=keeper).state == "applied"
    assert Event.objects.count() == 1
    again = check()
    assert (again.added, again.changed, again.unchanged, again.changes) == (0, 0, 2, [])


def test_what_changed_since_it_was_looked_at_is_not_overwritten(adur):
    run = check()
    PoliticalControl.objects.create(council=adur, year=2015, control="Liberal Democrat")
    with pytest.raises(Stale, match="has changed since"):
        apply_import(run=run, by=None)
    assert PoliticalControl.objects.count() == 1 and not Event.objects.exists()
    assert ImportRun.objects.get().state == "checked"
    run = reread_import(run=run, by=None)
    assert (run.state, run.added, run.changes) == ("waiting", 0, [])
    # Once more while it waits is no second event.
    assert reread_import(run=run, by=None).state == "waiting"
    assert list(Event.objects.values_list("verb", flat=True)) == ["import_reread"]
    assert read_run(run_id=run.pk) == "checked"
    run.refresh_from_db()
    assert (run.added, run.changed) == (1, 1)
    apply_import(run=run, by=None)
    assert PoliticalControl.objects.get(year=2015).control == "Labour"


def test_undo_takes_back_what_nobody_changed_and_names_the_rest(adur, keeper):
    PoliticalControl.objects.create(council=adur, year=2014, control="Liberal Democrat")
    Seats.objects.create(council=adur, year=2014, party="Green", number=3)
    run = apply_import(run=check(), by=keeper)
    assert (2014, "Green", 3) not in seats()
    PoliticalControl.objects.filter(year=2015).update(control="Labour, Green")
    Seats.objects.get(year=2015, party="Labour").delete()
    with pytest.raises(
        Stale, match=r"someone changed this since: Adur, 2015 \(seats of labour\); Adur, 2015 \(control\)"
    ):
        undo_import(run=run, by=keeper)
    assert PoliticalControl.objects.get(year=2014).control == "Conservative"
    assert not Event.objects.filter(verb="import_undone").exists()
    kept = undo_import(run=run, leave_changed=True, by=keeper)
    assert sorted((change.model, change.text) for change in kept) == [
        ("councils.PoliticalControl", "Adur, 2015"),
        ("councils.Seats", "Adur, 2015"),
    ]
    assert dict(PoliticalControl.objects.values_list("year", "control")) == {
        2014: "Liberal Democrat",
        2015: "Labour, Green",
    }
    assert seats() == [(2014, "Green", 3)]
    run.refresh_from_db()
    assert (run.state, run.undone_by) == ("undone", keeper)
    event = Event.objects.get(verb="import_undone")
    assert "2 changes stay" in sentence(event.verb, event.data)
    assert undo_import(run=run, by=keeper) == [] and Event.objects.filter(verb="import_undone").count() == 1
    with pytest.raises(Refused, match="cannot be changed: undone"):
        apply_import(run=run, by=keeper)


def test_a_row_that_was_removed_does_not_come_back_over_another(adur):
    Seats.objects.create(council=adur, year=2014, party="Green", number=3)
    run = apply_import(run=check(), by=None)
    Seats.objects.create(council=adur, year=2014, party="Green", number=1)
    assert [change.after for change in undo_import(run=run, leave_changed=True, by=None)] == [None]
    assert seats() == [(2014, "Green", 1)]


def test_only_the_last_import_that_changed_anything_is_undone(adur):
    first = apply_import(run=check(), by=None)
    second = apply_import(run=check(content=CONTENT.replace(b"2,1,0,0,0,Con,Con", b"3,0,0,0,0,Con,Con")), by=None)
    nothing = apply_import(run=check(content=CONTENT.replace(b"2,1,0,0,0,Con,Con", b"3,0,0,0,0,Con,Con")), by=None)
    for run in (first, nothing):
        with pytest.raises(Refused, match="Only the last import"):
            undo_import(run=run, by=None)
    undo_import(run=second, by=None)
    undo_import(run=first, by=None)
    assert seats() == [] and not PoliticalControl.objects.exists()


def test_a_discarded_file_is_gone_and_can_be_neither_applied_nor_undone(adur, keeper):
    run = check()
    for _ in range(2):
        run = discard_import(run=run, by=keeper)
    assert (run.state, run.content, run.changes) == ("discarded", None, [])
    assert [event.verb for event in Event.objects.all()] == ["import_discarded"]
    for act in (apply_import, reread_import):
        with pytest.raises(Refused, match="cannot be changed: discarded"):
            act(run=run, by=keeper)
    with pytest.raises(Refused, match="Only an import that was applied"):
        undo_import(run=run, by=keeper)


def test_an_unknown_source_is_refused(keeper):
    with pytest.raises(Refused) as refused:
        check_file(source="nothing", file_name="x", content=b"x", by=keeper)
    assert refused.value.field == "source"


def test_half_an_import_is_none(adur, monkeypatch):
    run = check()
    monkeypatch.setattr("councils.imports.services.announce", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        apply_import(run=run, by=None)
    assert not PoliticalControl.objects.exists() and ImportRun.objects.get().state == "checked"
