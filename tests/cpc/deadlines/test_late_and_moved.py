"""Met late is said and explained afterwards; the start day moves the clocks; dates out of order are asked about."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from assessments.action_plan import services as plans
from assessments.action_plan.models import ActionPlan, PlanState
from assessments.report.services import open_report
from cpc.accounts.models import User
from cpc.audit.models import Event
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.services import change_cycle_start
from cpc.components.errors import Refused, Stale
from cpc.deadlines.models import Deadline
from cpc.deadlines.services import explain_lateness, meet_deadline, revise_deadline, what_follows
from tests.cpc.conftest import START
from tests.factories.assessments import make_reported, make_staged

pytestmark = pytest.mark.django_db


def late(make_promise, by: int = 23):
    promise = make_promise(due_on=START - timedelta(days=by))
    meet_deadline(case=promise.case, kind="report_public", on=START, by=promise.boss)
    promise.deadline.refresh_from_db()
    return promise


@pytest.mark.parametrize(("by", "text"), [(23, "23 days late"), (1, "1 day late"), (0, ""), (-5, "")])
def test_met_says_how_late_it_was(make_promise, by, text):
    promise = late(make_promise, by)
    assert (promise.deadline.late_text, promise.deadline.days_late) == (text, max(by, 0))


def test_the_reason_is_added_afterwards_kept_with_who_and_when_and_also_when_the_case_is_closed(make_promise):
    promise = late(make_promise)
    Case.objects.filter(pk=promise.case.pk).update(closed_on=START)
    version = promise.deadline.version
    explain = {"deadline": promise.deadline, "by": promise.manager}
    with pytest.raises(Refused) as refused:
        explain_lateness(reason=" ", version=version, **explain)
    assert refused.value.field == "reason"
    for _ in range(2):
        explained = explain_lateness(reason="Purdah", version=version, **explain)
    assert (explained.explanation, explained.explained_by, explained.version) == (
        "Purdah",
        promise.manager,
        version + 1,
    )
    assert explained.explained_at is not None
    with pytest.raises(Stale):
        explain_lateness(reason="Another", version=version, **explain)
    explain_lateness(reason="The chief executive left", version=version + 1, **explain)
    reasons = Event.objects.filter(verb="deadline_explained").order_by("pk").values_list("data__reason", flat=True)
    assert list(reasons) == ["Purdah", "The chief executive left"]
    # The first date stays for ever.
    assert Deadline.objects.get(pk=promise.deadline.pk).first_due_on == START - timedelta(days=23)


def test_what_was_in_time_or_is_open_has_nothing_to_explain(make_promise):
    for promise in (late(make_promise, 0), make_promise()):
        with pytest.raises(Refused):
            explain_lateness(
                deadline=promise.deadline, reason="None", version=promise.deadline.version, by=promise.manager
            )


def test_the_page_says_late_and_asks_for_the_reason(make_promise, client_for):
    promise = late(make_promise)
    client, address = client_for(promise.manager), f"/cases/{promise.case.reference}/deadlines/"
    form = f"{address}{promise.deadline.pk}/why-late/"
    page = " ".join(client.get(address).content.decode().split())
    assert "Met on 16 November 2026, 23 days late" in page
    assert "Say why it was late" in page
    done = client.post(form, {"reason": "Purdah", "version": promise.deadline.version}, follow=True)
    assert "Purdah" in done.content.decode()
    in_time = late(make_promise, 0)
    form = f"/cases/{in_time.case.reference}/deadlines/{in_time.deadline.pk}/why-late/"
    assert client_for(in_time.manager).get(form).status_code == 403


# ------------------------------------------------------------------ the start day


@time_machine.travel("2026-11-16 12:00 +0000", tick=False)
def test_the_start_day_moves_what_is_open_and_names_what_stays(client_for):
    staged = make_staged(Stage.REPORT, onsite_days_ago=40)
    boss = staged.programme_manager
    of = {each.kind: each for each in Deadline.objects.filter(case=staged.case)}
    revise_deadline(
        deadline=of["action_plan_public"],
        due_on=date(2027, 4, 1),
        reason="A by-election",
        agreed_with="The leader",
        version=0,
        by=boss,
    )
    meet_deadline(case=staged.case, kind="report_public", on=date(2026, 11, 10), by=boss)
    met = Deadline.objects.get(pk=of["report_public"].pk)
    assert [bool(each.why_not) for each in what_follows(staged.case, "onsite_end")] == [True, True, False, False]
    client = client_for(boss)
    page = client.get(f"/cases/{staged.case.reference}/cycle-start/").content.decode()
    assert "counted again from the new day" in page
    assert "1 April 2027 was agreed with The leader" in page
    change_cycle_start(
        case=staged.case,
        on=date(2026, 9, 30),
        reason="The team left then",
        version=Case.objects.get(pk=staged.case.pk).version,
        by=boss,
    )
    now = dict(Deadline.objects.filter(case=staged.case).values_list("kind", "due_on"))
    assert now == {
        "report_public": met.due_on,
        "action_plan_public": date(2027, 4, 1),
        "progress_review_held": date(2027, 7, 30),
        "progress_review_report_public": date(2027, 9, 30),
    }
    (event,) = Event.objects.filter(case=staged.case, verb="deadlines_moved")
    assert "Hold the progress review from 7 August 2027 to 30 July 2027" in event.data["moved"]
    assert "Publish the action plan (1 April 2027 was agreed with The leader)" in event.data["kept"]


@time_machine.travel("2026-11-16 12:00 +0000", tick=False)
def test_a_stored_start_day_is_the_one_that_the_clocks_begin_with():
    staged = make_staged(Stage.ONSITE, onsite_days_ago=3)
    Deadline.objects.filter(case=staged.case).delete()
    Case.objects.filter(pk=staged.case.pk).update(cycle_start_on=date(2026, 11, 2), stage=Stage.REPORT)
    from_row = Case.objects.get(pk=staged.case.pk)
    open_report(from_row, staged.programme_manager)
    assert Deadline.objects.get(case=from_row, kind="report_public").due_on == date(2027, 2, 2)


# ------------------------------------------------------------------ order


@time_machine.travel("2026-11-16 12:00 +0000", tick=False)
def test_a_review_after_its_report_is_due_takes_a_reason(client_for):
    staged = make_staged(Stage.REPORT, onsite_days_ago=40)
    held = Deadline.objects.get(case=staged.case, kind="progress_review_held")
    typed = {"deadline": held, "reason": "Ill", "agreed_with": "The leader", "version": 0, "by": staged.manager}
    with pytest.raises(Refused) as refused:
        revise_deadline(due_on=date(2027, 12, 1), **typed)
    assert refused.value.field == "order_reason"
    assert "“Publish the progress review report” is due on 7 October 2027, before this day." in refused.value.message
    with pytest.raises(Refused) as refused:
        revise_deadline(due_on=date(2027, 1, 11), **typed)
    assert "after this day" in refused.value.message
    revised = revise_deadline(due_on=date(2027, 12, 1), order_reason="Its report moves too", **typed)
    assert revised.order_reason == "Its report moves too"
    assert Event.objects.filter(case=staged.case, verb="deadline_out_of_order").count() == 1
    page = client_for(staged.manager).get(f"/cases/{staged.case.reference}/deadlines/").content.decode()
    assert "These dates do not come in the usual order" in page
    # In order nothing is asked, and what was typed for nothing is not kept.
    again = revise_deadline(due_on=date(2027, 9, 1), order_reason="Not needed", **(typed | {"version": 1}))
    assert again.order_reason == ""


# ------------------------------------------------------------------ a closed case


@time_machine.travel("2026-11-16 12:00 +0000", tick=False)
def test_the_publication_of_a_plan_is_corrected_after_the_case_was_closed():
    staged = make_reported(Stage.ACTION_PLAN)
    plan, _ = ActionPlan.objects.get_or_create(case=staged.case)
    ActionPlan.objects.filter(pk=plan.pk).update(
        state=PlanState.PUBLISHED, published_on=date(2026, 11, 9), published_address="https://www.example.org/wrong"
    )
    plans.record(verb="case_resumed", by=None, case=staged.case)
    Case.objects.filter(pk=staged.case.pk).update(state="closed", closed_on=date(2026, 11, 10))
    corrected = plans.correct_publication(
        case=staged.case,
        published_on=date(2026, 11, 10),
        published_address="https://www.example.org/right",
        reason="Typed wrongly",
        version=plan.version,
        by=User.objects.get(pk=staged.coordinator.pk),
    )
    assert corrected.published_address.endswith("/right")
    assert Deadline.objects.get(case=staged.case, kind="action_plan_public").met_on == date(2026, 11, 10)
