import pytest
from django.core import mail
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.errors import GateRefused, StageClosed
from cpc.cases.models import Case, CaseMembership, CaseState, GateOverride, StageEntry
from cpc.cases.stages import Stage
from cpc.casework import services
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.deadlines.models import Deadline
from tests.cpc.casework.conftest import FIRM, WAIVABLE, advance, fresh, in_days, send_back, stand_still, verbs
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("theme_sets")]


# ------------------------------------------------------------------ starting


def test_a_case_starts_at_scheduling_with_one_open_entry_and_its_event(gate):
    entered = gate()
    council, by = make_council(), make_user("programme_manager")
    case = services.start_case(council=council, by=by)
    assert (case.stage, case.state, case.council) == (Stage.SCHEDULING, CaseState.ACTIVE, council)
    assert case.reference == f"{council.slug}-{timezone.localdate().year}"
    entry = StageEntry.objects.get(case=case)
    assert (entry.stage, entry.entered_by, entry.left_at) == (Stage.SCHEDULING, by, None)
    assert verbs(case) == ["case_started"]
    assert entered == [Stage.SCHEDULING]
    assert not CaseMembership.objects.filter(case=case).exists()


@pytest.mark.parametrize("role", ["peer_challenge_manager", "principal_adviser"])
def test_whoever_sees_only_their_own_cases_is_on_the_case_they_start(role):
    by = make_user(role)
    case = services.start_case(council=make_council(), by=by)
    assert CaseMembership.objects.get(case=case).user == by
    assert Case.objects.visible_to(by).get() == case


def test_a_council_has_one_case_of_a_kind_under_way():
    council, by = make_council(), make_user("programme_manager")
    first = services.start_case(council=council, by=by)
    with pytest.raises(Refused) as error:
        services.start_case(council=council, by=by)
    assert error.value.field == "council"
    assert first.reference in error.value.message
    visit = services.start_case(council=council, by=by, kind="support_visit")
    assert visit.reference == f"{first.reference}-2"


def test_after_a_cancelled_case_the_council_starts_another_under_its_own_reference():
    council, by = make_council(), make_user("programme_manager")
    first = services.start_case(council=council, by=by)
    services.cancel_case(case=first, reason="The council is abolished next year", by=by)
    second = services.start_case(council=council, by=by)
    assert second.reference == f"{first.reference}-2"
    services.cancel_case(case=second, reason="Again", by=by)
    assert services.start_case(council=council, by=by).reference == f"{first.reference}-3"


def test_the_reference_of_a_council_whose_name_begins_alike_is_left_alone():
    by = make_user("programme_manager")
    services.start_case(council=make_council(slug="exford-west"), by=by)
    case = services.start_case(council=make_council(slug="exford"), by=by)
    assert case.reference == f"exford-{timezone.localdate().year}"


@pytest.mark.parametrize(
    ("dates", "words"),
    [({"end_on": -1}, "ceased to exist"), ({"start_on": 1}, "does not exist yet")],
)
def test_a_council_that_does_not_exist_today_starts_nothing(dates, words):
    absent = make_council(**{name: in_days(days) for name, days in dates.items()})
    by = make_user("programme_manager")
    with pytest.raises(Refused, match=words) as error:
        services.start_case(council=absent, by=by)
    assert error.value.field == "council"
    with pytest.raises(Refused, match=words) as error:
        services.start_case(council=make_council(), joint_councils=[absent], by=by)
    assert error.value.field == "joint_council"
    assert not Case.objects.exists()


def test_a_council_on_its_last_day_and_one_on_its_first_still_start():
    by = make_user("programme_manager")
    services.start_case(council=make_council(end_on=in_days(0)), by=by)
    services.start_case(council=make_council(start_on=in_days(0)), by=by)


def test_a_joint_case_takes_its_partners_and_leaves_the_lead_out_of_them():
    lead, partner, by = make_council(name="Alder"), make_council(name="Birch"), make_user("programme_manager")
    case = services.start_case(council=lead, joint_councils=[partner, lead], by=by)
    assert list(case.joint_councils.all()) == [partner]
    assert fresh(case).title == "Alder and Birch"


def test_a_partner_of_a_joint_case_under_way_starts_no_other():
    lead, partner, other = make_council(), make_council(), make_council()
    by = make_user("programme_manager")
    joint = services.start_case(council=lead, joint_councils=[partner], by=by)
    for kwargs, field in (
        ({"council": partner}, "council"),
        ({"council": other, "joint_councils": [partner]}, "joint_council"),
        ({"council": other, "joint_councils": [lead]}, "joint_council"),
    ):
        with pytest.raises(Refused, match=joint.reference) as error:
            services.start_case(**kwargs, by=by)
        assert error.value.field == field
    assert Case.objects.count() == 1


# ------------------------------------------------------------------ moving on


def test_signing_off_moves_one_stage_on_with_entries_event_and_entrance(gate):
    staged = make_staged(Stage.SCHEDULING)
    entered = gate()
    moved = advance(staged.case, Stage.SCHEDULING, staged.manager)
    assert moved.stage == fresh(staged.case).stage == Stage.TEAM_COMPOSITION
    assert fresh(staged.case).version == staged.case.version + 1
    left, opened = StageEntry.objects.filter(case=staged.case).order_by("pk")
    assert (left.stage, left.left_by) == (Stage.SCHEDULING, staged.manager)
    assert (opened.stage, opened.entered_by, opened.left_at) == (Stage.TEAM_COMPOSITION, staged.manager, None)
    assert left.left_at == opened.entered_at
    event = Event.objects.get(case=staged.case, verb="case_advanced")
    assert (event.data["from_stage"], event.data["to_stage"]) == ("Scheduling", "Team composition")
    assert entered == [Stage.TEAM_COMPOSITION]
    assert not GateOverride.objects.exists()


def test_a_stage_with_things_outstanding_is_not_signed_off(gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(scheduling=[WAIVABLE, FIRM])
    before = verbs(staged.case)
    with pytest.raises(GateRefused) as error:
        advance(staged.case, Stage.SCHEDULING, staged.programme_manager)
    assert [item.code for item in error.value.outstanding] == ["letter", "dates"]
    assert "Send the letter" in error.value.message
    assert "Agree the onsite dates" in error.value.message
    assert fresh(staged.case).stage == Stage.SCHEDULING
    assert verbs(staged.case) == before


def test_a_programme_manager_signs_off_with_a_reason_that_is_kept_for_good(gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(scheduling=[WAIVABLE])
    advance(staged.case, Stage.SCHEDULING, staged.programme_manager, override_reason="  The letter follows ")
    assert fresh(staged.case).stage == Stage.TEAM_COMPOSITION
    override = GateOverride.objects.get(case=staged.case)
    assert (override.stage, override.reason) == (Stage.SCHEDULING, "The letter follows")
    assert override.made_by == staged.programme_manager
    assert override.outstanding == [{"code": "letter", "text": "Send the letter", "read": "", "public": ""}]
    event = Event.objects.get(case=staged.case, verb="case_advanced_with_override")
    assert (event.by, event.data["reason"]) == (staged.programme_manager, "The letter follows")
    assert "case_advanced" not in verbs(staged.case)


@pytest.mark.parametrize("who", ["manager", "support", "administrator", "coordinator", "lead_member"])
def test_nobody_else_signs_off_with_a_reason(gate, who):
    staged = make_staged(Stage.SCHEDULING)
    gate(scheduling=[WAIVABLE])
    with pytest.raises(Refused):
        advance(staged.case, Stage.SCHEDULING, staged.people[who], override_reason="I want to")
    assert fresh(staged.case).stage == Stage.SCHEDULING
    assert not GateOverride.objects.exists()


def test_what_cannot_be_waived_stays_refused_whatever_the_reason(gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(scheduling=[WAIVABLE, FIRM])
    with pytest.raises(GateRefused):
        advance(staged.case, Stage.SCHEDULING, staged.programme_manager, override_reason="In a hurry")
    assert not GateOverride.objects.exists()


def test_a_reason_of_spaces_is_no_reason(gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(scheduling=[WAIVABLE])
    with pytest.raises(GateRefused):
        advance(staged.case, Stage.SCHEDULING, staged.programme_manager, override_reason=" \n ")


def test_a_second_click_is_told_where_the_case_is(gate):
    staged = make_staged(Stage.SCHEDULING)
    gate()
    advance(staged.case, Stage.SCHEDULING, staged.manager)
    with pytest.raises(AlreadyMoved, match="Team composition"):
        advance(staged.case, Stage.SCHEDULING, staged.manager)
    assert verbs(staged.case).count("case_advanced") == 1
    assert StageEntry.objects.filter(case=staged.case).count() == 2


def test_a_support_visit_goes_from_its_team_straight_onsite_and_closes_after_it(gate):
    by = make_user("programme_manager")
    gate()
    case = services.start_case(council=make_council(), by=by, kind="support_visit")
    for stage in (Stage.SCHEDULING, Stage.TEAM_COMPOSITION, Stage.ONSITE):
        case = advance(case, stage, by)
    assert fresh(case).state == CaseState.CLOSED
    entries = StageEntry.objects.filter(case=case).order_by("pk")
    assert [entry.stage for entry in entries] == [Stage.SCHEDULING, Stage.TEAM_COMPOSITION, Stage.ONSITE]


def test_signing_off_the_last_stage_closes_the_case(gate):
    staged = make_staged(Stage.PROGRESS_REVIEW)
    assert Deadline.objects.filter(case=staged.case, state="open").exists()
    gate()
    advance(staged.case, Stage.PROGRESS_REVIEW, staged.manager)
    case = fresh(staged.case)
    assert (case.state, case.closed_on, case.stage) == (CaseState.CLOSED, timezone.localdate(), Stage.PROGRESS_REVIEW)
    assert case.state_changed_by == staged.manager
    assert not StageEntry.objects.filter(case=case, left_at__isnull=True).exists()
    assert not Deadline.objects.filter(case=case, state="open").exists()
    assert "case_closed" in verbs(case)
    with pytest.raises(AlreadyMoved):
        advance(staged.case, Stage.PROGRESS_REVIEW, staged.manager)
    assert verbs(case).count("case_closed") == 1


def test_the_last_stage_closed_with_a_reason_keeps_the_reason(gate):
    staged = make_staged(Stage.PROGRESS_REVIEW)
    gate(progress_review=[WAIVABLE])
    advance(staged.case, Stage.PROGRESS_REVIEW, staged.programme_manager, override_reason="The council was abolished")
    assert fresh(staged.case).state == CaseState.CLOSED
    assert GateOverride.objects.get(case=staged.case).reason == "The council was abolished"
    assert Event.objects.get(case=staged.case, verb="case_advanced_with_override").data["to_stage"] == "closed"


@pytest.mark.parametrize("state", [CaseState.PAUSED, CaseState.POSTPONED])
def test_a_case_that_stands_still_is_resumed_before_it_moves(gate, state):
    staged = make_staged(Stage.SCHEDULING)
    gate()
    stand_still(staged, state)
    with pytest.raises(StageClosed, match="Resume it first"):
        advance(staged.case, Stage.SCHEDULING, staged.manager)
    services.resume_case(case=staged.case, by=staged.manager)
    advance(staged.case, Stage.SCHEDULING, staged.manager)


# ------------------------------------------------------------------ going back


def test_a_case_goes_back_with_a_reason_and_its_people_are_told(django_capture_on_commit_callbacks):
    staged = make_staged(Stage.ONSITE)
    with django_capture_on_commit_callbacks(execute=True):
        send_back(staged, Stage.ONSITE, Stage.SCHEDULING)
    assert fresh(staged.case).stage == Stage.SCHEDULING
    left = StageEntry.objects.filter(case=staged.case, left_at__isnull=False).get()
    assert (left.stage, left.note, left.left_by) == (Stage.ONSITE, "The dates moved", staged.manager)
    event = Event.objects.get(case=staged.case, verb="case_sent_back")
    assert event.data == {"from_stage": "Onsite", "to_stage": "Scheduling", "reason": "The dates moved"}
    told = {address for message in mail.outbox for address in message.to}
    assert {staged.leader.email, staged.lead_member.email} <= told
    assert staged.manager.email not in told


@pytest.mark.parametrize(
    ("from_stage", "to_stage"),
    [
        (Stage.SCHEDULING, Stage.SCHEDULING),
        (Stage.TEAM_COMPOSITION, Stage.SELF_ASSESSMENT),  # forward
        (Stage.REPORT, Stage.SCHEDULING),  # two steps once the team has been onsite
        (Stage.ACTION_PLAN, Stage.ONSITE),
        (Stage.PROGRESS_REVIEW, Stage.REPORT),
        (Stage.ONSITE, "nonsense"),
    ],
)
def test_other_returns_are_refused(from_stage, to_stage):
    staged = make_staged(from_stage)
    if to_stage == "nonsense":
        with pytest.raises((Refused, ValueError)):
            send_back(staged, from_stage, to_stage)
    else:
        with pytest.raises(Refused) as error:
            send_back(staged, from_stage, to_stage)
        assert error.value.field == "to_stage"
    assert fresh(staged.case).stage == from_stage


def test_a_support_visit_never_goes_back_to_a_stage_that_it_does_not_have(gate):
    by = make_user("programme_manager")
    gate()
    case = services.start_case(council=make_council(), by=by, kind="support_visit")
    for stage in (Stage.SCHEDULING, Stage.TEAM_COMPOSITION):
        case = advance(case, stage, by)

    def back(to_stage):
        services.send_back_case(case=case, from_stage=Stage.ONSITE, to_stage=to_stage, reason="Dates", by=by)

    with pytest.raises(Refused):
        back(Stage.SELF_ASSESSMENT)
    back(Stage.TEAM_COMPOSITION)
    assert fresh(case).stage == Stage.TEAM_COMPOSITION


def test_going_back_needs_a_reason_and_a_second_click_changes_nothing():
    staged = make_staged(Stage.ONSITE)
    with pytest.raises(Refused) as error:
        send_back(staged, Stage.ONSITE, Stage.SCHEDULING, reason="  ")
    assert error.value.field == "reason"
    send_back(staged, Stage.ONSITE, Stage.SCHEDULING)
    with pytest.raises(AlreadyMoved):
        send_back(staged, Stage.ONSITE, Stage.SCHEDULING)
    assert verbs(staged.case).count("case_sent_back") == 1


def test_a_paused_case_stays_where_it_is():
    staged = make_staged(Stage.ONSITE)
    services.pause_case(case=staged.case, reason="A by-election", by=staged.manager)
    with pytest.raises(StageClosed):
        send_back(staged, Stage.ONSITE, Stage.SCHEDULING)
    assert fresh(staged.case).stage == Stage.ONSITE


def test_a_stage_entered_again_keeps_its_first_visit(gate):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    gate()
    send_back(staged, Stage.TEAM_COMPOSITION, Stage.SCHEDULING)
    advance(staged.case, Stage.SCHEDULING, staged.manager)
    stages = StageEntry.objects.filter(case=staged.case).order_by("pk").values_list("stage", flat=True)
    assert list(stages) == [Stage.TEAM_COMPOSITION, Stage.SCHEDULING, Stage.TEAM_COMPOSITION]
    assert StageEntry.objects.filter(case=staged.case, left_at__isnull=True).count() == 1


# ------------------------------------------------------------------ the cycle


def change_start(staged, on, **changed):
    values = {"reason": "Two of three days were remote", "version": fresh(staged.case).version}
    return services.change_cycle_start(case=staged.case, on=on, by=staged.programme_manager, **values | changed)


def test_the_day_of_the_cycle_is_corrected_and_recorded_for_the_lga_alone():
    staged = make_staged(Stage.REPORT)
    change_start(staged, in_days(-50))
    assert fresh(staged.case).cycle_start_on == in_days(-50)
    event = Event.objects.get(case=staged.case, verb="cycle_start_changed")
    assert (event.audience, event.data["on"]) == ("lga", f"{in_days(-50):%-d %B %Y}")


def test_a_day_to_come_or_without_a_reason_is_refused():
    staged = make_staged(Stage.REPORT)
    before = fresh(staged.case).cycle_start_on
    for changed, field in (({"on": in_days(1)}, "on"), ({"on": in_days(-1), "reason": " "}, "reason")):
        with pytest.raises(Refused) as error:
            change_start(staged, **changed)
        assert error.value.field == field
    assert fresh(staged.case).cycle_start_on == before


def test_the_day_of_a_stale_form_is_refused_and_the_first_stays():
    staged = make_staged(Stage.REPORT)
    version = fresh(staged.case).version
    change_start(staged, in_days(-50), version=version)
    with pytest.raises(Stale):
        change_start(staged, in_days(-60), version=version)
    with pytest.raises(AlreadyMoved):  # a second click on the first form
        change_start(staged, in_days(-50), version=version)
    assert fresh(staged.case).cycle_start_on == in_days(-50)
    assert verbs(staged.case).count("cycle_start_changed") == 1
