"""The calendars reach further ahead than onsite days are agreed, and say when they do not."""

from datetime import date, timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.urls import reverse

from cpc.calendars.expected_dates import expected_dates
from cpc.calendars.models import CalendarEntry
from cpc.calendars.reference_data import ensure_calendars
from cpc.calendars.services import add_calendar_entry, change_calendar_entry, remove_calendar_entry
from cpc.calendars.warnings import KEPT_KINDS, running_out, warnings_for
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db
RELEASE = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-11-30 12:00 +0000", tick=False):
        yield


def at(clock_day):
    return time_machine.travel(f"{clock_day} 12:00 +0000", tick=False)


def test_each_kind_reaches_eighteen_months_ahead_of_the_release():
    ensure_calendars()
    assert running_out(RELEASE) == []
    ahead = RELEASE + relativedelta(months=18)
    for kind in KEPT_KINDS:
        wanted = {each.name for each in expected_dates(RELEASE, ahead) if each.kind == kind}
        held = set(CalendarEntry.objects.filter(kind=kind).values_list("name", flat=True))
        assert wanted and wanted <= held, kind


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2028, 2, 29), date(2029, 12, 31), date(2031, 9, 1)])
def test_they_reach_as_far_whenever_the_reference_data_is_loaded(day):
    with at(day):
        ensure_calendars()
        assert running_out(day) == []
        assert ensure_calendars() == 0


# Published days of other years that the usual ones are held against (two days either way).
PUBLISHED = [
    ("Commons, February", date(2024, 2, 9), date(2024, 2, 18)),
    ("Commons, February", date(2025, 2, 14), date(2025, 2, 23)),
    ("Commons, Easter", date(2026, 3, 27), date(2026, 4, 12)),
    ("Commons, Whitsun", date(2025, 5, 23), date(2025, 6, 1)),
    ("Commons, summer", date(2025, 7, 23), date(2025, 8, 31)),
    ("Commons, summer", date(2023, 7, 21), date(2023, 9, 3)),
    ("Commons, conference recess", date(2025, 9, 17), date(2025, 10, 12)),
    ("Commons, conference recess", date(2024, 9, 20), date(2024, 10, 13)),
    ("Commons, Christmas", date(2024, 12, 20), date(2025, 1, 5)),
    ("Liberal Democrat conference", date(2025, 9, 20), date(2025, 9, 23)),
    ("Labour conference", date(2025, 9, 28), date(2025, 10, 1)),
    ("Conservative conference", date(2025, 10, 5), date(2025, 10, 8)),
    ("Labour conference", date(2017, 9, 24), date(2017, 9, 27)),
    ("Schools, autumn half term", date(2025, 10, 27), date(2025, 10, 31)),
    ("Schools, Christmas", date(2024, 12, 21), date(2025, 1, 5)),
    ("Schools, spring half term", date(2026, 2, 16), date(2026, 2, 20)),
    ("Schools, Easter", date(2026, 3, 28), date(2026, 4, 12)),
    ("Schools, May half term", date(2026, 5, 25), date(2026, 5, 29)),
]


@pytest.mark.parametrize(("what", "first", "last"), PUBLISHED)
def test_the_usual_days_are_those_of_years_that_were_published(what, first, last):
    found = [each for each in expected_dates(first, last) if each.what == what]
    near = timedelta(days=2)
    assert any(abs(each.starts_on - first) <= near and abs(each.ends_on - last) <= near for each in found)


def test_what_nobody_announced_says_so_where_dates_are_agreed():
    ensure_calendars()
    found = warnings_for(make_council(), date(2027, 9, 28), date(2027, 9, 30))
    assert (
        "Party or sector conference: Labour conference 2027 (expected, not yet announced), "
        "26 September to 29 September 2027." in found
    )


def test_what_somebody_knew_better_does_not_come_back_under_its_expected_days():
    ensure_calendars()
    manager = make_user("programme_manager")
    changed = CalendarEntry.objects.get(name__startswith="Commons, summer 2027")
    change_calendar_entry(
        entry_id=changed.pk, kind="recess", name="Summer recess", starts_on=date(2027, 7, 20),
        ends_on=date(2027, 8, 30), council=None, version=0, by=manager,
    )  # fmt: skip
    gone = CalendarEntry.objects.get(name__startswith="Labour conference 2027")
    remove_calendar_entry(entry_id=gone.pk, by=manager)
    number = CalendarEntry.objects.count()
    assert ensure_calendars() == 0 and CalendarEntry.objects.count() == number


def test_what_was_announced_before_loading_is_not_doubled():
    manager = make_user("programme_manager")
    add_calendar_entry(
        kind="conference", name="Labour, Liverpool", starts_on=date(2027, 9, 25), ends_on=date(2027, 9, 29), council=None,
        by=manager,
    )  # fmt: skip
    ensure_calendars()
    held = CalendarEntry.objects.filter(kind="conference", starts_on__year=2027).values_list("name", flat=True)
    assert sorted(name.split()[0] for name in held) == ["Conservative", "LGA", "Labour,", "Liberal"]


def test_staff_read_on_the_page_that_the_calendars_run_out(client_for):
    page, manager = reverse("deadlines:calendar-list"), make_user("programme_manager")
    content = client_for(manager).get(page).content.decode()
    assert "The calendars are running out" in content and "School holiday: none is entered." in content
    ensure_calendars()
    client = client_for(manager)
    content = client.get(page).content.decode()
    assert "run out" not in content
    assert_valid_html(content)
    with at("2028-01-10"):
        content = client_for(manager).get(page).content.decode()
        assert "Parliamentary recess: the last one that is entered ends on" in content
        # Whoever cannot enter any is not asked to.
        assert "run out" not in client_for(make_user("peer_challenge_manager")).get(page).content.decode()
