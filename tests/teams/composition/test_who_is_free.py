"""One person and two overlapping challenges, by every route: each of them says so, and two confirmed teams are refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connections, transaction

from cpc.audit.models import Event
from cpc.cases.commitments import How, commitments
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.casework import held_days
from cpc.casework.services import add_member, cancel_case, remove_member
from cpc.scheduling.queries import date_warnings
from cpc.scheduling.services import agree_dates
from teams.composition import services
from teams.composition.invitations.services import invite_member
from teams.peers.models import AvailabilityWindow
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.composition import accept, invite, make_accepted_pair, make_team_case, propose
from tests.factories.peers import make_peer
from tests.teams.composition.conftest import opened, url

pytestmark = pytest.mark.django_db
MIGRATIONS = Path(__file__).parents[3] / "cpc" / "migrations"


def confirmed_elsewhere(profile=None):
    """A peer on a confirmed team, and that team's case."""
    elsewhere = make_team_case()
    make_accepted_pair(elsewhere)
    profile = profile or make_peer(full_name="Quinn Example")
    accept(invite(elsewhere, profile, CaseRole.SENIOR_OFFICER_PEER))
    services.confirm_team(case=elsewhere, by=elsewhere.manager)
    return profile, elsewhere


def case_with(profile, **overrides):
    """Another case on the same days, whose team lacks nothing but this peer, who has said yes."""
    case = make_team_case(**overrides)
    make_accepted_pair(case)
    member = accept(invite(case, profile, CaseRole.SENIOR_OFFICER_PEER))
    return case, member


def test_every_route_says_that_somebody_is_on_another_team_on_these_days(client_for):
    profile, elsewhere = confirmed_elsewhere()
    case = make_team_case()
    make_accepted_pair(case)
    manager, national = client_for(case.manager), client_for(make_user("programme_manager"))
    # The manager of the one challenge does not learn which the other is; a programme manager does.
    unnamed, named = "Quinn Example is on another team, ", f"Quinn Example is on the team of {elsewhere.council.name}, "

    def says(name: str, **kwargs) -> None:
        assert unnamed in opened(manager, url(case, name, **kwargs))
        assert elsewhere.council.name not in opened(manager, url(case, name, **kwargs))
        assert named in opened(national, url(case, name, **kwargs))

    says("member-search")
    says("member-add", profile=profile.pk)
    member = propose(case, profile, CaseRole.SENIOR_OFFICER_PEER)
    says("detail")
    says("member-invite", pk=member.pk)
    member = invite_again(member, case)
    own = client_for(profile.user)
    assert f"You are on the team of {elsewhere.council.name}, " in opened(own, url(case, "invitation", pk=member.pk))
    accept(member)
    assert "You are on the team of" in opened(own, url(case, "invitation", pk=member.pk))
    says("detail")
    says("confirm")


def invite_again(member, case):
    return invite_member(member=member, by=case.manager)


def test_invited_accepted_managed_hosted_and_other_days_are_commitments():
    asked, said_yes, days = (make_peer(full_name=name) for name in ("Ivy Invited", "Yara Yes", "Dan Days"))
    one = make_team_case()
    invite(one, asked, CaseRole.SENIOR_OFFICER_PEER)
    accept(invite(one, said_yes, CaseRole.ASSOCIATE_PEER))
    host = make_user("leader", council=one.council)
    add_member(case=one, user=host, role=CaseRole.LEADER, by=one.manager)
    later = one.onsite_end_on + timedelta(weeks=3)
    AvailabilityWindow.objects.create(profile=days, start_on=later, end_on=later + timedelta(days=9))
    people = [asked.user, said_yes.user, one.manager, host, days.user]
    found = commitments([user.pk for user in people], one.onsite_start_on, one.onsite_end_on)
    assert [[each.how for each in found[user.pk]] for user in people] == [
        [How.INVITED],
        [How.ACCEPTED],
        [How.MANAGES],
        [How.HOSTS],
        [How.OTHER_DAYS],
    ]
    # Not on other days, not of the case that asks, and not of one that was called off.
    assert commitments([asked.user.pk, one.manager.pk], later, later) == {}
    assert commitments([asked.user.pk], one.onsite_start_on, one.onsite_end_on, but=one) == {}
    cancel_case(case=one, reason="Merged", by=one.manager)
    assert commitments([asked.user.pk, one.manager.pk], one.onsite_start_on, one.onsite_end_on) == {}
    assert commitments([], one.onsite_start_on, one.onsite_end_on) == {}
    assert commitments([asked.user.pk], None, None) == {}


def test_who_is_free_costs_the_same_for_one_and_for_three():
    profiles = [make_peer() for _ in range(3)]
    case = make_team_case()
    for profile in profiles:
        accept(invite(case, profile, CaseRole.SENIOR_OFFICER_PEER))
    reader = make_user("programme_manager")

    def ask(number: int) -> int:
        people = [profile.user_id for profile in profiles[:number]]
        return count_queries(lambda: commitments(people, case.onsite_start_on, case.onsite_end_on, reader=reader))

    assert ask(1) == ask(3) == 1


def test_a_second_confirmed_team_is_refused_and_a_programme_manager_lets_it_pass_with_a_reason(client_for):
    profile, elsewhere = confirmed_elsewhere()
    case, _ = case_with(profile)
    for by in (case.manager, make_user("programme_manager")):
        with pytest.raises(held_days.DoubleBooked, match="Quinn Example is on"):
            services.confirm_team(case=case, by=by)
    with pytest.raises(held_days.DoubleBooked):
        services.confirm_team(case=case, double_booking_reason="They are at it", by=case.manager)
    assert not CaseMembership.objects.filter(case=case, user=profile.user).exists()
    national = make_user("programme_manager")
    client = client_for(national)
    version = services.lock_team(case).version
    posted = {"version": version, "double_booking_reason": ""}
    refused = client.post(url(case, "confirm"), posted)
    assert (refused.status_code, "Quinn Example is on the team of" in refused.content.decode()) == (422, True)
    reason = "They are at one in the morning and at the other after noon"
    assert client.post(url(case, "confirm"), posted | {"double_booking_reason": reason}).status_code == 302
    place = CaseMembership.objects.get(case=case, user=profile.user)
    assert (place.onsite_start_on, place.double_booking_reason) == (case.onsite_start_on, reason)
    event = Event.objects.get(verb="double_booking_waived", case=case)
    assert (event.audience, event.data["reason"]) == ("lga", reason)
    assert elsewhere.council.name in event.data["who"]
    # The waiver stays with the place: confirming again for somebody else does not ask about it once more.
    accept(invite_open(case))
    services.confirm_team(case=case, by=case.manager)
    assert Event.objects.filter(verb="double_booking_waived").count() == 1


def invite_open(case):
    services.reopen_team(case=case, reason="One more", by=case.manager)
    return invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_leave_one_team():
    profile = make_peer(full_name="Quinn Example")
    cases = [case_with(profile)[0] for _ in range(2)]

    def confirm(case):
        try:
            services.confirm_team(case=case, by=case.manager)
        except held_days.DoubleBooked as error:
            assert "Quinn Example is on another team" in error.message  # noqa: PT017 - of one of the two
            return "refused"
        finally:
            connections.close_all()
        return "confirmed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, cases)) == ["confirmed", "refused"]
    assert CaseMembership.objects.filter(user=profile.user, removed_at=None).count() == 1


def test_the_database_refuses_what_no_service_asked_about():
    profile, _ = confirmed_elsewhere()
    case = make_team_case()
    values = {"user": profile.user, "role": "member_peer", "starts_on": case.onsite_start_on, "added_by": case.manager}
    days = {"onsite_start_on": case.onsite_start_on, "onsite_end_on": case.onsite_end_on}

    def placed(**changed):
        with transaction.atomic():
            return CaseMembership.objects.create(case=case, **values | days | changed)

    with pytest.raises(IntegrityError, match="membership_one_team_a_day"):
        placed()
    # The days of a place are its case's, whoever writes them, and only a peer's place takes any.
    other = case.onsite_start_on + timedelta(weeks=9)
    with pytest.raises(IntegrityError, match="membership_days_are_the_cases"):
        placed(onsite_start_on=other, onsite_end_on=other)
    with pytest.raises(IntegrityError, match="membership_days_of_peers"):
        placed(role="leader")
    # They move with the case's, and a move onto another team is refused too.
    apart = {"onsite_start_on": other, "onsite_end_on": other + timedelta(days=3)}
    Case.objects.filter(pk=case.pk).update(**apart)
    case.refresh_from_db()
    place = placed(**apart)
    nearer = {name: day + timedelta(weeks=2) for name, day in apart.items()}
    Case.objects.filter(pk=case.pk).update(**nearer)
    place.refresh_from_db()
    assert (place.onsite_start_on, place.onsite_end_on) == tuple(nearer.values())
    with pytest.raises(IntegrityError, match="membership_one_team_a_day"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**days)


def test_dates_that_move_onto_another_team_are_refused_without_a_reason(client_for):
    profile, elsewhere = confirmed_elsewhere()
    start = elsewhere.onsite_start_on + timedelta(weeks=4)
    apart, _ = case_with(profile, onsite_start_on=start, onsite_end_on=start + timedelta(days=3))
    services.confirm_team(case=apart, by=apart.manager)
    days = {"start_on": elsewhere.onsite_start_on, "end_on": elsewhere.onsite_end_on, "reason": "The council asked"}

    def agree(by, **changed):
        case = Case.objects.get(pk=apart.pk)
        seen = date_warnings(case, days["start_on"], days["end_on"], by)
        return agree_dates(case=case, version=case.version, seen_warnings=seen, by=by, **days | changed)

    with pytest.raises(held_days.DoubleBooked, match="Quinn Example"):
        agree(apart.manager)
    national = make_user("programme_manager")
    assert "Why someone may be on two teams" in opened(client_for(national), scheduling(apart))
    assert "Why someone may be on two teams" not in opened(client_for(apart.manager), scheduling(apart))
    agree(national, double_booking_reason="Two half days")
    place = CaseMembership.objects.get(case=apart, user=profile.user)
    assert (place.onsite_start_on, place.double_booking_reason) == (days["start_on"], "Two half days")
    # The others of the team moved with it and needed no reason.
    assert {row.double_booking_reason for row in apart.memberships.of_peers().exclude(pk=place.pk)} == {""}
    assert set(apart.memberships.of_peers().values_list("onsite_start_on", flat=True)) == {days["start_on"]}


def scheduling(case) -> str:
    return f"/cases/{case.reference}/scheduling/dates/"


def test_days_are_free_again_when_somebody_leaves_or_a_challenge_is_called_off():
    profile, elsewhere = confirmed_elsewhere()
    case, _ = case_with(profile)
    place = CaseMembership.objects.get(case=elsewhere, user=profile.user)
    remove_member(membership=place, reason="Ill", by=elsewhere.manager)
    services.confirm_team(case=case, by=case.manager)
    cancel_case(case=case, reason="Merged", by=case.manager)
    third, _ = case_with(profile)
    services.confirm_team(case=third, by=third.manager)
    assert_days_held()


def assert_days_held() -> None:
    """The days of every standing place are those that its case has now."""
    for place in CaseMembership.objects.filter(removed_at=None).select_related("case"):
        wanted = held_days.days_held(place.case) if place.role.endswith("_peer") else (None, None)
        assert (place.onsite_start_on, place.onsite_end_on) == wanted, place


def test_what_was_in_the_past_or_is_known_to_the_month_only_holds_no_days():
    profile, _ = confirmed_elsewhere()
    past = make_team_case()
    Case.objects.filter(pk=past.pk).update(
        onsite_start_on=past.onsite_start_on - timedelta(weeks=90),
        onsite_end_on=past.onsite_end_on - timedelta(weeks=90),
    )
    by_month = make_team_case(onsite_precision="month")
    for case in (past, by_month):
        add_member(case=case, user=profile.user, role=CaseRole.SHADOW_PEER, by=case.manager)
    assert_days_held()


def test_agreeing_dates_names_everybody_who_is_committed_and_the_week(settings):
    settings.CHALLENGES_ONSITE_A_WEEK = 2
    profile, elsewhere = confirmed_elsewhere()
    start = elsewhere.onsite_start_on + timedelta(weeks=6)
    case, _ = case_with(profile, onsite_start_on=start, onsite_end_on=start + timedelta(days=3), by=elsewhere.manager)
    leader = make_user("leader", council=case.council, full_name="Lesley Leader")
    add_member(case=case, user=leader, role=CaseRole.LEADER, by=case.manager)
    make_team_case()
    found = " ".join(date_warnings(case, elsewhere.onsite_start_on, elsewhere.onsite_end_on, case.manager))
    name = elsewhere.council.name
    assert f"Quinn Example is on the team of {name}, " in found
    assert f"You are onsite at {name} as peer challenge manager, " in found
    assert "2 other peer challenges are onsite in the week of" in found
    assert "The LGA plans for 2 a week at most." in found
    nobody = date_warnings(case, start + timedelta(weeks=9), start + timedelta(weeks=9), case.manager)
    assert not any("onsite" in each for each in nobody)


def test_teams_that_stood_on_one_day_before_are_let_and_say_so():
    profile = make_peer()
    cases = [make_team_case() for _ in range(2)]
    for case in cases:
        add_member(case=case, user=make_peer().user, role=CaseRole.MEMBER_PEER, by=case.manager)
        CaseMembership.objects.create(
            case=case, user=profile.user, role="shadow_peer", starts_on=case.onsite_start_on, added_by=case.manager
        )
    CaseMembership.objects.update(onsite_start_on=None, onsite_end_on=None)
    name = next(path.stem for path in MIGRATIONS.glob("*_one_team_a_day.py"))
    import_module(f"cpc.migrations.{name}").hold_days_ahead(apps, None)
    assert_days_held()
    said = (
        CaseMembership.objects.filter(user=profile.user).order_by("pk").values_list("double_booking_reason", flat=True)
    )
    assert list(said) == ["", "Both teams were confirmed before the service refused this."]
    assert CaseMembership.objects.exclude(double_booking_reason="").count() == 1
