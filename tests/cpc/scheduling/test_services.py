from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseRole, FocusArea
from cpc.cases.stages import Stage
from cpc.casework.services import add_member, hand_over_case, pause_case, start_case
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.deadlines.models import Deadline
from cpc.scheduling import services
from cpc.scheduling.models import DateChange, Scope
from cpc.scheduling.queries import date_warnings, scope_of
from cpc.scheduling.stage import outstanding
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def monday(weeks: int = 20) -> date:
    today = timezone.localdate()
    return today + timedelta(days=-today.weekday(), weeks=weeks)


def scheduled():
    staged = make_staged(Stage.SCHEDULING)
    Case.objects.filter(pk=staged.case.pk).update(onsite_start_on=None, onsite_end_on=None)
    staged.case.refresh_from_db()
    return staged


def agree(staged, start, end, **changed):
    """As somebody who has read every warning."""
    case = Case.objects.get(pk=staged.case.pk)
    values = {
        "reason": "",
        "seen_warnings": date_warnings(case, start, end),
        "version": case.version,
        "by": staged.manager,
    }
    return services.agree_dates(case=case, start_on=start, end_on=end, **values | changed)


def test_purpose_needs_words_when_it_is_something_else():
    staged = scheduled()
    with pytest.raises(Refused) as error:
        services.record_purpose(
            case=staged.case, purpose="other", purpose_detail=" ", requested_by="both", version=0, by=staged.manager
        )
    assert error.value.field == "purpose_detail"
    assert scope_of(staged.case).purpose == ""


def test_purpose_of_a_stale_form_is_refused_and_the_first_stays():
    staged = scheduled()
    version = scope_of(staged.case).version
    first = {"purpose": "other", "requested_by": "both", "version": version, "by": staged.manager}
    services.record_purpose(case=staged.case, purpose_detail="What the first wrote", **first)
    with pytest.raises(Stale):
        services.record_purpose(case=staged.case, purpose_detail="What the second wrote", **first)
    assert scope_of(staged.case).purpose_detail == "What the first wrote"
    assert Event.objects.filter(case=staged.case, verb="scope_recorded").count() == 1


@pytest.mark.parametrize(("leader", "chief_executive"), [(True, False), (False, True), (False, False)])
def test_set_up_meeting_without_one_of_the_two_needs_a_reason(leader, chief_executive):
    staged = scheduled()
    meeting = {
        "case": staged.case,
        "meeting_on": timezone.localdate(),
        "leader_attended": leader,
        "chief_executive_attended": chief_executive,
        "version": scope_of(staged.case).version,
        "by": staged.manager,
    }
    with pytest.raises(Refused) as error:
        services.record_set_up_meeting(absence_reason="", **meeting)
    assert error.value.field == "absence_reason"
    services.record_set_up_meeting(absence_reason="Ill that day", **meeting)
    assert scope_of(staged.case).absence_reason == "Ill that day"


def test_set_up_meeting_is_not_in_the_future():
    staged = scheduled()
    with pytest.raises(Refused) as error:
        services.record_set_up_meeting(
            case=staged.case,
            meeting_on=timezone.localdate() + timedelta(days=1),
            leader_attended=True,
            chief_executive_attended=True,
            absence_reason="",
            version=scope_of(staged.case).version,
            by=staged.manager,
        )
    assert error.value.field == "meeting_on"


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (monday(), monday() - timedelta(days=3), "end_on"),  # ends before it starts
        (monday(), monday() + timedelta(days=1), "end_on"),  # two days
        (monday(), monday() + timedelta(days=4), "end_on"),  # five days
        (monday() + timedelta(days=3), monday() + timedelta(days=5), "end_on"),  # into Saturday
        (monday() + timedelta(days=3), monday() + timedelta(days=7), "end_on"),  # over a weekend
        (monday(), monday(60), "end_on"),  # a slip of the year
        (monday(-8), monday(-8) + timedelta(days=2), "start_on"),  # gone by
    ],
)
def test_dates_that_cannot_be_are_refused_beside_their_field(start, end, field):
    staged = scheduled()
    with pytest.raises(Refused) as error:
        agree(staged, start, end)
    assert error.value.field == field
    assert not DateChange.objects.filter(case=staged.case).exists()


@pytest.mark.parametrize("days", [3, 4])
def test_dates_are_agreed_and_everybody_else_is_told(days, django_capture_on_commit_callbacks):
    staged = scheduled()
    with django_capture_on_commit_callbacks(execute=True):
        agree(staged, monday(), monday() + timedelta(days=days - 1))
    case = Case.objects.get(pk=staged.case.pk)
    assert (case.onsite_start_on, case.onsite_end_on) == (monday(), monday() + timedelta(days=days - 1))
    told = {address for message in mail.outbox for address in message.to}
    assert {staged.leader.email, staged.chief_executive.email, staged.coordinator.email} <= told
    assert staged.manager.email not in told
    assert case.onsite_days.count() == days


def test_agreed_dates_change_only_with_a_reason_and_the_second_click_changes_nothing():
    staged = scheduled()
    agree(staged, monday(), monday() + timedelta(days=2))
    with pytest.raises(AlreadyMoved):
        agree(staged, monday(), monday() + timedelta(days=2))
    with pytest.raises(Refused) as error:
        agree(staged, monday(22), monday(22) + timedelta(days=2))
    assert error.value.field == "reason"
    agree(staged, monday(22), monday(22) + timedelta(days=2), reason="The leader is away")
    changes = DateChange.objects.filter(case=staged.case).order_by("pk")
    assert [change.reason for change in changes] == ["", "The leader is away"]
    assert set(staged.case.onsite_days.values_list("on", flat=True)) == {
        monday(22) + timedelta(days=offset) for offset in range(3)
    }


def test_dates_of_a_stale_form_are_refused():
    staged = scheduled()
    version = staged.case.version
    agree(staged, monday(), monday() + timedelta(days=2))
    with pytest.raises(Stale):
        agree(staged, monday(23), monday(23) + timedelta(days=2), reason="Other", version=version)


def test_a_paused_case_and_one_that_went_onsite_keep_their_dates():
    staged = scheduled()
    pause_case(case=staged.case, reason="A by-election", by=staged.programme_manager)
    with pytest.raises(StageClosed):
        agree(staged, monday(), monday() + timedelta(days=2))
    later = make_staged(Stage.REPORT)
    with pytest.raises(StageClosed):
        agree(later, monday(), monday() + timedelta(days=2), reason="Too late")


def test_christmas_day_is_a_warning_that_must_be_read_first():
    staged = scheduled()
    year = timezone.localdate().year + 1
    while date(year, 12, 25).weekday() not in (1, 2, 3):
        year += 1
    start, end = date(year, 12, 25) - timedelta(days=1), date(year, 12, 25) + timedelta(days=1)
    with pytest.raises(services.UnreadWarnings) as error:
        agree(staged, start, end, seen_warnings=[])
    assert any("Christmas" in text for text in error.value.unseen)
    agree(staged, start, end, seen_warnings=error.value.warnings)
    assert DateChange.objects.get(case=staged.case).warnings == error.value.warnings


def test_a_manager_who_is_onsite_elsewhere_on_these_days_is_a_warning():
    staged = scheduled()
    other = start_case(council=make_council(), by=staged.programme_manager)
    add_member(case=other, user=staged.manager, role=CaseRole.PEER_CHALLENGE_MANAGER, by=staged.programme_manager)
    Case.objects.filter(pk=other.pk).update(
        onsite_start_on=monday() + timedelta(days=2), onsite_end_on=monday() + timedelta(days=4)
    )
    found = date_warnings(staged.case, monday(), monday() + timedelta(days=2), staged.manager)
    assert any(other.council.name in text for text in found)
    later = date_warnings(staged.case, monday(30), monday(30), staged.manager)
    assert not any(other.council.name in text for text in later)


def test_entering_twice_keeps_one_scope_and_the_core_areas_once():
    staged = scheduled()
    before = staged.case.focus_areas.count()
    services.open_scheduling(staged.case, staged.manager)
    assert staged.case.focus_areas.count() == before
    assert Scope.objects.filter(case=staged.case).count() == 1
    assert all(area.is_core for area in staged.case.focus_areas.all())


def test_own_areas_of_focus_are_added_renamed_and_removed():
    staged = scheduled()
    area = services.add_focus_area(case=staged.case, name="  Coastal towns ", description="", by=staged.manager)
    assert area.name == "Coastal towns"
    with pytest.raises(Refused) as error:
        services.add_focus_area(case=staged.case, name="COASTAL TOWNS", description="", by=staged.manager)
    assert error.value.field == "name"
    services.change_focus_area(area=area, name="Harbours", description="", version=area.version, by=staged.manager)
    with pytest.raises(Stale):
        services.change_focus_area(area=area, name="Piers", description="", version=area.version, by=staged.manager)
    services.remove_focus_area(area=area, by=staged.manager)
    with pytest.raises(AlreadyMoved):
        services.remove_focus_area(area=area, by=staged.manager)


def test_core_areas_keep_their_names_and_stay():
    staged = scheduled()
    core = staged.case.focus_areas.first()
    with pytest.raises(Refused):
        services.change_focus_area(
            area=core, name="Something else", description="", version=core.version, by=staged.manager
        )
    with pytest.raises(Refused):
        services.remove_focus_area(area=core, by=staged.manager)
    assert FocusArea.objects.filter(pk=core.pk).exists()


def test_what_is_outstanding_names_each_need_until_it_is_met():
    staged = scheduled()
    assert {item.code for item in outstanding(staged.case, None)} == {
        "purpose",
        "requested_by",
        "set_up_meeting",
        "dates",
    }
    assert [item.code for item in outstanding(staged.case, None) if not item.waivable] == ["dates"]
    bare = start_case(council=make_council(), by=staged.programme_manager)
    assert "manager" in {item.code for item in outstanding(bare, None) if not item.waivable}
    services.record_purpose(
        case=staged.case,
        purpose="other",
        purpose_detail="Help with the budget",
        requested_by="both",
        version=scope_of(staged.case).version,
        by=staged.manager,
    )
    services.record_set_up_meeting(
        case=staged.case,
        meeting_on=timezone.localdate(),
        leader_attended=True,
        chief_executive_attended=True,
        absence_reason="",
        version=scope_of(staged.case).version,
        by=staged.manager,
    )
    agree(staged, monday(), monday() + timedelta(days=2))
    assert outstanding(Case.objects.get(pk=staged.case.pk), None) == []


def test_only_lga_staff_can_be_named_manager():
    staged = scheduled()

    def name_manager(to):
        hand_over_case(case=staged.case, role=CaseRole.PEER_CHALLENGE_MANAGER, to=to, by=staged.programme_manager)

    with pytest.raises(Refused):
        name_manager(staged.leader)
    successor = make_user("peer_challenge_manager")
    name_manager(successor)
    assert staged.case.memberships.get(role=CaseRole.PEER_CHALLENGE_MANAGER, removed_at=None).user == successor


def test_agreed_dates_start_the_clocks_before_the_onsite_and_move_them():
    staged = scheduled()
    agree(staged, monday(), monday() + timedelta(days=2))
    due = dict(Deadline.objects.filter(case=staged.case).values_list("kind", "due_on"))
    assert due == {
        "team_confirmed": monday() - timedelta(days=56),
        "statement_submitted": monday() - timedelta(days=35),
        "pack_released": monday() - timedelta(days=18),
    }
    agree(staged, monday(24), monday(24) + timedelta(days=2), reason="The leader is away")
    assert Deadline.objects.get(case=staged.case, kind="pack_released").due_on == monday(24) - timedelta(days=18)


def test_at_short_notice_nothing_is_late_on_the_day_it_is_promised():
    staged = scheduled()
    agree(staged, monday(3), monday(3) + timedelta(days=2))
    assert Deadline.objects.get(case=staged.case, kind="team_confirmed").due_on == timezone.localdate()


def test_a_support_visit_has_no_statement_to_be_late_with():
    staged = make_staged(Stage.SCHEDULING)
    visit = start_case(council=make_council(), by=staged.manager, kind="support_visit")
    services.agree_dates(
        case=visit,
        start_on=monday(),
        end_on=monday(),
        seen_warnings=date_warnings(visit, monday(), monday()),
        version=visit.version,
        by=staged.manager,
    )
    assert not Deadline.objects.filter(case=visit).exists()
