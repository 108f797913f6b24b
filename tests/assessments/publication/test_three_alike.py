"""The report, the action plan and the progress review are published by one list of rules: each test walks all three."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan import services as plans
from assessments.action_plan.models import ActionPlan
from assessments.progress_review import services as reviews
from assessments.progress_review.models import ProgressReview
from assessments.publication.services import Publication
from assessments.report import services as reports
from assessments.report.models import Report, ReportState
from councils.models import Poll
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.audit.waivers import WAIVERS
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.cases.stages import Stage
from cpc.casework.services import add_member
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.deadlines.models import Deadline
from cpc.notifications.mail_kinds import KINDS
from cpc.notifications.models import Message
from tests.factories.accounts import make_user
from tests.factories.assessments import Staged, make_reported, make_staged
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
ADDRESS, RIGHT = "https://www.example.org/paper", "https://www.example.org/right"
REASON = "The monitoring officer agreed"
# Days before today: outside the period of a poll that comes in a week, and after the onsite days.
BEFORE_THE_PERIOD = 39


def day(ago: int = 0) -> date:
    return timezone.localdate() - timedelta(days=ago)


@dataclass(frozen=True)
class Thing:
    """One of the three, with a case on which it can be published, and who publishes and corrects it."""

    of: Publication
    model: Any
    urls: str
    who: str
    make: Callable[[], Staged]
    publish: Callable[..., Any]
    correct: Callable[..., Any]
    reopen: Callable[..., Any]

    def row(self, staged: Staged) -> Any:
        return self.model.objects.get(case=staged.case)

    def by(self, staged: Staged) -> Any:
        return staged.people[self.who]

    def told(self, staged: Staged, **changed: Any) -> dict[str, Any]:
        values = {"published_on": day(), "published_address": ADDRESS, "version": self.row(staged).version}
        return {"case": staged.case, "by": self.by(staged)} | values | changed

    def published(self, staged: Staged, **changed: Any) -> Any:
        return self.publish(**self.told(staged, **changed))

    def corrected(self, staged: Staged, **changed: Any) -> Any:
        return self.correct(**self.told(staged, reason="Typed wrongly", **changed))

    def url(self, staged: Staged, name: str = "publish") -> str:
        return reverse(f"{self.urls}:{name}", kwargs={"reference": staged.case.reference})

    def form(self, staged: Staged, on: date | None = None, **changed: Any) -> dict[str, Any]:
        on = on or day()
        days = {"published_on-day": on.day, "published_on-month": on.month, "published_on-year": on.year}
        version = self.row(staged).version
        return days | {"published_address": ADDRESS, "pre_election_reason": "", "version": version} | changed

    def events(self, staged: Staged, verb: str) -> list[Event]:
        return list(Event.objects.filter(case=staged.case, verb=getattr(self.of, verb)).order_by("pk"))


def final_report() -> Staged:
    staged = make_staged(Stage.REPORT)
    Report.objects.filter(case=staged.case).update(state=ReportState.FINAL)
    return staged


def ready_plan() -> Staged:
    return make_reported(recommendations=0)


def held_review() -> Staged:
    staged = make_reported(Stage.PROGRESS_REVIEW, recommendations=0)
    on = day(BEFORE_THE_PERIOD)
    ProgressReview.objects.filter(case=staged.case).update(starts_on=on, ends_on=on, held_on=on)
    return staged


THINGS = [
    Thing(
        reports.REPORT, Report, "report", "manager", final_report,
        reports.publish_report, reports.correct_publication, reports.reopen_report,
    ),
    Thing(
        plans.PLAN, ActionPlan, "action_plan", "coordinator", ready_plan,
        plans.publish_plan, plans.correct_publication, plans.reopen_plan,
    ),
    Thing(
        reviews.REVIEW, ProgressReview, "progress_review", "manager", held_review,
        reviews.publish_review, reviews.correct_publication, reviews.reopen_review,
    ),
]  # fmt: skip
each_thing = pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.urls)


def vote(council: Any) -> date:
    poll = day(-7)
    Poll.objects.create(council=council, on=poll, text="By-election in Castle ward")
    return poll


def text(response: Any) -> str:
    return response.content.decode()


# ------------------------------------------------------------------ the day


@each_thing
def test_the_day_is_past_and_after_what_it_is_about(thing: Thing):
    staged = thing.make()
    wrong = [(day(-1), "today or in the past"), (day(41), "the last onsite day, or later")]
    if thing.model is ProgressReview:
        wrong.append((day(BEFORE_THE_PERIOD + 1), "the last day of the progress review, or later"))
    for on, words in wrong:
        with pytest.raises(Refused, match=words) as refused:
            thing.published(staged, published_on=on)
        assert refused.value.field == "published_on"
    thing.published(staged)
    for on, words in wrong:
        with pytest.raises(Refused, match=words):
            thing.corrected(staged, published_on=on)
    assert thing.row(staged).published_on == day()
    assert Deadline.objects.get(case=staged.case, kind=thing.of.deadline).met_on == day()


# ------------------------------------------------------------------ the pre-election period


@each_thing
def test_in_a_pre_election_period_it_is_refused_without_a_reason_and_nothing_changes(thing: Thing, client_for):
    staged = thing.make()
    poll = vote(staged.case.council)
    before, client = thing.row(staged), client_for(thing.by(staged))
    page = client.post(thing.url(staged), thing.form(staged))
    assert page.status_code == 422
    assert page.context["form"].errors["pre_election_reason"] == [
        f"This day lies in the pre-election period of {staged.case.council.name} before the poll of {poll:%-d %B %Y}. "
        f"Enter why the {thing.of.name} was published then"
    ]
    assert f'value="{ADDRESS}"' in text(page)
    row = thing.row(staged)
    assert (row.state, row.version, row.published_on) == (before.state, before.version, None)
    assert thing.events(staged, "published") == [] == thing.events(staged, "before_poll")
    assert not Message.objects.filter(kind=thing.of.mail).exists()


@each_thing
def test_with_a_reason_it_is_taken_and_the_waiver_stands_on_the_case(thing: Thing, client_for):
    staged = thing.make()
    poll = vote(staged.case.council)
    form = thing.form(staged, pre_election_reason=REASON)
    page = client_for(thing.by(staged)).post(thing.url(staged), form, follow=True)
    assert "Publication recorded" in text(page)
    assert f"In a pre-election period: {REASON}" in text(page)
    assert thing.row(staged).pre_election_reason == REASON
    (event,) = thing.events(staged, "before_poll")
    assert event.verb in WAIVERS
    assert event.data == {"on": f"{day():%-d %B %Y}", "poll": f"{poll:%-d %B %Y}", "reason": REASON}
    assert "…" not in sentence(event.verb, event.data)
    overview = reverse("cases:detail", kwargs={"reference": staged.case.reference})
    for who in ("programme_manager", "manager", "leader", "peer"):
        assert REASON in text(client_for(staged.people[who]).get(overview)), who


@each_thing
def test_of_a_joint_challenge_the_period_of_any_council_counts(thing: Thing):
    staged = thing.make()
    partner = make_council()
    staged.case.joint_councils.add(partner)
    vote(partner)
    with pytest.raises(Refused, match=f"pre-election period of {partner.name} ") as refused:
        thing.published(staged)
    assert refused.value.field == "pre_election_reason"
    thing.published(staged, pre_election_reason=REASON)
    assert len(thing.events(staged, "before_poll")) == 1


@each_thing
def test_outside_a_period_nothing_is_asked_and_what_was_typed_is_not_kept(thing: Thing):
    staged = thing.make()
    vote(staged.case.council)
    row = thing.published(staged, published_on=day(BEFORE_THE_PERIOD), pre_election_reason=REASON)
    assert row.pre_election_reason == thing.row(staged).pre_election_reason == ""
    assert thing.events(staged, "before_poll") == []


@each_thing
def test_reopening_takes_the_reason_back_and_leaves_the_waiver(thing: Thing):
    staged = thing.make()
    vote(staged.case.council)
    thing.published(staged, pre_election_reason=REASON)
    thing.reopen(case=staged.case, reason="A wrong file", by=thing.by(staged))
    row = thing.row(staged)
    assert (row.published_on, row.published_address, row.pre_election_reason) == (None, "", "")
    assert len(thing.events(staged, "before_poll")) == 1


# ------------------------------------------------------------------ who is told


def received(staged: Staged) -> set[str]:
    names = {person.email: who for who, person in staged.people.items()}
    assert len(mail.outbox) == len({message.to[0] for message in mail.outbox})
    return {names[message.to[0]] for message in mail.outbox}


@each_thing
def test_everybody_on_the_case_is_told_but_whoever_recorded_it(thing: Thing, django_capture_on_commit_callbacks):
    staged = thing.make()
    staged.people["contributor"] = make_user("contributor", council=staged.case.council)
    add_member(
        case=staged.case, user=staged.people["contributor"], role=CaseRole.CONTRIBUTOR, by=staged.programme_manager
    )
    gone = CaseMembership.objects.filter(case=staged.case, user=staged.peer)
    gone.update(starts_on=day(60), ends_on=day(1))
    with django_capture_on_commit_callbacks(execute=True):
        thing.published(staged)
    everybody = {"manager", "support", "coordinator", "leader", "chief_executive", "lead_member", "lead_officer"}
    assert received(staged) == everybody - {thing.who}
    what = {"report": "feedback report"}.get(thing.of.name, thing.of.name)
    message = mail.outbox[0]
    assert message.subject == f"{staged.case.title} peer challenge: {what} published"
    assert f"The {what} of the {staged.case.title} peer challenge has been published." in message.body
    assert f"Read the {what}:" in message.body
    assert thing.url(staged, "detail") in message.body
    assert ADDRESS not in message.body + str(message.alternatives)


@each_thing
def test_a_correction_tells_nobody_and_what_is_published_anew_is_told_anew(
    thing: Thing, django_capture_on_commit_callbacks
):
    staged = thing.make()
    with django_capture_on_commit_callbacks(execute=True):
        thing.published(staged)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        thing.corrected(staged, published_on=day(1), published_address=RIGHT)
    assert mail.outbox == []
    thing.reopen(case=staged.case, reason="A wrong file", by=thing.by(staged))
    if thing.model is Report:
        Report.objects.filter(case=staged.case).update(state=ReportState.FINAL)
    with django_capture_on_commit_callbacks(execute=True):
        thing.published(staged)
    assert len(received(staged)) == 7


@each_thing
def test_what_was_taken_back_while_the_mail_waited_is_not_announced(thing: Thing):
    staged = thing.make()
    thing.published(staged)
    waiting = list(Message.objects.filter(kind=thing.of.mail).order_by("pk"))
    assert len(waiting) == 7
    assert all(_leaves(message) for message in waiting)
    # The case ends with its last publication, and that is news all the same.
    Case.objects.filter(pk=staged.case.pk).update(state="closed", closed_on=day())
    assert all(_leaves(message) for message in Message.objects.filter(kind=thing.of.mail).select_related("case"))
    Case.objects.filter(pk=staged.case.pk).update(state="active", closed_on=None)
    thing.reopen(case=staged.case, reason="A wrong file", by=thing.by(staged))
    assert not any(_leaves(message) for message in waiting)


def _leaves(message: Message) -> bool:
    return KINDS[message.kind].still_applies(message)


# ------------------------------------------------------------------ corrections


@pytest.mark.parametrize("closed", [False, True])
@each_thing
def test_a_correction_follows_one_rule_also_on_a_closed_case(thing: Thing, closed: bool, client_for):
    staged = thing.make()
    vote(staged.case.council)
    outside = day(BEFORE_THE_PERIOD)
    thing.published(staged, published_on=outside)
    if closed:
        Case.objects.filter(pk=staged.case.pk).update(state="closed", closed_on=day())
    client, where = client_for(thing.by(staged)), thing.url(staged, "publication-correct")
    typed = {"reason": "A wrong day", "published_address": RIGHT}
    # Into the period: a reason is needed, and nothing is changed without it.
    page = client.post(where, thing.form(staged, **typed))
    assert page.status_code == 422
    assert "pre_election_reason" in page.context["form"].errors
    assert f'value="{RIGHT}"' in text(page) and "A wrong day" in text(page)
    assert thing.row(staged).published_on == outside and thing.events(staged, "corrected") == []
    assert client.post(where, thing.form(staged, pre_election_reason=REASON, **typed)).status_code == 302
    row = thing.row(staged)
    assert (row.published_on, row.published_address, row.pre_election_reason) == (day(), RIGHT, REASON)
    assert len(thing.events(staged, "before_poll")) == 1
    assert Deadline.objects.get(case=staged.case, kind=thing.of.deadline).met_on == day()
    # The form begins with what stands; the address alone is no new waiver.
    assert client.get(where).context["form"].initial["pre_election_reason"] == REASON
    client.post(where, thing.form(staged, pre_election_reason=REASON, reason="A slip"))
    assert len(thing.events(staged, "before_poll")) == 1
    # Out of it again: the reason goes.
    client.post(where, thing.form(staged, outside, pre_election_reason=REASON, reason="It was earlier"))
    row = thing.row(staged)
    assert (row.published_on, row.pre_election_reason) == (outside, "")
    first, second, third = thing.events(staged, "corrected")
    assert first.data == {
        "before": f"{outside:%-d %B %Y}, {ADDRESS}, pre-election reason “none”",
        "after": f"{day():%-d %B %Y}, {RIGHT}, pre-election reason “{REASON}”",
        "reason": "A wrong day",
    }
    assert second.data == {
        "before": f"{day():%-d %B %Y}, {RIGHT}",
        "after": f"{day():%-d %B %Y}, {ADDRESS}",
        "reason": "A slip",
    }
    assert third.data["after"].startswith(f"{outside:%-d %B %Y}, {ADDRESS}")
    assert "…" not in sentence(third.verb, third.data)


@each_thing
def test_the_pre_election_reason_alone_is_corrected_and_what_is_not_published_is_not(thing: Thing):
    staged = thing.make()
    vote(staged.case.council)
    with pytest.raises(AlreadyMoved, match=f"The {thing.of.name} is not published, so there is nothing to correct"):
        thing.corrected(staged)
    thing.published(staged, pre_election_reason="Agreed")
    thing.corrected(staged, pre_election_reason=REASON)
    assert thing.row(staged).pre_election_reason == REASON
    assert [each.data["reason"] for each in thing.events(staged, "before_poll")] == ["Agreed", REASON]
    with pytest.raises(Refused) as refused:
        thing.correct(**thing.told(staged, pre_election_reason=REASON, published_address=RIGHT, reason="  "))
    assert refused.value.field == "reason"


# ------------------------------------------------------------------ second click and stale form


@each_thing
def test_a_second_click_records_and_tells_nothing_twice(thing: Thing, client_for):
    staged = thing.make()
    vote(staged.case.council)
    client, form = client_for(thing.by(staged)), thing.form(staged, pre_election_reason=REASON)
    assert client.post(thing.url(staged), form).status_code == 302
    again = client.post(thing.url(staged), form)
    assert again.status_code == 422
    assert REASON in text(again)
    where = thing.url(staged, "publication-correct")
    form = thing.form(staged, pre_election_reason=REASON, published_address=RIGHT, reason="A slip")
    assert client.post(where, form).status_code == 302
    again = client.post(where, form)
    assert again.status_code == 422
    assert "This date and address are already recorded, so nothing was changed." in text(again)
    assert [len(thing.events(staged, verb)) for verb in ("published", "before_poll", "corrected")] == [1, 1, 1]
    assert Message.objects.filter(kind=thing.of.mail).count() == 7


@each_thing
def test_a_stale_form_writes_nothing_and_comes_back_as_typed(thing: Thing, client_for):
    staged = thing.make()
    vote(staged.case.council)
    client, form = client_for(thing.by(staged)), thing.form(staged, pre_election_reason=REASON)
    thing.model.objects.filter(case=staged.case).update(version=form["version"] + 1)
    page = client.post(thing.url(staged), form)
    assert page.status_code == 409
    assert f'value="{ADDRESS}"' in text(page) and REASON in text(page)
    assert thing.row(staged).published_on is None and not Message.objects.filter(kind=thing.of.mail).exists()
    # Pressed again with both texts read.
    assert client.post(thing.url(staged), form | {"version": thing.row(staged).version}).status_code == 302
    stale = thing.form(staged, published_address="https://www.example.org/mine", reason="A slip")
    thing.corrected(staged, published_address=RIGHT, pre_election_reason="As agreed in May")
    page = client.post(thing.url(staged, "publication-correct"), stale | {"pre_election_reason": "My own words"})
    assert page.status_code == 409
    for words in (RIGHT, "As agreed in May", "https://www.example.org/mine", "My own words"):
        assert words in text(page)
    with pytest.raises(Stale):
        thing.corrected(staged, version=stale["version"], pre_election_reason=REASON)
    assert thing.row(staged).published_address == RIGHT
