from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from councils.models import Council
from cpc.calendars.models import CalendarEntry
from cpc.cases.models import CaseMembership
from cpc.casework.services import pause_case
from cpc.deadlines.models import Deadline
from cpc.deadlines.services import meet_deadline, revise_deadline
from tests.counting import count_queries
from tests.cpc.conftest import DUE, START
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def text(response):
    return unescape(response.content.decode())


def words(response):
    """The page without the white space between its words."""
    return " ".join(text(response).split())


def day(name, day, month, year):
    return {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}


def refused(response, *sentences, field, status=422):
    """The page came back whole; each sentence stands in the summary and beside its field."""
    assert response.status_code == status
    assert_valid_html(response.content.decode())
    assert field in response.context["form"].errors
    for sentence in sentences:
        assert text(response).count(sentence) >= 2, sentence


# ------------------------------------------------------------------ the deadlines of a case


def page_of(promise):
    return reverse("cases:deadlines", args=[promise.case.reference])


def form_of(promise):
    return reverse("cases:deadline-revise", args=[promise.case.reference, promise.deadline.pk])


GOOD = {"reason": "The leader fell ill", "agreed_with": "The chief executive", "version": "0"}


def test_the_page_shows_the_first_date_the_reason_and_who_agreed(make_promise, client_for):
    promise = make_promise()
    client = client_for(promise.coordinator)
    page = client.get(page_of(promise))
    assert_valid_html(page.content.decode())
    assert "30 June 2027" in text(page)
    assert "Agree a new date" in text(page)
    assert "first 30" not in text(page)
    done = client.post(form_of(promise), GOOD | day("due_on", 1, 9, 2027), follow=True)
    assert_valid_html(done.content.decode())
    assert "New date agreed. The first date stays on record." in text(done)
    assert "first 30 June 2027. The leader fell ill Agreed with The chief executive." in words(done)
    # Back on the first date, why it moved is still there to be read.
    revise_deadline(
        deadline=promise.deadline,
        due_on=DUE,
        reason="She is well again",
        agreed_with="The leader",
        version=1,
        by=promise.manager,
    )
    assert "She is well again Agreed with The leader." in words(client.get(page_of(promise)))


def test_late_and_met_are_told_and_what_is_met_has_no_form(make_promise, client_for):
    promise = make_promise(due_on=START - timedelta(days=1))
    client = client_for(promise.manager)
    assert ">Late<" in text(client.get(page_of(promise)))
    meet_deadline(case=promise.case, kind="report_public", on=START, by=promise.boss)
    page = client.get(page_of(promise))
    assert "Met on 16 November 2026" in text(page)
    assert ">Late<" not in text(page)
    assert "Agree a new date" not in text(page)
    assert client.get(form_of(promise)).status_code == 403
    assert client.post(form_of(promise), GOOD | day("due_on", 1, 9, 2027)).status_code == 403


@pytest.mark.parametrize(
    ("posted", "field", "sentence"),
    [
        (day("due_on", 31, 2, 2027), "due_on", "New date must be a real date"),
        (day("due_on", 30, 2, 2028), "due_on", "New date must be a real date"),
        (day("due_on", "", 2, 2027), "due_on", "New date must include a day"),
        (day("due_on", "", "", ""), "due_on", "Enter the new date"),
        (day("due_on", 1, 9, 27), "due_on", "Year must include 4 numbers"),
        (day("due_on", "x", "\x00", "²"), "due_on", "New date must include a month"),
        (day("due_on", 30, 6, 2027), "due_on", "Enter a date that is different from the current one"),
        (day("due_on", 15, 11, 2026), "due_on", "The new date must be today or in the future"),
        ({"reason": " "}, "reason", "Enter why the date changes"),
        ({"reason": "x" * 2001}, "reason", "Why the date changes must be 2000 characters or fewer"),
        ({"agreed_with": ""}, "agreed_with", "Enter who agreed the new date"),
        ({"agreed_with": "x" * 201}, "agreed_with", "Who agreed it must be 200 characters or fewer"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_what_was_typed_comes_back(
    make_promise, client_for, posted, field, sentence
):
    promise = make_promise()
    sent = GOOD | day("due_on", 1, 9, 2027) | posted
    page = client_for(promise.manager).post(form_of(promise), sent)
    refused(page, sentence, field=field)
    for name in ("reason", "agreed_with"):
        assert sent[name].strip() in text(page)
    for part in ("day", "month", "year"):
        typed = str(sent[f"due_on-{part}"])
        if typed and "\x00" not in typed:
            assert f'value="{typed}"' in text(page), part
    deadline = Deadline.objects.get()
    assert (deadline.due_on, deadline.version, deadline.late_reason) == (DUE, 0, "")


def test_29_february_of_a_leap_year_is_a_real_date(make_promise, client_for):
    promise = make_promise()
    client_for(promise.manager).post(form_of(promise), GOOD | day("due_on", 29, 2, 2028))
    assert Deadline.objects.get().due_on == date(2028, 2, 29)


def test_a_stale_form_shows_both_texts_and_saving_again_replaces(make_promise, client_for):
    promise = make_promise()
    revise_deadline(
        deadline=promise.deadline,
        due_on=date(2027, 8, 1),
        reason="What the first wrote",
        agreed_with="The leader",
        version=0,
        by=promise.boss,
    )
    client = client_for(promise.manager)
    page = client.post(form_of(promise), GOOD | day("due_on", 1, 9, 2027))
    assert page.status_code == 409
    assert_valid_html(page.content.decode())
    for each in ("1 August 2027", "What the first wrote", "The leader", *list(GOOD.values())[:2], 'value="9"'):
        assert each in text(page), each
    assert page.context["form"]["version"].value() == "1"
    again = client.post(form_of(promise), GOOD | {"version": "1"} | day("due_on", 1, 9, 2027))
    assert again.status_code == 302
    deadline = Deadline.objects.get()
    assert (deadline.due_on, deadline.first_due_on) == (date(2027, 9, 1), DUE)


def test_the_second_click_is_told_the_same_as_the_first(make_promise, client_for):
    promise = make_promise()
    client = client_for(promise.manager)
    answers = [client.post(form_of(promise), GOOD | day("due_on", 1, 9, 2027)) for _ in range(2)]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, page_of(promise))] * 2
    assert Deadline.objects.get().version == 1


def test_a_deadline_of_another_case_is_not_found_under_this_one(make_promise, client_for):
    promise, other = make_promise(), make_promise()
    address = reverse("cases:deadline-revise", args=[promise.case.reference, other.deadline.pk])
    for user in (promise.boss, promise.manager, promise.coordinator):
        assert client_for(user).post(address, GOOD | day("due_on", 1, 9, 2027)).status_code == 404
    assert client_for(promise.manager).get(page_of(other)).status_code == 404


def test_a_paused_case_offers_no_new_dates(make_promise, client_for):
    promise = make_promise()
    pause_case(case=promise.case, reason="A by-election", by=promise.boss)
    client = client_for(promise.boss)
    page = client.get(page_of(promise))
    assert "Agree a new date" not in text(page)
    assert client.post(form_of(promise), GOOD | day("due_on", 1, 9, 2027)).status_code == 403
    assert Deadline.objects.get().due_on == DUE


def test_that_nobody_of_a_side_is_reminded_can_be_read_on_the_page(make_promise, client_for):
    promise = make_promise()
    client = client_for(promise.boss)
    assert "reminders go to others" not in text(client.get(page_of(promise)))
    CaseMembership.objects.filter(user=promise.coordinator).delete()
    page = client.get(page_of(promise))
    assert_valid_html(page.content.decode())
    assert "No one from the council is on this peer challenge: its reminders go to others at the LGA." in text(page)
    Council.objects.filter(pk=promise.case.council_id).update(end_on=START - timedelta(days=1))
    name = promise.case.council.name
    assert f"{name} ceased to exist after 15 November 2026: its reminders" in text(client.get(page_of(promise)))
    # Nothing is open: nobody needs to be told.
    meet_deadline(case=promise.case, kind="report_public", on=START, by=promise.boss)
    assert "reminders go to others" not in text(client.get(page_of(promise)))


@pytest.mark.parametrize("who", ["boss", "manager", "coordinator", "administrator"])
def test_the_page_costs_the_same_with_one_three_and_three_hundred_deadlines(make_promise, client_for, who):
    promise = make_promise()
    client = client_for(make_user(who) if who == "administrator" else getattr(promise, who))
    # The dearest page: open and met ones of both sides.
    Deadline.objects.create(
        case=promise.case,
        kind="met",
        label="Met",
        due_on=DUE,
        first_due_on=DUE,
        owner_role="LGA",
        state="met",
        met_on=DUE,
    )
    Deadline.objects.create(
        case=promise.case, kind="other", label="Other", due_on=DUE, first_due_on=DUE, owner_role="LGA"
    )
    client.get(page_of(promise))
    costs = []
    for number in (0, 2, 297):
        for each in range(number):
            kind = f"kind-{number}-{each}"
            Deadline.objects.create(
                case=promise.case, kind=kind, label=kind, due_on=DUE, first_due_on=DUE, owner_role="Council"
            )
        costs.append(count_queries(lambda: client.get(page_of(promise))))
    assert costs[0] == costs[1] == costs[2] <= 12


# ------------------------------------------------------------------ the calendars


LIST = "deadlines:calendar-list"
ENTRY = {"kind": "recess", "name": "Commons, Whitsun", "council": "", "version": "0"}
DAYS = day("starts_on", 27, 5, 2027) | day("ends_on", 6, 6, 2027)


@pytest.fixture
def client(client_for):
    return client_for(make_user("programme_manager"))


def entry(name="Commons, Whitsun", **changed):
    values = {"kind": "recess", "name": name, "starts_on": date(2027, 5, 27), "ends_on": date(2027, 6, 6)}
    return CalendarEntry.objects.create(**values | changed)


def edit(entry):
    return reverse("deadlines:calendar-edit", args=[entry.pk])


def test_an_entry_is_added_and_the_second_click_adds_no_other(client):
    council = make_council()
    for _ in range(2):
        page = client.post(reverse("deadlines:calendar-add"), ENTRY | DAYS | {"council": council.pk}, follow=True)
        assert_valid_html(page.content.decode())
        assert "Calendars saved" in text(page)
    found = CalendarEntry.objects.get()
    assert (found.name, found.starts_on, found.ends_on, found.council) == (
        "Commons, Whitsun",
        date(2027, 5, 27),
        date(2027, 6, 6),
        council,
    )


@pytest.mark.parametrize(
    ("posted", "field", "sentence"),
    [
        (day("starts_on", 31, 2, 2027), "starts_on", "First day must be a real date"),
        (day("ends_on", 31, 6, 2027), "ends_on", "Last day must be a real date"),
        (day("ends_on", 26, 5, 2027), "ends_on", "The last day must be the same as or after the first"),
        ({"name": " "}, "name", "Enter a name"),
        ({"name": "x" * 151}, "name", "Name must be 150 characters or fewer"),
        ({"kind": ""}, "kind", "Choose the kind"),
        ({"name": "There before"}, "name", "The calendars already have an entry with this name and first day"),
    ],
)
@pytest.mark.parametrize("form", ["add", "edit"])
def test_a_refused_entry_comes_back_as_it_was_typed(client, form, posted, field, sentence):
    entry("There before", kind="other")
    address = edit(entry("To be changed")) if form == "edit" else reverse("deadlines:calendar-add")
    sent = ENTRY | DAYS | posted
    page = client.post(address, sent)
    refused(page, sentence, field=field)
    assert sent["name"].strip() in text(page)
    for part in ("starts_on-day", "ends_on-day", "starts_on-year"):
        assert f'value="{sent[part]}"' in text(page)
    assert set(CalendarEntry.objects.values_list("name", flat=True)) <= {"There before", "To be changed"}


@pytest.mark.parametrize("council", ["999999999999999999", "x", "\x00", "-1", "9" * 90])
def test_a_council_that_is_none_is_refused(client, council):
    page = client.post(reverse("deadlines:calendar-add"), ENTRY | DAYS | {"council": council})
    assert page.status_code == 422
    assert not CalendarEntry.objects.exists()


def test_an_entry_is_changed_and_a_stale_form_shows_everything_that_changed(client):
    council = make_council()
    found = entry()
    page = client.get(edit(found))
    assert_valid_html(page.content.decode())
    assert 'value="Commons, Whitsun"' in text(page)
    done = client.post(edit(found), ENTRY | DAYS | {"name": "Lords, Whitsun", "kind": "other", "council": council.pk})
    assert done.status_code == 302
    # The second click of the same form.
    again = client.post(edit(found), ENTRY | DAYS | {"name": "Lords, Whitsun", "kind": "other", "council": council.pk})
    assert again.status_code == 302
    stale = client.post(edit(found), ENTRY | DAYS | {"name": "Both, Whitsun"})
    assert stale.status_code == 409
    assert_valid_html(stale.content.decode())
    section = text(stale).partition("What is saved now")[2].partition("</section>")[0]
    for each in ("Lords, Whitsun", "Other", "27 May 2027", "6 June 2027", council.name):
        assert each in section, each
    assert 'value="Both, Whitsun"' in text(stale)
    assert stale.context["form"]["version"].value() == "1"
    assert CalendarEntry.objects.get().name == "Lords, Whitsun"
    client.post(edit(found), ENTRY | DAYS | {"name": "Both, Whitsun", "version": "1"})
    assert CalendarEntry.objects.get().name == "Both, Whitsun"


def test_a_form_whose_entry_somebody_removed_loses_nothing(client):
    found = entry()
    CalendarEntry.objects.all().delete()
    page = client.post(edit(found), ENTRY | DAYS | {"name": "What was typed"})
    assert page.status_code == 422
    assert_valid_html(page.content.decode())
    assert "Someone removed this entry while you were writing." in text(page)
    assert 'value="What was typed"' in text(page)
    assert client.get(edit(found)).status_code == 404


def test_an_entry_is_removed_after_a_question_and_the_second_click_is_told(client):
    found = entry()
    address = reverse("deadlines:calendar-remove", args=[found.pk])
    page = client.get(address)
    assert_valid_html(page.content.decode())
    assert "Remove “Commons, Whitsun”?" in text(page)
    assert CalendarEntry.objects.exists()
    assert "Removed" in text(client.post(address, follow=True))
    assert not CalendarEntry.objects.exists()
    assert "This entry was already removed." in text(client.post(address, follow=True))


def test_past_entries_are_shown_on_request_and_today_is_not_past(client):
    entry("Until yesterday", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 15))
    entry("Until today", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 16))
    shown = text(client.get(reverse(LIST)))
    assert "Until today" in shown
    assert "Until yesterday" not in shown
    everything = client.get(reverse(LIST), {"past": "yes"})
    assert "Until yesterday" in text(everything)
    assert_valid_html(everything.content.decode())


def test_the_list_has_pages_and_keeps_the_past_among_them(client):
    for number in range(30):
        entry(f"Entry {number:02}", starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 2))
    assert "No dates yet." in text(client.get(reverse(LIST)))
    first = client.get(reverse(LIST), {"past": "yes"})
    assert "past=yes" in first.content.decode()
    assert "Entry 29" not in text(first)
    assert "Entry 29" in text(client.get(reverse(LIST), {"past": "yes", "page": 2}))
    for page in ("x", "-1", "999999999999"):
        assert client.get(reverse(LIST), {"past": "yes", "page": page}).status_code == 200


@pytest.mark.parametrize(
    ("role", "reads", "changes"),
    [
        ("programme_manager", 200, 200),
        ("administrator", 200, 200),
        ("peer_challenge_manager", 200, 403),
        ("support_officer", 200, 403),
        ("coordinator", 403, 403),
        ("peer", 403, 403),
    ],
)
def test_who_reads_the_calendars_and_who_changes_them(client_for, role, reads, changes):
    client, found = client_for(make_user(role)), entry()
    page = client.get(reverse(LIST))
    assert page.status_code == reads
    assert ("Add an entry" in text(page)) == (changes == 200)
    for address in (reverse("deadlines:calendar-add"), edit(found)):
        assert client.get(address).status_code == changes
        assert client.post(address, {}).status_code == (422 if changes == 200 else 403)
    posted = client.post(reverse("deadlines:calendar-remove", args=[found.pk]))
    assert posted.status_code == (302 if changes == 200 else 403)
    assert CalendarEntry.objects.exists() == (changes == 403)


def test_the_list_costs_the_same_with_one_three_and_three_hundred_entries(client):
    client.get(reverse(LIST))
    costs = []
    for number in (1, 2, 297):
        for each in range(number):
            entry(f"Entry {number} {each}", council=make_council())
        costs.append(count_queries(lambda: client.get(reverse(LIST))))
    assert costs[0] == costs[1] == costs[2] <= 12


def test_days_without_reminders_are_set_shown_and_changed_back(client_for):
    client = client_for(make_user("programme_manager"))
    values = {
        "kind": "other",
        "name": "Closed",
        "version": "0",
        **day("starts_on", 24, 12, 2026),
        **day("ends_on", 31, 12, 2026),
    }
    assert client.post(reverse("deadlines:calendar-add"), values | {"is_quiet": "yes"}).status_code == 302
    entry = CalendarEntry.objects.get()
    assert entry.is_quiet
    assert "no reminders are sent" in words(client.get(reverse("deadlines:calendar-list")))
    url = reverse("deadlines:calendar-edit", args=[entry.pk])
    assert 'value="yes" checked' in words(client.get(url))
    assert client.post(url, values | {"is_quiet": "no"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.is_quiet, entry.version) == (False, 1)
