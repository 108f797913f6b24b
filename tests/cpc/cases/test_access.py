from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.models import Case, CaseMembership, CaseRole, CaseState
from cpc.cases.stages import STAGES, Stage
from cpc.casework import services
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db


def again(user: User) -> User:
    """As the next request would load them."""
    return User.objects.get(pk=user.pk)


def sees(user: User, case: Case) -> bool:
    """By the query, and by the question about one case of many: the two never differ."""
    found = Case.objects.visible_to(again(user)).filter(pk=case.pk).exists()
    assert access.knows_of(again(user), case.pk) is found
    return found


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def test_who_sees_which_case():
    staged, other = make_staged(Stage.ONSITE), make_staged(Stage.ONSITE)
    for who in (
        "manager",
        "support",
        "leader",
        "coordinator",
        "chief_executive",
        "lead_member",
        "lead_officer",
        "peer",
    ):
        assert sees(staged.people[who], staged.case), who
        assert not sees(staged.people[who], other.case), who
    for who in ("programme_manager", "administrator"):
        assert sees(staged.people[who], other.case), who
    # A colleague of the host council without a membership, and LGA staff of other cases.
    for role, extra in (("leader", {"council": staged.case.council}), ("principal_adviser", {}), ("peer", {})):
        assert not sees(make_user(role, **extra), staged.case), role


def test_a_deactivated_account_sees_nothing():
    staged = make_staged(Stage.ONSITE)
    User.objects.filter(pk=staged.manager.pk).update(is_active=False)
    assert not sees(staged.manager, staged.case)


def test_access_ends_in_the_moment_of_removal():
    staged = make_staged(Stage.ONSITE)
    membership = CaseMembership.objects.get(case=staged.case, user=staged.peer)
    user = membership.user
    assert access.is_team(user, staged.case)
    assert sees(user, staged.case)
    services.remove_member(membership=membership, reason="Illness", by=staged.manager)
    assert not sees(user, staged.case)
    assert not access.roles_on(again(user), staged.case)
    assert not again(user).has_perm("cpc.view_case", staged.case)


@pytest.mark.parametrize(
    ("ends", "starts", "open_today"), [(0, -9, True), (-1, -9, False), (9, 1, False), (9, 0, True)]
)
def test_a_membership_gives_access_from_its_first_to_its_last_day(ends, starts, open_today):
    staged = make_staged(Stage.ONSITE)
    CaseMembership.objects.filter(case=staged.case, user=staged.peer).update(
        starts_on=in_days(starts), ends_on=in_days(ends)
    )
    assert sees(staged.peer, staged.case) is open_today
    assert access.is_team(again(staged.peer), staged.case) is open_today


def test_peers_keep_access_for_the_agreed_days_after_the_end_and_the_council_keeps_its_own():
    staged = make_staged(Stage.ONSITE)
    services.cancel_case(case=staged.case, reason="Abolished", by=staged.programme_manager)
    membership = CaseMembership.objects.get(case=staged.case, user=staged.peer)
    last = in_days(settings.PEER_ACCESS_DAYS_AFTER_END)
    days = {on: membership in CaseMembership.objects.in_force(on) for on in (last, last + timedelta(days=1))}
    assert list(days.values()) == [True, False]
    host = CaseMembership.objects.get(case=staged.case, user=staged.leader)
    assert host in CaseMembership.objects.in_force(last + timedelta(days=1000))


def test_an_end_that_was_agreed_before_is_not_put_off_by_the_end_of_the_case():
    staged = make_staged(Stage.ONSITE)
    CaseMembership.objects.filter(case=staged.case, user=staged.peer).update(ends_on=in_days(2))
    services.cancel_case(case=staged.case, reason="Abolished", by=staged.programme_manager)
    assert CaseMembership.objects.get(case=staged.case, user=staged.peer).ends_on == in_days(2)


def test_a_role_alone_gives_nothing_and_an_administrator_reads_no_content():
    staged = make_staged(Stage.ONSITE)
    stranger = make_user("peer_challenge_manager")
    assert not access.is_case_lga(stranger, staged.case)
    assert not access.manages_case(stranger, staged.case)
    assert not access.is_case_lga(staged.administrator, staged.case)
    assert access.sees_overview(staged.administrator, staged.case)
    assert access.manages_case(staged.programme_manager, staged.case)
    assert access.is_case_lga(staged.support, staged.case)
    assert not access.manages_case(staged.support, staged.case)


def test_somebody_who_left_the_lga_manages_nothing_even_with_their_old_membership():
    staged = make_staged(Stage.ONSITE)
    User.objects.filter(pk=staged.manager.pk).update(role="peer")
    assert not access.manages_case(again(staged.manager), staged.case)
    assert not access.is_case_lga(again(staged.manager), staged.case)


def test_a_contributor_sees_no_overview():
    staged = make_staged(Stage.SELF_ASSESSMENT)
    somebody = make_user("contributor", council=staged.case.council)
    services.add_member(case=staged.case, user=somebody, role=CaseRole.CONTRIBUTOR, by=staged.manager)
    somebody = again(somebody)
    assert access.is_contributor(somebody, staged.case)
    assert not access.sees_overview(somebody, staged.case)
    assert not access.is_host(somebody, staged.case)


# What may be written at each stage of a corporate peer challenge: the row's stage, when the case stands at the column.
WRITABLE = {
    Stage.SCHEDULING: {Stage.SCHEDULING},
    Stage.TEAM_COMPOSITION: {Stage.TEAM_COMPOSITION, Stage.SELF_ASSESSMENT, Stage.ONSITE},
    Stage.SELF_ASSESSMENT: {Stage.SELF_ASSESSMENT, Stage.ONSITE},
    Stage.ONSITE: {Stage.ONSITE},
    Stage.REPORT: {Stage.REPORT, Stage.ACTION_PLAN},
    Stage.ACTION_PLAN: {Stage.ACTION_PLAN, Stage.PROGRESS_REVIEW},
    Stage.PROGRESS_REVIEW: {Stage.PROGRESS_REVIEW},
}


@pytest.mark.parametrize("at", list(Stage))
@pytest.mark.parametrize("state", list(CaseState))
def test_what_may_be_written_when(at, state):
    case = Case(stage=at, state=state)
    written = {row.stage for row in STAGES if access.stage_is_writable(case, row.stage)}
    assert written == (WRITABLE[at] if state in {CaseState.ACTIVE, CaseState.POSTPONED} else set())
    # Refused and explained are the same thing.
    assert {row.stage for row in STAGES if not access.why_not_writable(case, row.stage)} == written


@pytest.mark.parametrize(
    ("case", "stage", "words"),
    [
        (Case(stage=Stage.ONSITE, state=CaseState.PAUSED), Stage.ONSITE, "paused"),
        (Case(stage=Stage.ONSITE, state=CaseState.CANCELLED), Stage.ONSITE, "cancelled. It can be read, not changed"),
        (Case(stage=Stage.ONSITE), Stage.REPORT, "Feedback report has not opened yet"),
        (Case(stage=Stage.ONSITE), Stage.SCHEDULING, "Scheduling is finished"),
        (Case(stage=Stage.ONSITE, kind="support_visit"), Stage.SELF_ASSESSMENT, "has not opened"),
    ],
)
def test_why_something_cannot_be_written(case, stage, words):
    assert words in access.why_not_writable(case, stage)
