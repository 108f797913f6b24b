import pytest
from django.conf import settings
from django.core import mail

from cpc.cases.models import CaseMembership, CaseState, StageEntry
from cpc.cases.stages import Stage
from cpc.casework import services
from cpc.components.errors import AlreadyMoved, Refused
from cpc.deadlines.models import Deadline
from tests.cpc.casework.conftest import advance, fresh, in_days, postpone, send_back, stand_still, verbs
from tests.factories.assessments import make_staged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("theme_sets")]


def test_postponing_keeps_date_reason_and_who_agreed_and_tells_the_members(django_capture_on_commit_callbacks):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    with django_capture_on_commit_callbacks(execute=True):
        postpone(staged, reason=" Floods ", agreed_with=" The leader ")
    case = fresh(staged.case)
    assert (case.state, case.state_reason, case.state_new_on) == (CaseState.POSTPONED, "Floods", in_days(200))
    assert (case.state_agreed_with, case.state_changed_by) == ("The leader", staged.manager)
    told = sorted(address for message in mail.outbox for address in message.to)
    others = [user.email for name, user in staged.people.items() if name not in {"programme_manager", "administrator"}]
    assert told == sorted(email for email in others if email != staged.manager.email)
    assert f"{in_days(200):%-d %B %Y}" in mail.outbox[0].subject


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"agreed_with": " "}, "agreed_with"),
        ({"new_on": -1}, "new_on"),
        ({"new_on": 0}, "new_on"),
    ],
)
def test_what_is_missing_or_past_is_refused_beside_its_field(changed, field):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    if "new_on" in changed:
        changed = {"new_on": in_days(changed["new_on"])}
    with pytest.raises(Refused) as error:
        postpone(staged, **changed)
    assert error.value.field == field
    assert fresh(staged.case).state == CaseState.ACTIVE


def test_postponing_the_same_again_is_a_second_click_and_another_date_is_not():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    postpone(staged)
    with pytest.raises(AlreadyMoved):
        postpone(staged)
    assert verbs(staged.case).count("case_postponed") == 1
    postpone(staged, new_on=in_days(250))
    assert fresh(staged.case).state_new_on == in_days(250)
    assert verbs(staged.case).count("case_postponed") == 2


def test_pausing_stops_the_case_once_and_tells_the_members(django_capture_on_commit_callbacks):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    with pytest.raises(Refused) as error:
        services.pause_case(case=staged.case, reason=" ", by=staged.manager)
    assert error.value.field == "reason"
    with django_capture_on_commit_callbacks(execute=True):
        services.pause_case(case=staged.case, reason="A by-election", by=staged.manager)
    assert (fresh(staged.case).state, fresh(staged.case).state_reason) == (CaseState.PAUSED, "A by-election")
    assert staged.peer.email in {address for message in mail.outbox for address in message.to}
    sent = len(mail.outbox)
    with pytest.raises(AlreadyMoved), django_capture_on_commit_callbacks(execute=True):
        services.pause_case(case=staged.case, reason="A by-election", by=staged.manager)
    assert len(mail.outbox) == sent
    assert verbs(staged.case).count("case_paused") == 1


@pytest.mark.parametrize("state", [CaseState.PAUSED, CaseState.POSTPONED])
def test_resuming_clears_what_stood_beside_the_stage(state, django_capture_on_commit_callbacks):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    stand_still(staged, state)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        services.resume_case(case=staged.case, by=staged.manager)
    case = fresh(staged.case)
    assert (case.state, case.state_reason, case.state_new_on, case.state_agreed_with) == (
        CaseState.ACTIVE,
        "",
        None,
        "",
    )
    assert staged.leader.email in {address for message in mail.outbox for address in message.to}
    with pytest.raises(AlreadyMoved):
        services.resume_case(case=staged.case, by=staged.manager)
    assert verbs(staged.case).count("case_resumed") == 1


def test_pausing_twice_in_a_life_tells_the_members_twice(django_capture_on_commit_callbacks):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            services.pause_case(case=staged.case, reason="A by-election", by=staged.manager)
            services.resume_case(case=staged.case, by=staged.manager)
    subjects = [message.subject for message in mail.outbox if message.to == [staged.leader.email]]
    assert sum("paused" in subject for subject in subjects) == 2


def test_cancelling_ends_the_case_its_deadlines_and_in_time_the_peers_access(django_capture_on_commit_callbacks):
    staged = make_staged(Stage.ACTION_PLAN)
    open_before = Deadline.objects.filter(case=staged.case, state="open").count()
    assert open_before
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel_case(case=staged.case, reason="The council is abolished", by=staged.programme_manager)
    case = fresh(staged.case)
    assert (case.state, case.state_reason, case.is_over) == (CaseState.CANCELLED, "The council is abolished", True)
    assert Deadline.objects.filter(case=case, state="cancelled").count() == open_before
    assert not Deadline.objects.filter(case=case, state="open").exists()
    assert StageEntry.objects.get(case=case).note == "The council is abolished"
    last = in_days(settings.PEER_ACCESS_DAYS_AFTER_END)
    for membership in CaseMembership.objects.filter(case=case):
        assert membership.ends_on == (last if membership.role.endswith("_peer") else None), membership.role
    told = {address for message in mail.outbox for address in message.to}
    assert {staged.leader.email, staged.manager.email, staged.peer.email} <= told


def test_cancelling_needs_a_reason_and_cannot_be_done_twice_or_undone():
    staged = make_staged(Stage.SELF_ASSESSMENT)
    with pytest.raises(Refused) as error:
        services.cancel_case(case=staged.case, reason="", by=staged.programme_manager)
    assert error.value.field == "reason"
    services.cancel_case(case=staged.case, reason="Abolished", by=staged.programme_manager)
    events = verbs(staged.case)
    for attempt in (
        lambda: services.cancel_case(case=staged.case, reason="Abolished", by=staged.programme_manager),
        lambda: services.resume_case(case=staged.case, by=staged.programme_manager),
        lambda: services.pause_case(case=staged.case, reason="Wait", by=staged.programme_manager),
        lambda: postpone(staged),
        lambda: send_back(staged, Stage.SELF_ASSESSMENT, Stage.SCHEDULING),
        lambda: advance(staged.case, Stage.SELF_ASSESSMENT, staged.programme_manager),
    ):
        with pytest.raises(AlreadyMoved):
            attempt()
    assert verbs(staged.case) == events
