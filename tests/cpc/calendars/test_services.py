from datetime import date

import pytest

from cpc.audit.models import Event
from cpc.calendars import services
from cpc.calendars.models import CalendarEntry
from cpc.components.errors import Refused, Stale
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

WORDS = {
    "kind": "recess",
    "name": "Commons, Whitsun",
    "starts_on": date(2027, 5, 27),
    "ends_on": date(2027, 6, 6),
    "council": None,
}


def add(by=None, **changed):
    return services.add_calendar_entry(by=by or make_user("programme_manager"), **WORDS | changed)


def change(entry, by=None, **changed):
    by = by or make_user("programme_manager")
    return services.change_calendar_entry(entry_id=entry.pk, version=0, by=by, **WORDS | changed)


def logged(verb):
    return Event.objects.filter(verb=verb, case__isnull=True).count()


def test_the_same_entry_again_is_the_same_and_on_record_once():
    assert add(name=" Commons, Whitsun ") == add()
    assert CalendarEntry.objects.get().name == "Commons, Whitsun"
    assert logged("calendar_entry_added") == 1


def test_an_entry_that_ends_before_it_starts_or_has_a_twin_is_refused():
    entry = add()
    for attempt in (
        lambda: add(ends_on=date(2027, 5, 26)),
        lambda: change(entry, ends_on=date(2027, 5, 26)),
    ):
        with pytest.raises(Refused) as error:
            attempt()
        assert error.value.field == "ends_on"
    other = add(name="Other")
    for attempt in (lambda: add(ends_on=date(2027, 6, 7)), lambda: add(kind="other"), lambda: change(other)):
        with pytest.raises(Refused) as error:
            attempt()
        assert error.value.field == "name"
    assert add(council=make_council()) != entry
    assert CalendarEntry.objects.count() == 3
    assert logged("calendar_entry_changed") == 0


def test_an_entry_is_changed_once_and_a_stale_form_is_refused():
    entry = add()
    for _ in range(2):
        assert change(entry, name="Lords, Whitsun").version == 1
    assert logged("calendar_entry_changed") == 1
    with pytest.raises(Stale) as error:
        change(entry, name="Both, Whitsun")
    assert error.value.now.name == "Lords, Whitsun"
    assert CalendarEntry.objects.get().name == "Lords, Whitsun"


def test_an_entry_is_removed_once_and_then_cannot_be_changed():
    entry, by = add(), make_user("administrator")
    assert [services.remove_calendar_entry(entry_id=entry.pk, by=by) for _ in range(2)] == [True, False]
    assert logged("calendar_entry_removed") == 1
    with pytest.raises(Refused, match="Someone removed this entry"):
        change(entry, name="Lords, Whitsun")
    assert not CalendarEntry.objects.exists()
