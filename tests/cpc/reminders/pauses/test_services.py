from datetime import timedelta

import pytest

from councils.models import Contact, ContactRole
from cpc.audit.models import Event
from cpc.components.errors import Refused, Stale
from cpc.reminders.models import Reminder, ReminderPause
from cpc.reminders.pauses.services import lift_pause, pause_reminders
from cpc.reminders.sweep import sweep
from tests.cpc.conftest import START
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = timedelta(days=1)


@pytest.fixture
def boss():
    return make_user("programme_manager")


def test_the_same_pause_twice_is_one_and_no_address_is_in_the_record(boss):
    make_user("leader", email="casey@example.org")
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
    with pytest.raises(Refused) as refused:
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


def test_reminders_of_a_paused_case_are_not_sent_and_the_last_is_said_afterwards(make_promise, clock):
    """docs/decisions/0003-reminders.md: what is held back waits; what was missed is made good once."""
    promise, other = make_promise(due_on=START + 8 * DAY), make_promise(due_on=START + 8 * DAY)
    pause_reminders(case=promise.case, reason="The leader is ill", ends_on=START + 6 * DAY, by=promise.manager)
    # The other case is told of what is near, then a week before; of this one nobody hears while the pause lasts.
    assert [sweep(START + number * DAY) for number in range(7)] == [1, 1, 0, 0, 0, 0, 0]
    assert not Reminder.objects.filter(case=promise.case).exists()
    assert Reminder.objects.filter(case=other.case).exists()
    clock.move_to(f"{START + 7 * DAY}T12:00:00+00:00")
    assert sweep(START + 7 * DAY) == 1
    assert sweep(START + 7 * DAY) == 0
    said = Reminder.objects.get(case=promise.case)
    assert (said.email, said.send_on) == (promise.coordinator.email, START + DAY)


def test_a_pause_of_a_case_that_is_lifted_lets_its_reminders_go_the_same_day(make_promise):
    promise = make_promise(due_on=START + 7 * DAY)
    pause = pause_reminders(case=promise.case, reason="Other", ends_on=START + 6 * DAY, by=promise.manager)
    assert sweep(START) == 0
    lift_pause(pause_id=pause.pk, by=promise.manager)
    assert sweep(START) == 1


def test_a_case_that_is_over_and_a_page_from_before_are_refused(make_promise):
    promise = make_promise()
    values = {"case": promise.case, "reason": "Other", "ends_on": START + DAY, "by": promise.manager}
    first = pause_reminders(seen=0, **values)
    assert pause_reminders(seen=0, **values) == first
    with pytest.raises(Stale) as refused:
        pause_reminders(seen=0, **values | {"reason": "Another"})
    assert refused.value.now == first
    second = pause_reminders(seen=first.pk, **values | {"reason": "Another"})
    promise.case.state = "closed"
    with pytest.raises(Refused, match="over"):
        pause_reminders(seen=second.pk, **values | {"reason": "Third"})
    assert ReminderPause.objects.count() == 2


@pytest.mark.parametrize("gone", ["never", "closed", "contact who left"])
def test_an_address_that_nobody_has_is_named_and_not_paused(boss, gone):
    """The real person would go on getting mail, and nobody would know."""
    if gone == "closed":
        make_user("leader", email="casey@example.org", is_active=False)
    elif gone == "contact who left":
        make_contact("casey@example.org", ended_on=START - DAY)
    with pytest.raises(Refused, match="No one who gets reminders has this address") as refused:
        pause_reminders(email="casey@example.org", reason="On leave", ends_on=START + DAY, by=boss)
    assert refused.value.field == "email"
    assert not ReminderPause.objects.exists()


def make_contact(email, **changed):
    values = {"council": make_council(), "role": ContactRole.LEADER, "name": "Casey", "started_on": START - 99 * DAY}
    return Contact.objects.create(**values | {"email": email} | changed)


def test_a_contact_of_a_council_can_be_paused_without_an_account(boss):
    make_contact("casey@example.org")
    pause_reminders(email="Casey@example.org", reason="On leave", ends_on=START + DAY, by=boss)
    assert ReminderPause.objects.get().email == "casey@example.org"
