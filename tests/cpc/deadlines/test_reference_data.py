from datetime import date

import pytest

from cpc.calendars.models import CalendarEntry
from cpc.calendars.reference_data import CALENDAR, ensure_calendars
from cpc.deadlines.kinds import KINDS
from cpc.deadlines.models import DeadlineRule
from cpc.reminders.models import ReminderRule
from cpc.reminders.reference_data import DEFAULT_REMINDERS
from tests.factories.rules import ensure_default_rules

pytestmark = pytest.mark.django_db


def test_everything_is_loaded_once():
    assert ensure_default_rules() == len(KINDS) + len(DEFAULT_REMINDERS)
    assert ensure_calendars() == CalendarEntry.objects.count() > len(CALENDAR)
    assert (ensure_default_rules(), ensure_calendars()) == (0, 0)
    assert list(DeadlineRule.objects.values_list("kind", flat=True)) == list(KINDS)


def test_loading_again_keeps_what_was_edited_and_adds_what_is_missing():
    ensure_default_rules()
    ensure_calendars()
    DeadlineRule.objects.filter(kind="report_public").update(months=4)
    ReminderRule.objects.filter(offset_days=-28).update(is_active=False)
    CalendarEntry.objects.filter(name="Commons, summer").update(ends_on=date(2025, 8, 30))
    DeadlineRule.objects.filter(kind="pack_released").delete()
    assert (ensure_default_rules(), ensure_calendars()) == (1, 0)
    assert DeadlineRule.objects.get(kind="report_public").months == 4
    assert not ReminderRule.objects.get(offset_days=-28).is_active
    assert CalendarEntry.objects.get(name="Commons, summer").ends_on == date(2025, 8, 30)


def test_each_deadline_is_reminded_of_before_and_after_and_the_lga_hears_of_late_ones():
    offsets = {side: {offset for offset, to in DEFAULT_REMINDERS if to == side} for side in ("owner", "LGA")}
    assert min(offsets["owner"]) < 0 < max(offsets["owner"])
    assert min(offsets["LGA"]) > 0
