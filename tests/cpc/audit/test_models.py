"""What the database itself refuses, whoever asks (migration 0002_guards)."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cpc.audit.models import Event
from cpc.audit.services import record
from cpc.cases.models import Case, CaseMembership, StageEntry
from cpc.cases.stages import Stage
from cpc.casework.services import pause_case
from tests.factories.accounts import make_user
from tests.factories.cases import make_cases
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return make_user("programme_manager")


def bare_case(by):
    """A case about which nothing is recorded in this transaction."""
    council = make_council()
    return Case.objects.create(reference=council.slug, council=council, created_by=by)


def check_now():
    """As at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda event: Event.objects.filter(pk=event.pk).update(verb="case_closed"),
        lambda event: Event.objects.filter(pk=event.pk).update(data={}),
        lambda event: event.save(),
        lambda event: event.delete(),
        lambda event: Event.objects.filter(pk=event.pk)._raw_delete("default"),
        lambda event: Event.objects.bulk_update([event], ["audience"]),
    ],
)
def test_events_are_never_changed_or_deleted(by, attempt):
    event = record(verb="calendar_entry_added", by=by, data={"name": "Budget council"})
    with pytest.raises(DatabaseError, match="Events are never changed or deleted"), transaction.atomic():
        attempt(event)
    kept = Event.objects.get(pk=event.pk)
    assert (kept.verb, kept.data) == ("calendar_entry_added", {"name": "Budget council"})


def test_plain_sql_is_refused_too(by):
    event = record(verb="calendar_entry_added", by=by, data={"name": "Budget council"})
    for sql in ("UPDATE cpc_event SET at = now() WHERE id = %s", "DELETE FROM cpc_event WHERE id = %s"):
        with pytest.raises(DatabaseError, match="never"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [event.pk])
    assert Event.objects.filter(pk=event.pk).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda case, by: Case.objects.filter(pk=case.pk).update(stage=Stage.REPORT),
        lambda case, by: Case.objects.filter(pk=case.pk).update(state="paused", state_reason="Because"),
        lambda case, by: StageEntry.objects.create(case=case, stage=case.stage, entered_by=by),
        lambda case, by: CaseMembership.objects.create(
            case=case, user=by, role="support_officer", starts_on=date(2026, 1, 1), added_by=by
        ),
    ],
)
def test_a_change_of_a_case_without_its_event_cannot_be_saved(by, change):
    case, other = bare_case(by), bare_case(by)
    # An event about another case is no excuse.
    record(verb="case_resumed", by=by, case=other)
    with pytest.raises(IntegrityError, match="without its event"), transaction.atomic():
        change(case, by)
        check_now()
    with transaction.atomic():
        change(case, by)
        record(verb="case_resumed", by=by, case=case)
        check_now()


@pytest.mark.django_db(transaction=True)
def test_an_event_of_an_earlier_transaction_does_not_answer_for_a_later_change(by):
    with transaction.atomic():
        (case,) = make_cases(1, by=by)
    with pytest.raises(IntegrityError, match="without its event"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(stage=Stage.REPORT)
    # Nobody can claim another transaction's event: the database names the transaction itself.
    old = Event.objects.get(case=case)
    with transaction.atomic():
        forged = Event.objects.create(verb="case_paused", case=case, by=by, transaction=old.transaction)
    forged.refresh_from_db()
    assert forged.transaction != old.transaction
    pause_case(case=case, reason="A by-election", by=by)
    case.refresh_from_db()
    assert (case.stage, case.state) == (Stage.ONSITE, "paused")
