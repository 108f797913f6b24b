"""Only what differs from the rule is kept, and working days go by it at once."""

import json
import time
from datetime import date

import pytest
from django.urls import reverse

from councils.imports.registry import IMPORTERS
from councils.imports.services import apply_import, check_file, undo_import
from cpc.calendars import bank_holidays as kept
from cpc.calendars.importers import NATIONS
from cpc.calendars.models import BankHolidayChange
from cpc.calendars.working_days import add_working_days, bank_holiday_name, bank_holidays_by_rule, is_working_day
from cpc.reminders.timing import Timing, spans
from tests.councils.imports.raw import raw_file, twice
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

CORONATION = date(2031, 5, 12)


def file(*years, added=(), without=()):
    """The list of these years as the rule has it, with days added to and taken from each division."""
    told = {}
    for division, (nation, *_) in NATIONS.items():
        days = [(on, name) for year in years for on, name in bank_holidays_by_rule(year, nation).items()]
        events = [
            {"title": name, "date": on.isoformat(), "notes": "", "bunting": True}
            for on, name in days
            if (division, on) not in without
        ]
        events += [{"title": name, "date": str(on)} for of, on, name in added if of == division]
        told[division] = {"division": division, "events": events}
    return json.dumps(told).encode()


def check(content):
    return check_file(source="bank_holidays", file_name="bank-holidays.json", content=content, by=None)


def told(run):
    return [(each["line"], each["column"], each["value"], each["reason"]) for each in run.refusals]


def changes():
    return list(BankHolidayChange.objects.values_list("nation", "on", "name", "is_holiday"))


def test_a_day_that_is_added_counts_at_once_and_undone_at_once(django_capture_on_commit_callbacks):
    kept.forget()
    assert is_working_day(CORONATION)
    content = file(2031, added=[("england-and-wales", CORONATION, "Coronation")])
    with django_capture_on_commit_callbacks(execute=True):
        run = apply_import(run=check(content), by=None)
    assert (run.added, run.changed, run.refused) == (1, 0, 0)
    assert changes() == [("England", CORONATION, "Coronation", True), ("Wales", CORONATION, "Coronation", True)]
    line = run.lines.get(outcome="added")
    assert line.text == "England and Wales, 12 May 2031: Coronation"
    assert ["England: name", "", "Coronation"] in line.details
    for nation, name in (("England", "Coronation"), ("Wales", "Coronation"), ("Scotland", "")):
        assert bank_holiday_name(CORONATION, nation) == name
    assert add_working_days(date(2031, 5, 9), 1) == date(2031, 5, 13)
    assert check(content).changes == []
    with django_capture_on_commit_callbacks(execute=True):
        undo_import(run=run, by=None)
    assert changes() == [] and is_working_day(CORONATION)


def test_a_day_that_is_moved_and_one_that_comes_back():
    may = date(2031, 5, 5)
    assert bank_holiday_name(may) == "Early May bank holiday"
    moved = file(
        2031,
        added=[("england-and-wales", date(2031, 5, 8), "Early May bank holiday")],
        without=[("england-and-wales", may)],
    )
    assert twice("bank_holidays", moved)[0][:2] == (2, 0)
    assert is_working_day(may) and not is_working_day(date(2031, 5, 8)) and not is_working_day(may, "Scotland")
    assert changes()[0] == ("England", may, "Early May bank holiday", False)
    # The government thinks again: nothing differs from the rule any more.
    run = apply_import(run=check(file(2031)), by=None)
    assert (run.added, run.changed) == (0, 2)
    assert changes() == [] and not is_working_day(may)
    undo_import(run=run, by=None)
    assert len(changes()) == 4 and is_working_day(may)


def test_years_that_the_file_does_not_tell_are_left():
    apply_import(run=check(file(2031, added=[("scotland", CORONATION, "Coronation")])), by=None)
    apply_import(run=check(file(2032)), by=None)
    assert [row[:2] for row in changes()] == [("Scotland", CORONATION)]


@pytest.mark.parametrize(
    ("added", "column", "value", "reason"),
    [
        (("scotland", "2031-02-31", "A"), "scotland, date", "2031-02-31", "is not a date like"),
        (("scotland", "", "A"), "scotland, date", "", "is not a date like"),
        (("scotland", "1800-01-01", "A"), "scotland, date", "1800-01-01", "does not lie between 1974 and 2199"),
        (("scotland", CORONATION, ""), "scotland, title", "", "is empty"),
        (("scotland", CORONATION, "=A1"), "scotland, title", "=A1", "looks like a formula"),
        (("scotland", "2031-01-01", "Again"), "scotland, date", "2031-01-01", "is in the file twice: see line 9"),
        (("scotland", "2033-01-03", "Cut"), "scotland, date", "2033-01-03", "2033 has only 1 days in the file"),
    ],
)
def test_a_day_that_is_not_right_is_named_and_the_others_stand(added, column, value, reason):
    run = check(file(2031, added=[added]))
    assert (run.added, run.changed, run.refused, run.unchanged) == (0, 0, 1, 8 + 9 + 10)
    ((line, *rest, why),) = told(run)
    assert (line, rest) == (18, [column, value]) and reason in why


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"england-and-wales": 1}',
        b'{"england-and-wales": {"events": {}}, "scotland": {"events": []}, "northern-ireland": {"events": []}}',
        b"\x00",
    ],
)
def test_a_file_of_another_kind_is_refused_whole(content):
    run = check(content)
    assert (run.added, run.refused, len(run.refusals)) == (0, 1, 1)


def test_an_event_that_is_no_event_is_refused():
    content = json.loads(file(2031))
    content["scotland"]["events"] += [None, 7, {"date": {"a": 1}, "title": []}]
    assert check(json.dumps(content).encode()).refused == 3


def test_many_questions_cost_one_statement_a_minute(monkeypatch):
    BankHolidayChange.objects.create(nation="England", on=CORONATION, name="Coronation", is_holiday=True)
    kept.forget()
    ask = lambda: [is_working_day(date(2031, 5, day)) for day in range(1, 31)]  # noqa: E731
    assert count_queries(ask) == 1
    assert count_queries(ask) == 0 and not ask()[11]
    # What another process has imported is seen a minute later at the latest.
    BankHolidayChange.objects.all().delete()
    now = time.monotonic()
    monkeypatch.setattr(kept.time, "monotonic", lambda: now + kept.KEPT_SECONDS + 1)
    assert ask()[11]


def test_reminders_count_their_working_days_by_it():
    rule = Timing(pk=1, kind="", offset_days=1, in_working_days=True, recipients="LGA", waits_for_working_day=False)
    today = date(2031, 5, 13)

    def days_spoken_of():
        return {(span.from_on, span.until_on, span.nation) for span in spans((rule,), today, 0, False)}

    before = days_spoken_of()
    apply_import(run=check(file(2031, added=[("england-and-wales", CORONATION, "Coronation")])), by=None)
    assert days_spoken_of() != before


def test_the_changes_stand_on_the_page_of_dates(client_for):
    client = client_for(make_user("programme_manager"))
    url = reverse("deadlines:calendar-list")
    assert "No changes to bank holidays" in client.get(url).content.decode()
    BankHolidayChange.objects.create(nation="Scotland", on=date(2099, 5, 12), name="Coronation", is_holiday=True)
    one = count_queries(lambda: client.get(url))
    BankHolidayChange.objects.create(nation="Wales", on=date(2099, 5, 4), name="Early May", is_holiday=False)
    BankHolidayChange.objects.create(nation="Wales", on=date(2012, 5, 4), name="Long ago", is_holiday=True)
    assert count_queries(lambda: client.get(url)) == one
    content = client.get(url).content.decode()
    assert_valid_html(content)
    assert "12 May 2099" in content and "Working day (exception)" in content and "Long ago" not in content
    assert "Long ago" in client.get(url + "?past=yes").content.decode()


def test_the_source_is_known_to_pages_and_command():
    assert IMPORTERS["bank_holidays"].endings == ("json",)


@pytest.mark.parametrize("content", raw_file("bank-holidays.json"), ids=lambda content: "raw")
def test_the_whole_file_agrees_with_the_rule(content):
    assert twice("bank_holidays", content) == ((0, 0, 472, 0), (0, 0, 472, 0))
    assert changes() == []
