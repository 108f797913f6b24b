from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connections, transaction
from django.utils import timezone

from cpc.audit.models import Event
from cpc.casework.services import cancel_case, lock_case, pause_case, resume_case
from cpc.components.errors import Refused, Stale
from cpc.deadlines import services
from cpc.deadlines.models import Deadline, DeadlineRule
from tests.cpc.conftest import DUE, START
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.cases import make_cases

pytestmark = pytest.mark.django_db


def days(number):
    return timedelta(days=number)


def now(deadline):
    return Deadline.objects.get(pk=deadline.pk)


def events(case, verb):
    return Event.objects.filter(case=case, verb=verb)


def due_dates(case):
    return dict(Deadline.objects.filter(case=case).values_list("kind", "due_on"))


# ------------------------------------------------------------------ clocks


@pytest.fixture
def blank(make_promise):
    """A case without deadlines."""
    promise = make_promise()
    promise.deadline.delete()
    return promise


def test_the_last_onsite_day_starts_the_four_clocks(blank):
    services.start_clocks(case=blank.case, start="onsite_end", on=date(2027, 8, 31), by=blank.boss)
    assert due_dates(blank.case) == {
        "report_public": date(2027, 11, 30),
        "action_plan_public": date(2028, 1, 31),
        "progress_review_held": date(2028, 6, 30),
        "progress_review_report_public": date(2028, 8, 31),
    }
    made = Deadline.objects.filter(case=blank.case)
    assert all(deadline.first_due_on == deadline.due_on for deadline in made)
    assert set(made.filter(is_hard=False).values_list("kind", flat=True)) == {"progress_review_held"}
    (event,) = events(blank.case, "deadlines_set")
    assert event.data["start"] == "last onsite day"


def test_starting_the_clocks_twice_changes_nothing(blank):
    for _ in range(2):
        services.start_clocks(case=blank.case, start="onsite_end", on=START, by=blank.boss)
    assert Deadline.objects.filter(case=blank.case).count() == 4
    assert set(Deadline.objects.values_list("version", flat=True)) == {0}
    assert events(blank.case, "deadlines_set").count() == 1


def test_at_short_notice_what_is_counted_back_is_due_today_and_not_before(blank):
    services.start_clocks(case=blank.case, start="onsite_start", on=START + days(20), by=blank.boss)
    assert due_dates(blank.case) == {
        "team_confirmed": START,
        "statement_submitted": START,
        "pack_released": START + days(2),
    }


def test_clocks_of_an_onsite_that_lies_back_are_late_at_once(blank):
    """They are promises that were not kept: a last day long gone gives no new ones."""
    services.start_clocks(case=blank.case, start="onsite_end", on=date(2026, 3, 20), by=blank.boss)
    assert now(Deadline.objects.get(kind="report_public")).due_on == date(2026, 6, 20)


def test_a_rule_that_was_edited_is_followed(blank):
    DeadlineRule.objects.filter(kind="report_public").update(months=4, label="Report out", owner_role="LGA")
    services.start_clocks(case=blank.case, start="onsite_end", on=START, by=blank.boss)
    deadline = Deadline.objects.get(case=blank.case, kind="report_public")
    assert (deadline.due_on, deadline.label, deadline.owner_role) == (date(2027, 3, 16), "Report out", "LGA")


def test_another_day_moves_what_is_open_and_not_what_was_agreed_or_met(blank):
    def start(on):
        services.start_clocks(case=blank.case, start="onsite_end", on=on, by=blank.boss)

    start(START)
    agreed = Deadline.objects.get(kind="report_public")
    services.revise_deadline(
        deadline=agreed, due_on=date(2027, 4, 1), reason="Ill", agreed_with="The leader", version=0, by=blank.manager
    )
    services.meet_deadline(case=blank.case, kind="action_plan_public", on=START, by=blank.boss)
    start(START + days(7))
    assert due_dates(blank.case) == {
        "report_public": date(2027, 4, 1),
        "action_plan_public": date(2027, 4, 16),
        "progress_review_held": date(2027, 9, 23),
        "progress_review_report_public": date(2027, 11, 23),
    }
    assert now(agreed).first_due_on == date(2027, 2, 16)
    moved = Deadline.objects.get(kind="progress_review_held")
    assert (moved.first_due_on, moved.version) == (moved.due_on, 1)


def test_what_fell_away_is_open_again_on_the_date_that_was_agreed(blank):
    """Onsite too soon, sent back, new dates: nobody is left without the promise."""

    def start(on):
        services.start_clocks(case=blank.case, start="onsite_start", on=on, by=blank.boss)

    start(START + days(100))
    agreed = Deadline.objects.get(kind="statement_submitted")
    services.revise_deadline(
        deadline=agreed, due_on=START + days(80), reason="Ill", agreed_with="The leader", version=0, by=blank.manager
    )
    assert services.cancel_deadlines(case=blank.case, start="onsite_start", by=blank.boss) == 3
    start(START + days(107))
    assert set(Deadline.objects.values_list("state", flat=True)) == {"open"}
    assert now(agreed).due_on == START + days(80)
    assert now(agreed).first_due_on == START + days(65)
    assert due_dates(blank.case)["pack_released"] == START + days(89)


# ------------------------------------------------------------------ met, reopened, fallen away


def test_meeting_a_promise_is_on_record_once_and_another_day_moves_it(make_promise):
    promise = make_promise()

    def meet(on):
        return services.meet_deadline(case=promise.case, kind="report_public", on=on, by=promise.boss)

    for _ in range(2):
        assert meet(START).state == "met"
    assert events(promise.case, "deadline_met").count() == 1
    assert now(promise.deadline).version == 1
    meet(START - days(1))
    assert now(promise.deadline).met_on == START - days(1)
    assert services.meet_deadline(case=promise.case, kind="letter_sent", on=START, by=promise.boss) is None


def test_taking_back_what_met_it_opens_it_once(make_promise):
    promise = make_promise()
    services.unmeet_deadline(case=promise.case, kind="report_public", by=promise.boss)
    assert now(promise.deadline).version == 0
    services.meet_deadline(case=promise.case, kind="report_public", on=START, by=promise.boss)
    for _ in range(2):
        services.unmeet_deadline(case=promise.case, kind="report_public", by=promise.boss)
    assert (now(promise.deadline).state, now(promise.deadline).met_on) == ("open", None)
    assert now(promise.deadline).due_on == DUE
    assert events(promise.case, "deadline_unmet").count() == 1


def test_falling_away_is_on_record_once_and_leaves_what_was_met(make_promise):
    promise = make_promise()
    services.meet_deadline(case=promise.case, kind="report_public", on=START, by=promise.boss)
    Deadline.objects.create(
        case=promise.case, kind="other", label="Other", due_on=DUE, first_due_on=DUE, owner_role="LGA"
    )
    assert [services.cancel_deadlines(case=promise.case, by=promise.boss) for _ in range(2)] == [1, 0]
    assert dict(Deadline.objects.values_list("kind", "state")) == {"report_public": "met", "other": "cancelled"}
    assert events(promise.case, "deadlines_cancelled").count() == 1


# ------------------------------------------------------------------ a new date


def revise(promise, **changed):
    values = {
        "deadline": promise.deadline,
        "due_on": DUE + days(30),
        "reason": " The leader fell ill ",
        "agreed_with": " The chief executive ",
        "version": 0,
        "by": promise.manager,
    }
    return services.revise_deadline(**values | changed)


def test_a_new_date_keeps_the_first_one_for_ever(make_promise):
    promise = make_promise()
    revise(promise)
    revise(promise, due_on=DUE + days(60), reason="A by-election", version=1)
    deadline = now(promise.deadline)
    assert (deadline.first_due_on, deadline.due_on) == (DUE, DUE + days(60))
    assert (deadline.late_reason, deadline.agreed_with) == ("A by-election", "The chief executive")
    assert (deadline.agreed_by, deadline.agreed_at) == (promise.manager, timezone.now())
    first, second = events(promise.case, "deadline_revised").order_by("pk")
    assert first.data == {
        "label": "Publish the feedback report",
        "before": "30 June 2027",
        "after": "30 July 2027",
        "reason": "The leader fell ill",
        "agreed_with": "The chief executive",
    }
    assert (second.data["before"], second.data["after"]) == ("30 July 2027", "29 August 2027")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": " \n "}, "reason"),
        ({"agreed_with": " "}, "agreed_with"),
        ({"due_on": DUE}, "due_on"),
        ({"due_on": START - days(1)}, "due_on"),
    ],
)
def test_a_new_date_without_reason_agreement_or_sense_is_refused_beside_its_field(make_promise, changed, field):
    promise = make_promise()
    with pytest.raises(Refused) as error:
        revise(promise, **changed)
    assert error.value.field == field
    assert (now(promise.deadline).due_on, now(promise.deadline).version) == (DUE, 0)
    assert not events(promise.case, "deadline_revised").exists()


def test_a_new_date_may_be_today(make_promise):
    promise = make_promise(due_on=START - days(3))
    assert revise(promise, due_on=START).due_on == START


def test_the_second_click_finds_the_date_agreed_and_changes_nothing(make_promise):
    promise = make_promise()
    revise(promise)
    assert revise(promise).due_on == DUE + days(30)
    assert now(promise.deadline).version == 1
    assert events(promise.case, "deadline_revised").count() == 1


@pytest.mark.parametrize(
    "changed", [{"due_on": DUE + days(31)}, {"reason": "Another reason"}, {"agreed_with": "The leader"}]
)
def test_a_stale_form_is_refused_and_the_first_stays(make_promise, changed):
    promise = make_promise()
    revise(promise)
    with pytest.raises(Stale) as error:
        revise(promise, **changed)
    assert error.value.now.late_reason == "The leader fell ill"
    assert now(promise.deadline).due_on == DUE + days(30)
    # The same words of another person are theirs, and no second click.
    with pytest.raises(Stale):
        revise(promise, by=promise.boss)
    # A form whose version is missing or broken has read nothing.
    with pytest.raises(Stale):
        revise(promise, version=-1, **changed)


@pytest.mark.parametrize("state", ["met", "cancelled"])
def test_a_promise_that_was_kept_or_fell_away_gets_no_new_date(make_promise, state):
    promise = make_promise()
    promise.move_to(state=state, met_on=START if state == "met" else None)
    with pytest.raises(Refused, match="so its date was not changed"):
        revise(promise)
    assert now(promise.deadline).due_on == DUE


def test_a_case_that_stands_still_or_is_over_agrees_no_dates(make_promise):
    promise = make_promise()
    pause_case(case=promise.case, reason="A by-election", by=promise.boss)
    with pytest.raises(Refused, match="This peer challenge is paused"):
        revise(promise)
    resume_case(case=promise.case, by=promise.boss)
    assert revise(promise).version == 1
    cancel_case(case=promise.case, reason="Declined", by=promise.boss)
    with pytest.raises(Refused, match="This peer challenge is cancelled"):
        revise(promise, due_on=DUE, version=1)


def test_a_council_moves_its_own_promises_and_the_lga_all(make_promise):
    promise = make_promise()
    theirs = promise.deadline
    ours = Deadline.objects.create(
        case=promise.case, kind="other", label="Other", due_on=DUE, first_due_on=DUE, owner_role="LGA"
    )
    may = {
        (name, each.owner_role): user.has_perm("cpc.revise_deadline", each)
        for each in (theirs, ours)
        for name, user in {
            "council": promise.coordinator,
            "manager": promise.manager,
            "boss": promise.boss,
            "elsewhere": make_user("peer_challenge_manager"),
            "peer": make_user("peer"),
        }.items()
    }
    assert {key for key, allowed in may.items() if allowed} == {
        ("council", "Council"),
        ("manager", "Council"),
        ("boss", "Council"),
        ("manager", "LGA"),
        ("boss", "LGA"),
    }
    promise.case.state, promise.case.state_reason = "paused", "A by-election"
    promise.case.save()
    theirs.refresh_from_db()
    assert not promise.boss.has_perm("cpc.revise_deadline", theirs)


@pytest.mark.django_db(transaction=True)
def test_eight_equal_clicks_agree_one_date():
    with transaction.atomic():
        (case,) = make_cases(1, by=make_user("programme_manager"))
    deadline, by, due_on = case.deadlines.first(), case.created_by, timezone.localdate() + days(99)
    start = Barrier(8)

    def one(number):
        start.wait()
        try:
            return services.revise_deadline(
                deadline=deadline, due_on=due_on, reason="Ill", agreed_with="The leader", version=0, by=by
            ).version
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(one, range(8))) == {1: 8}
    assert events(case, "deadline_revised").count() == 1


@pytest.mark.django_db(transaction=True)
def test_agreeing_waits_for_whoever_is_ending_the_case_and_locks_nothing_meanwhile():
    with transaction.atomic():
        staged = make_staged("onsite")
        deadline = staged.case.deadlines.create(
            kind="other", label="Other", due_on=START, first_due_on=START, owner_role="LGA"
        )

    def agree():
        try:
            services.revise_deadline(
                deadline=deadline,
                due_on=timezone.localdate() + days(99),
                reason="Ill",
                agreed_with="The leader",
                version=deadline.version,
                by=staged.manager,
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_case(staged.case)
            answer = pool.submit(agree)
            with pytest.raises(TimeoutError):
                answer.result(0.5)
            Deadline.objects.select_for_update(nowait=True, of=("self",)).get(pk=deadline.pk)
            cancel_case(case=staged.case, reason="Declined", by=staged.programme_manager)
        with pytest.raises(Refused, match="This peer challenge is cancelled"):
            answer.result(30)
    assert now(deadline).state == "cancelled"
