from datetime import timedelta

import pytest
from django.utils import timezone

from cpc.cases.models import Case, CaseMembership, CaseRole, CaseState, StageEntry
from cpc.cases.stages import STAGES, Stage
from cpc.casework.services import pause_case, remove_member
from cpc.dashboard.queries import (
    PipelineFilter,
    awaited_deadlines,
    end_of_week,
    everybodys_deadlines,
    group_of,
    my_cases,
    my_deadlines,
    my_roles,
    numbers_of,
    pipeline,
    pipeline_page,
    with_row_facts,
    work_by_manager,
)
from cpc.deadlines.models import Deadline
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.cases import make_cases
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def found(user, **chosen):
    return list(pipeline(user, PipelineFilter(**chosen)))


def due(case, days, kind="late", **values):
    on = in_days(days)
    return Deadline.objects.create(
        case=case, kind=kind, label=kind, due_on=on, first_due_on=on, **{"owner_role": "LGA"} | values
    )


def set_state(case, state):
    Case.objects.filter(pk=case.pk).update(state=state, state_reason="A reason")


# ------------------------------------------------------------------ pipeline


def stage_counts(user) -> list[dict]:
    return pipeline_page(user, PipelineFilter(), start=0, end=25)[0]


@pytest.fixture
def boss():
    return make_user("programme_manager")


def test_who_finds_which_cases(boss):
    officer, peer, leader = make_user("support_officer"), make_user("peer"), make_user("leader")
    mine = make_cases(2, by=boss, members={"support_officer": officer, "member_peer": peer})
    others = make_cases(3, by=boss)
    assert found(officer) == found(peer) == mine
    assert found(leader) == []
    for user in (boss, make_user("administrator")):
        assert set(found(user)) == {*mine, *others}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", {"active", "postponed", "paused"}),
        ("all", set(CaseState.values)),
        *((each, {each}) for each in CaseState.values),
    ],
)
def test_narrowed_by_state(boss, state, expected):
    for case, value in zip(make_cases(5, by=boss), CaseState.values, strict=True):
        set_state(case, value)
    assert {case.state for case in found(boss, state=state)} == expected


def test_narrowed_by_council_reference_and_stage(boss):
    alder, birch = make_council(name="Alder"), make_council(name="Birch")
    (one,) = make_cases(1, by=boss, council=alder, stage=Stage.REPORT)
    (two,) = make_cases(1, by=boss, council=birch, reference="birch-2031")
    two.joint_councils.add(make_council(name="Cedar"), make_council(name="Cedarwood"))
    for chosen, expected in [
        ({"q": "aLD"}, [one]),
        ({"q": "birch-2031"}, [two]),
        ({"q": "cedar"}, [two]),  # a partner of a joint challenge, and once though two partners match
        ({"q": "%"}, []),
        ({"q": "_"}, []),
        ({"q": "'"}, []),
        ({"stage": Stage.REPORT}, [one]),
        ({"stage": Stage.REPORT, "q": "Birch"}, []),
    ]:
        assert found(boss, **chosen) == expected, chosen


def test_mine_are_those_with_a_membership_that_still_stands(boss):
    kept, ended, removed = make_cases(3, by=boss, members={"support_officer": boss})
    make_cases(2, by=boss)
    CaseMembership.objects.filter(case=ended).update(ends_on=in_days(0), starts_on=in_days(-9))
    assert len(found(boss, mine=True)) == 3
    CaseMembership.objects.filter(case=ended).update(ends_on=in_days(-1))
    remove_member(membership=CaseMembership.objects.get(case=removed), reason="Done", by=boss)
    assert found(boss, mine=True) == [kept]


def test_late_is_an_open_promise_of_a_case_under_way_whose_day_has_passed(boss):
    late, paused, today, met = make_cases(4, by=boss)
    due(late, -1)
    due(paused, -1)
    set_state(paused, "paused")
    due(today, 0)
    due(met, -1, state="met", met_on=in_days(-1))
    assert found(boss, late=True) == [late]
    counted = {row["stage"]: (row["number"], row["late"]) for row in stage_counts(boss)}
    assert counted[Stage.ONSITE] == (4, 1)


def test_orders(boss):
    first, second, undated = make_cases(3, by=boss)
    Case.objects.filter(pk=undated.pk).update(onsite_start_on=None, onsite_end_on=None)
    due(second, 1, "soon")
    Deadline.objects.filter(case=undated).update(state="cancelled")
    type(first.council).objects.filter(pk=undated.council_id).update(name="Aardvark")
    assert found(boss, order="onsite") == [first, second, undated]
    assert found(boss, order="deadline") == [second, first, undated]
    assert found(boss, order="council") == [undated, first, second]


def test_a_row_names_the_present_manager_and_the_soonest_open_promise(boss):
    old, new = make_user("peer_challenge_manager"), make_user("peer_challenge_manager")
    (case,) = make_cases(1, by=boss, members={"peer_challenge_manager": old}, stage=Stage.SCHEDULING)
    remove_member(membership=CaseMembership.objects.get(case=case), reason="Left", by=boss)
    CaseMembership.objects.create(
        case=case, user=new, role=CaseRole.PEER_CHALLENGE_MANAGER, starts_on=in_days(0), added_by=boss
    )
    due(case, 1, "met", state="met", met_on=in_days(0))
    due(case, 2, "fell away", state="cancelled")
    row = with_row_facts(pipeline(boss, PipelineFilter())).get()
    assert (row.manager_name, row.next_due) == (new.full_name, [in_days(7).isoformat(), "The first promise"])


def test_narrowed_to_one_manager_and_how_long_it_has_been_at_its_stage(boss):
    one, two = make_user("peer_challenge_manager"), make_user("peer_challenge_manager")
    (first,) = make_cases(1, by=boss, members={"peer_challenge_manager": one}, reference="first")
    make_cases(2, by=boss, members={"peer_challenge_manager": two})
    StageEntry.objects.filter(case=first).delete()
    StageEntry.objects.create(
        case=first, stage=first.stage, entered_by=boss, entered_at=timezone.now() - timedelta(days=12)
    )
    (row,) = pipeline_page(boss, PipelineFilter(manager=one.pk), start=0, end=25)[1]
    assert (row.manager, row.manager_id, row.days) == (one.full_name, one.pk, 12)
    assert len(found(boss, manager=two.pk)) == 2
    CaseMembership.objects.filter(case=first).update(removed_at=timezone.now(), removed_by=boss)
    assert found(boss, manager=one.pk) == []


def test_counts_follow_the_order_of_the_process_and_only_what_the_person_sees(boss):
    officer = make_user("support_officer")
    make_cases(2, by=boss, members={"support_officer": officer}, stage=Stage.REPORT)
    make_cases(1, by=boss, stage=Stage.SCHEDULING)
    (over,) = make_cases(1, by=boss, members={"support_officer": officer}, stage=Stage.REPORT)
    set_state(over, "cancelled")
    assert [row["stage"] for row in stage_counts(officer)] == [row.stage for row in STAGES]
    assert {row["stage"]: row["number"] for row in stage_counts(officer) if row["number"]} == {Stage.REPORT: 2}
    assert {row["stage"]: row["number"] for row in stage_counts(boss) if row["number"]} == {
        Stage.REPORT: 2,
        Stage.SCHEDULING: 1,
    }
    assert count_queries(lambda: stage_counts(boss)) == 1


# ------------------------------------------------------------------ my work


@pytest.mark.parametrize(
    ("who", "owners"),
    [
        ("manager", {"LGA"}),
        ("support", {"LGA"}),
        ("coordinator", {"Council"}),
        ("leader", {"Council"}),
        ("chief_executive", {"Council"}),
        ("lead_member", {"Peer team"}),
        ("peer", {"Peer team"}),
        ("programme_manager", set()),
        ("administrator", set()),
    ],
)
def test_what_is_due_from_my_side_and_from_nobody_elses(who, owners):
    staged, other = make_staged(Stage.SELF_ASSESSMENT), make_staged(Stage.SELF_ASSESSMENT)
    for case in (staged.case, other.case):
        Deadline.objects.filter(case=case).delete()
        for owner in ("LGA", "Council", "Peer team"):
            due(case, 5, owner.lower().replace(" ", "-"), owner_role=owner)
    mine = list(my_deadlines(staged.people[who], my_roles(staged.people[who])))
    assert {(each.case_id, each.owner_role) for each in mine} == {(staged.case.pk, owner) for owner in owners}


@pytest.mark.parametrize(
    ("who", "owners"),
    [
        ("manager", {"Council", "Peer team"}),
        ("coordinator", {"LGA", "Peer team"}),
        ("peer", {"LGA", "Council"}),
        ("programme_manager", set()),
    ],
)
def test_what_i_wait_for_is_with_the_other_sides_of_my_cases(who, owners):
    staged, other = make_staged(Stage.SELF_ASSESSMENT), make_staged(Stage.SELF_ASSESSMENT)
    for case in (staged.case, other.case):
        Deadline.objects.filter(case=case).delete()
        for owner in ("LGA", "Council", "Peer team"):
            due(case, 5, owner.lower().replace(" ", "-"), owner_role=owner)
    person = staged.people[who]
    awaited = list(awaited_deadlines(person, my_roles(person)))
    assert {(each.case_id, each.owner_role) for each in awaited} == {(staged.case.pk, owner) for owner in owners}


def test_r30_a_contributor_is_not_told_what_the_case_waits_for(boss):
    council = make_council()
    contributor = make_user("contributor", council=council)
    make_cases(1, by=boss, members={"contributor": contributor}, council=council)
    assert not awaited_deadlines(contributor, my_roles(contributor)).exists()


def test_what_is_due_is_late_or_of_this_week_or_later_and_a_postponed_case_is_never_late(boss):
    officer = make_user("support_officer")
    running, postponed = make_cases(2, by=boss, members={"support_officer": officer})
    Deadline.objects.all().delete()
    today = timezone.localdate()
    sunday = (end_of_week(today) - today).days
    for case in (running, postponed):
        for number, days in enumerate((-1, 0, sunday, sunday + 1)):
            due(case, days, f"kind-{number}")
    set_state(postponed, "postponed")
    mine = my_deadlines(officer, my_roles(officer))
    assert numbers_of(mine) == {"late": 1, "week": 5, "later": 2}
    groups = [group_of(each, today) for each in mine.filter(case=running)]
    assert groups == ["late", "week", "week", "later"]
    assert "late" not in {group_of(each, today) for each in mine.filter(case=postponed)}


def test_everybodys_work_is_what_the_lga_owes_and_is_counted_by_manager(boss):
    one, two = make_user("peer_challenge_manager", full_name="Ann"), make_user("peer_challenge_manager", full_name="Bo")
    (first,) = make_cases(1, by=boss, members={"peer_challenge_manager": one}, reference="first")
    second, third = make_cases(2, by=boss, members={"peer_challenge_manager": two})
    Deadline.objects.all().delete()
    due(first, -3)
    due(first, 3, "soon", owner_role="Council")
    due(second, -1)
    due(third, 5)
    assert [(each.case, each.manager) for each in everybodys_deadlines(boss, "everybody")] == [
        (first, "Ann"),
        (second, "Bo"),
        (third, "Bo"),
    ]
    assert [each.case for each in everybodys_deadlines(boss, two.pk)] == [second, third]
    assert work_by_manager(boss) == [(one.pk, "Ann", 1, 1), (two.pk, "Bo", 2, 1)]
    assert everybodys_deadlines(one, "everybody").get().case == first


def test_a_contributor_and_a_principal_adviser_owe_no_promise_of_the_case(boss):
    council = make_council()
    contributor, adviser = make_user("contributor", council=council), make_user("principal_adviser")
    members = {"contributor": contributor, "principal_adviser": adviser}
    make_cases(1, by=boss, members=members, council=council)
    make_cases(1, by=boss, members=members, council=council, owner_role="Council", reference="second")
    assert not my_deadlines(contributor, my_roles(contributor)).exists()
    assert not my_deadlines(adviser, my_roles(adviser)).exists()


def test_the_same_person_hosts_in_one_case_and_serves_in_another(boss):
    council = make_council()
    person = make_user("leader", council=council)
    (hosted,) = make_cases(1, by=boss, council=council, members={"leader": person}, owner_role="Council")
    (served,) = make_cases(1, by=boss, members={"member_peer": person}, owner_role="Peer team")
    for case, owner in ((hosted, "Peer team"), (served, "Council")):
        due(case, 1, "not-mine", owner_role=owner)
    assert {(each.case_id, each.owner_role) for each in my_deadlines(person, my_roles(person))} == {
        (hosted.pk, "Council"),
        (served.pk, "Peer team"),
    }


def test_what_no_longer_waits_drops_out_of_my_work(boss):
    officer = make_user("support_officer")
    running, paused, cancelled, met = make_cases(4, by=boss, members={"support_officer": officer})
    pause_case(case=paused, reason="A by-election", by=boss)
    set_state(cancelled, "cancelled")
    Deadline.objects.filter(case=met).update(state="met", met_on=in_days(0))
    assert [each.case for each in my_deadlines(officer, my_roles(officer))] == [running, running]
    # What is over can still be read: it stands behind what runs.
    assert list(my_cases(my_roles(officer))) == [running, paused, met, cancelled]
    CaseMembership.objects.filter(user=officer).update(starts_on=in_days(-2), ends_on=in_days(-1))
    assert not my_deadlines(officer, my_roles(officer)).exists()
    assert not my_cases(my_roles(officer)).exists()


def test_where_a_team_is_onsite_today_stands_first(boss):
    peer = make_user("peer")
    earlier, now, unplanned = make_cases(3, by=boss, members={"member_peer": peer})
    for case, first, last in ((earlier, -30, -27), (now, -1, 2)):
        Case.objects.filter(pk=case.pk).update(onsite_start_on=in_days(first), onsite_end_on=in_days(last))
    Case.objects.filter(pk=unplanned.pk).update(onsite_start_on=None, onsite_end_on=None, onsite_precision="none")
    assert list(my_cases(my_roles(peer))) == [now, earlier, unplanned]


def test_two_roles_on_one_side_show_a_promise_once_and_the_soonest_first(boss):
    peer = make_user("peer")
    one, two = make_cases(2, by=boss, members={"member_peer": peer, "shadow_peer": peer}, owner_role="Peer team")
    listed = list(my_deadlines(peer, my_roles(peer)))
    assert len(listed) == 4
    assert [each.due_on for each in listed] == sorted(each.due_on for each in listed)
    assert {each.case for each in listed} == {one, two}
