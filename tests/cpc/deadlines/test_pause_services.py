from datetime import timedelta

import pytest

from cpc.audit.models import Event
from cpc.deadlines.models import ReminderPause
from cpc.deadlines.pause_services import lift_pause, pause_reminders
from cpc.deadlines.services import DeadlineRefused
from tests.cpc.deadlines.conftest import START
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = timedelta(days=1)


@pytest.fixture
def boss():
    return make_user("programme_manager")


def test_the_same_pause_twice_is_one_and_no_address_is_in_the_record(boss):
    values = {"email": " Casey@Example.org ", "reason": "On leave", "ends_on": START + 7 * DAY, "by": boss}
    assert pause_reminders(**values) == pause_reminders(**values)
    pause = ReminderPause.objects.get()
    assert (pause.email, pause.starts_on) == ("casey@example.org", START)
    event = Event.objects.get(verb="reminders_paused")
    assert "casey" not in str(event.data)
    assert event.data["about"] == "one person"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": ""}, "email"),
        ({"council": True}, "email"),
        ({"reason": "  "}, "reason"),
        ({"ends_on": START - DAY}, "ends_on"),
        ({"ends_on": START + 367 * DAY}, "ends_on"),
    ],
)
def test_what_cannot_be_paused_is_refused_beside_its_field(boss, changed, field):
    values = {"email": "casey@example.org", "reason": "On leave", "ends_on": START + 366 * DAY, "by": boss}
    if "council" in changed:
        changed = {"council": make_council()}
    with pytest.raises(DeadlineRefused) as refused:
        pause_reminders(**values | changed)
    assert refused.value.field == field
    assert not ReminderPause.objects.exists()


def test_a_pause_is_lifted_once_and_one_that_is_over_is_not(boss, clock):
    council = make_council()
    pause = pause_reminders(council=council, reason="Reorganisation", ends_on=START + DAY, by=boss)
    other = pause_reminders(council=council, reason="Other", ends_on=START + DAY, by=boss)
    assert [lift_pause(pause_id=pause.pk, by=boss) for _ in range(2)] == [True, False]
    pause.refresh_from_db()
    assert pause.lifted_by == boss
    assert Event.objects.get(verb="reminder_pause_lifted").council == council
    clock.move_to(f"{START + 2 * DAY}T12:00:00+00:00")
    assert not lift_pause(pause_id=other.pk, by=boss)
