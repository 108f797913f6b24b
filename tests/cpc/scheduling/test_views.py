from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import Stage
from cpc.casework.services import cancel_case
from cpc.notifications.models import Message
from cpc.scheduling import services
from cpc.scheduling.models import DateChange, Scope
from cpc.scheduling.queries import scope_of
from tests.counting import count_queries
from tests.cpc.scheduling.test_services import agree, monday, scheduled
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"scheduling:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def text(response):
    return response.content.decode()


def saved_now(page):
    return text(page).split("What is saved now")[1].split("</dl>")[0]


def events(staged, verb):
    return Event.objects.filter(case=staged.case, verb=verb).count()


def day_of(name, day):
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def purpose(**changed):
    form = {"purpose": "validate", "purpose_detail": "", "requested_by": "leader", "off_cycle_reason": "", "version": 0}
    return form | changed


def meeting(**changed):
    form = {"leader_attended": "yes", "chief_executive_attended": "no", "absence_reason": "Ill", "version": 0}
    return form | day_of("meeting_on", timezone.localdate() - timedelta(days=3)) | changed


def dates(staged, *, weeks=20, days=3, **changed):
    start = monday(weeks)
    form = day_of("start_on", start) | day_of("end_on", start + timedelta(days=days - 1))
    return form | {"reason": "", "version": Case.objects.get(pk=staged.case.pk).version} | changed


def agreed(client, staged, form):
    """Press the button, and again when warnings were shown, as a person would who has read them."""
    page = client.post(url(staged, "dates-edit"), form)
    if page.status_code == 422 and page.context["warnings"]:
        page = client.post(url(staged, "dates-edit"), form | {"seen": page.context["warnings"]})
    return page


# ------------------------------------------------------------------ purpose and meeting


@pytest.mark.parametrize(
    ("name", "form", "other", "now", "mine", "verb"),
    [
        (
            "purpose-edit",
            purpose(purpose_detail="First words", off_cycle_reason="A new leader"),
            {"purpose_detail": "My own words"},
            ["Test and validate", "First words", "The leader", "A new leader"],
            "My own words",
            "scope_recorded",
        ),
        (
            "meeting-edit",
            None,
            {"absence_reason": "My own words", "leader_attended": "no"},
            ["Yes", "No", "Ill"],
            "My own words",
            "set_up_meeting_recorded",
        ),
    ],
)
def test_a_second_click_is_quiet_and_a_stale_form_shows_every_field(client_for, name, form, other, now, mine, verb):
    staged = scheduled()
    form = form or meeting()
    for _ in range(2):
        assert " saved" in text(client_for(staged.manager).post(url(staged, name), form, follow=True))
    assert events(staged, verb) == 1
    page = client_for(staged.support).post(url(staged, name), form | other)
    assert page.status_code == 409
    for words in now:
        assert words in saved_now(page)
    assert mine in text(page)
    seen = form | other | {"version": Scope.objects.get(case=staged.case).version}
    assert client_for(staged.support).post(url(staged, name), seen).status_code == 302
    assert mine in text(client_for(staged.manager).get(url(staged)))


@pytest.mark.parametrize(
    ("name", "changed", "refusal"),
    [
        ("purpose-edit", {"purpose": ""}, "Choose what the council wants from its peer challenge"),
        ("purpose-edit", {"purpose": "other"}, "Enter what the council wants from its peer challenge"),
        ("purpose-edit", {"purpose_detail": "x" * 4001}, "must be 4000 characters or fewer. You entered 4001."),
        ("meeting-edit", {"absence_reason": " "}, "Enter why the leader or the chief executive did not attend"),
        ("meeting-edit", {"leader_attended": ""}, "Choose yes if the leader attended"),
        ("meeting-edit", {"meeting_on-year": "2199"}, "The set-up meeting must be today or in the past"),
        ("meeting-edit", {"meeting_on-day": "31", "meeting_on-month": "2"}, "must be a real date"),
    ],
)
def test_a_scope_that_cannot_be_comes_back_as_typed(client_for, name, changed, refusal):
    staged = scheduled()
    form = (purpose() if name == "purpose-edit" else meeting()) | changed
    page = client_for(staged.manager).post(url(staged, name), form)
    assert page.status_code == 422
    assert refusal in text(page)
    assert "<title>Error: " in text(page)
    assert not scope_of(staged.case).purpose
    assert scope_of(staged.case).meeting_on is None


# ------------------------------------------------------------------ dates


def test_dates_are_agreed_once_and_moved_with_a_reason(client_for):
    staged = scheduled()
    client, form = client_for(staged.manager), dates(staged)
    assert agreed(client, staged, form).status_code == 302
    told = Message.objects.count()
    assert told > 0
    # The second click finds what it asked for: it is not called stale, and nobody is told twice.
    again = client.post(url(staged, "dates-edit"), form, follow=True)
    assert "Dates agreed." in text(again)
    assert (DateChange.objects.count(), Message.objects.count()) == (1, told)
    moved = client.post(url(staged, "dates-edit"), dates(staged, weeks=22))
    assert moved.status_code == 422
    assert "Enter why the dates change" in text(moved)
    assert agreed(client, staged, dates(staged, weeks=22, reason="The leader is away")).status_code == 302
    assert "The leader is away" in text(client.get(url(staged)))


def test_a_second_click_on_the_dates_is_told_kindly(client_for):
    staged = scheduled()
    client = client_for(staged.manager)
    agree(staged, monday(), monday() + timedelta(days=2))
    page = client.post(url(staged, "dates-edit"), dates(staged))
    assert page.status_code == 422
    assert "These are already the agreed dates, so nothing was changed." in text(page)


def test_stale_dates_show_those_that_stand(client_for):
    staged = scheduled()
    mine = dates(staged, weeks=22, reason="My own reason")
    agree(staged, monday(), monday() + timedelta(days=2))
    page = client_for(staged.manager).post(url(staged, "dates-edit"), mine)
    assert page.status_code == 409
    assert f"{monday():%-d %B %Y}" in saved_now(page)
    assert "My own reason" in text(page)
    assert Case.objects.get(pk=staged.case.pk).onsite_start_on == monday()


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"end_on-year": "2020"}, "The last onsite day must be the same as or after the first"),
        ({"start_on-year": "2020", "end_on-year": "2020"}, "The onsite days must be|must be today or in the future"),
        ({"start_on-day": "31", "start_on-month": "2"}, "First onsite day must be a real date"),
        ({"days": 2}, "The team is onsite for 3 to 4 days; these dates make 2."),
        ({"days": 6}, "The onsite days must be consecutive days from Monday to Friday"),
    ],
)
def test_dates_that_cannot_be_come_back_as_typed(client_for, changed, refusal):
    staged = scheduled()
    days = changed.get("days", 3)
    form = dates(staged, days=days) | {name: value for name, value in changed.items() if name != "days"}
    page = client_for(staged.manager).post(url(staged, "dates-edit"), form)
    assert page.status_code == 422
    assert any(words in text(page) for words in refusal.split("|"))
    assert f'value="{form["end_on-year"]}"' in text(page)
    assert Case.objects.get(pk=staged.case.pk).onsite_start_on is None


@time_machine.travel("2026-11-10 09:00Z", tick=False)
def test_warnings_are_read_before_dates_are_agreed(client_for):
    """Christmas Day 2026 is a Friday."""
    staged = scheduled()
    client = client_for(staged.manager)
    form = {"reason": "", "version": staged.case.version}
    form |= {"start_on-day": 23, "start_on-month": 12, "start_on-year": 2026}
    form |= {"end_on-day": 25, "end_on-month": 12, "end_on-year": 2026}
    page = client.post(url(staged, "dates-edit"), form)
    assert page.status_code == 422
    assert "Read the warnings about these dates, then confirm them." in text(page)
    assert "Christmas Day" in text(page)
    assert Case.objects.get(pk=staged.case.pk).onsite_start_on is None
    page = client.post(url(staged, "dates-edit"), form | {"seen": page.context["warnings"]}, follow=True)
    assert "Dates agreed. Everyone on the peer challenge has been told." in text(page)
    assert "Christmas Day" in text(page)
    assert "Christmas Day" not in text(client_for(staged.leader).get(url(staged)))


def test_dates_of_a_case_that_is_over_are_refused(client_for):
    staged = scheduled()
    cancel_case(case=staged.case, reason="The council is abolished", by=staged.programme_manager)
    page = client_for(staged.manager).post(url(staged, "dates-edit"), dates(staged, reason="My own reason"))
    assert page.status_code == 422
    assert "My own reason" in text(page)
    assert "cancelled" in text(page)


# ------------------------------------------------------------------ manager


def test_the_manager_is_named_once_and_a_stale_form_shows_who_it_is(client_for):
    staged = scheduled()
    where, seen = url(staged, "manager-edit"), staged.case.memberships.get(role=CaseRole.PEER_CHALLENGE_MANAGER).pk
    first, second = make_user("peer_challenge_manager"), make_user("peer_challenge_manager")
    client = client_for(staged.programme_manager)
    assert f'name="version" value="{seen}"' in text(client.get(where))
    for _ in range(2):
        page = client.post(where, {"manager": first.pk, "version": seen}, follow=True)
        assert "Peer challenge manager named. They have been told." in text(page)
    assert events(staged, "case_handed_over") == 1
    page = client.post(where, {"manager": second.pk, "version": seen})
    assert page.status_code == 409
    assert first.full_name in saved_now(page)
    now = staged.case.memberships.get(role=CaseRole.PEER_CHALLENGE_MANAGER, removed_at=None)
    assert now.user == first
    assert client.post(where, {"manager": second.pk, "version": now.pk}).status_code == 302


def test_somebody_of_the_council_or_with_a_closed_account_is_no_choice(client_for):
    staged = scheduled()
    gone = make_user("peer_challenge_manager", is_active=False)
    for person in (staged.leader, gone):
        page = client_for(staged.manager).post(url(staged, "manager-edit"), {"manager": person.pk, "version": 0})
        assert page.status_code == 422
        assert "Choose from the list" in text(page)


# ------------------------------------------------------------------ areas of focus


def test_an_area_is_added_once_changed_knowingly_and_removed_once(client_for):
    staged = scheduled()
    client = client_for(staged.manager)
    form = {"name": "Coastal towns", "description": "Housing", "version": 0}
    assert "Area of focus added" in text(client.post(url(staged, "focus-area-add"), form, follow=True))
    again = client.post(url(staged, "focus-area-add"), form)
    assert again.status_code == 422
    assert "already has an area of focus with this name" in text(again)
    area = staged.case.focus_areas.get(name="Coastal towns")
    where = url(staged, "focus-area-edit", pk=area.pk)
    for _ in range(2):
        page = client.post(where, form | {"description": "Housing and work"}, follow=True)
        assert "Area of focus saved" in text(page)
    assert events(staged, "focus_area_changed") == 1
    page = client_for(staged.support).post(where, form | {"description": "My own words"})
    assert page.status_code == 409
    assert "Housing and work" in saved_now(page)
    assert "My own words" in text(page)
    away = url(staged, "focus-area-remove", pk=area.pk)
    assert "Remove “Coastal towns”?" in text(client.get(away))
    assert "Area of focus removed" in text(client.post(away, follow=True))
    assert "already removed" in text(client.post(away, follow=True))
    late = client_for(staged.support).post(where, form | {"description": "My own words"})
    assert late.status_code == 422
    assert "removed while you were writing" in text(late)
    assert "My own words" in text(late)
    assert client.get(where).status_code == 404


def test_a_core_area_stays_and_says_so(client_for):
    staged = scheduled()
    core, client = staged.case.focus_areas.first(), client_for(staged.manager)
    page = client.post(url(staged, "focus-area-remove", pk=core.pk), follow=True)
    assert "The five core areas are part of every Corporate Peer Challenge." in text(page)
    form = {"name": "Another name", "description": "", "version": core.version}
    page = client.post(url(staged, "focus-area-edit", pk=core.pk), form)
    assert page.status_code == 422
    assert "The five core areas keep their names." in text(page)


# ------------------------------------------------------------------ who


CHANGES = ["purpose-edit", "meeting-edit", "dates-edit", "manager-edit", "focus-area-add"]


@pytest.mark.parametrize("name", CHANGES)
def test_the_council_and_the_peers_read_and_do_not_change(client_for, name):
    staged = scheduled()
    for who in ("leader", "coordinator", "lead_member"):
        client = client_for(staged.people[who])
        page = client.get(url(staged))
        assert page.status_code == 200
        assert url(staged, name) not in text(page)
        assert client.post(url(staged, name), purpose()).status_code == 403
    assert client_for(scheduled().manager).post(url(staged, name)).status_code == 404


@pytest.mark.parametrize("name", ["purpose-edit", "meeting-edit", "focus-area-add"])
def test_what_was_typed_comes_back_when_the_stage_was_signed_off_meanwhile(client_for, name):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    form = purpose(purpose_detail="My own words") | meeting(absence_reason="My own words")
    form |= {"name": "My own words", "description": ""}
    page = client_for(staged.manager).post(url(staged, name), form)
    assert page.status_code == 422
    assert "My own words" in text(page)
    assert "There is a problem" in text(page)
    assert not Scope.objects.filter(case=staged.case).exclude(purpose="").exists()


def test_an_empty_page_says_what_is_not_there_yet(client_for):
    staged = scheduled()
    page = text(client_for(staged.leader).get(url(staged)))
    assert page.count("Not recorded yet") == 3
    assert "Not agreed yet" in page


def test_the_page_costs_the_same_with_one_and_three_changes(client_for):
    staged = scheduled()
    client = client_for(staged.manager)
    agree(staged, monday(), monday() + timedelta(days=2))
    client.get(url(staged))
    with_one = count_queries(lambda: client.get(url(staged)))
    for weeks in (22, 24):
        agree(staged, monday(weeks), monday(weeks) + timedelta(days=2), reason="Again")
        services.add_focus_area(case=staged.case, name=f"Area {weeks}", description="", by=staged.manager)
    assert count_queries(lambda: client.get(url(staged))) == with_one <= 17
