"""R96: what becomes of the recommendations of a council that ends."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan import services
from assessments.action_plan.models import OutcomeKind, RecommendationOutcome
from assessments.action_plan.outcomes.services import reopen_recommendation, settle_recommendation
from assessments.report.models import Recommendation, Report, ReportState
from councils.models import Council, Succession
from cpc.audit.models import Event
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.services import pause_case
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.cycle.models import AdviserPost
from cpc.reminders.pauses.services import pause_reminders
from tests.assessments.action_plan.test_views import text
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.assessments import make_reported, make_staged, recommend
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge, make_prompt, make_trigger

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def end(council, *, days=300, followed_by="merger", **successor):
    """The council gets a last day, and somebody who follows it."""
    last = TODAY() + timedelta(days=days)
    Council.objects.filter(pk=council.pk).update(end_on=last)
    heir = make_council(start_on=last + timedelta(days=1), **successor)
    Succession.objects.create(predecessor=council, successor=heir, on=last + timedelta(days=1), kind=followed_by)
    return heir


def make_ending(stage=Stage.ACTION_PLAN, *, recommendations=2, **ending):
    staged = make_reported(stage, recommendations=recommendations)
    return staged, end(staged.case.council, **ending)


def first(staged):
    return Recommendation.objects.filter(report__case=staged.case).select_related("report").order_by("number")[0]


def settle(staged, **overrides):
    values = {
        "recommendation": first(staged),
        "kind": "completed",
        "successor": None,
        "note": "Cabinet minute 12",
        "decided_on": TODAY(),
        "version": 0,
        "by": staged.manager,
    }
    return settle_recommendation(**values | overrides)


def carry(staged, heir, **overrides):
    return settle(staged, kind="carried", successor=heir, note="", **overrides)


def url(staged, name="outcome-list", **kwargs):
    return reverse(f"action_plan:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def council_page(client, council):
    return text(client.get(reverse("councils:detail", kwargs={"slug": council.slug})))


def typed(**changed):
    today = TODAY()
    return {
        "kind": "completed",
        "successor": "",
        "note": "Cabinet minute 12",
        "decided_on-day": str(today.day),
        "decided_on-month": str(today.month),
        "decided_on-year": str(today.year),
        "version": "0",
        "words_version": "0",
    } | changed


# ------------------------------------------------------------------ the rules


def test_a_recommendation_is_carried_closed_or_completed():
    staged, heir = make_ending(recommendations=3)
    one, two, three = Recommendation.objects.filter(report__case=staged.case).select_related("report")
    carry(staged, heir, recommendation=one)
    settle(staged, recommendation=two, kind="closed_by_abolition", note="The service goes elsewhere")
    settle(staged, recommendation=three)
    found = RecommendationOutcome.objects.order_by("recommendation__number").values_list("kind", "successor", "note")
    assert list(found) == [
        ("carried", heir.pk, ""),
        ("closed_by_abolition", None, "The service goes elsewhere"),
        ("completed", None, "Cabinet minute 12"),
    ]
    events = Event.objects.filter(verb="recommendation_settled").order_by("pk")
    assert [event.data["outcome"] for event in events] == [
        f"carried to {heir.name}",
        "closed because the council ends",
        "completed",
    ]
    assert {event.audience for event in events} == {"council"}


def test_the_database_keeps_outcomes_whole():
    staged, heir = make_ending()
    outcome = settle(staged)
    rows = RecommendationOutcome.objects.filter(pk=outcome.pk)
    for wrong in ({"kind": "carried"}, {"successor": heir}, {"note": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


@pytest.mark.parametrize("stage", [Stage.REPORT, Stage.ACTION_PLAN, Stage.PROGRESS_REVIEW])
def test_it_is_possible_at_every_stage_after_the_report_is_final(stage):
    staged, heir = make_ending(stage)
    assert carry(staged, heir).successor == heir


def test_it_is_possible_on_a_case_that_is_paused_or_closed():
    staged, heir = make_ending()
    pause_case(case=staged.case, reason="Reorganisation", by=staged.programme_manager)
    carry(staged, heir)
    Case.objects.filter(pk=staged.case.pk).update(state="closed", closed_on=TODAY())
    second = Recommendation.objects.filter(report__case=staged.case).select_related("report")[1]
    settle(staged, recommendation=second)
    assert RecommendationOutcome.objects.count() == 2


def test_it_is_refused_before_the_report_is_final():
    staged = make_staged(Stage.REPORT)
    recommend(staged)
    end(staged.case.council)
    with pytest.raises(StageClosed) as refused:
        settle(staged)
    assert "once the report is final" in refused.value.message
    Report.objects.filter(case=staged.case).update(
        state=ReportState.FINAL, finalised_at=timezone.now(), finalised_by=staged.manager
    )
    assert settle(staged).kind == "completed"


def test_it_is_refused_while_the_council_does_not_end():
    staged = make_reported()
    with pytest.raises(StageClosed) as refused:
        settle(staged)
    assert "no last day" in refused.value.message
    assert not RecommendationOutcome.objects.exists()


@pytest.mark.parametrize("kind", ["merger", "split", "continues", ""])
def test_it_is_carried_to_whoever_follows(kind):
    staged, heir = make_ending(followed_by=kind)
    assert carry(staged, heir).successor == heir


@pytest.mark.parametrize("which", ["stranger", "took part of the area", "none"])
def test_it_is_not_carried_to_another(which):
    staged, _ = make_ending()
    other = make_council()
    if which == "took part of the area":
        Succession.objects.create(
            predecessor=staged.case.council, successor=other, on=TODAY() + timedelta(days=301), kind="boundary"
        )
    with pytest.raises(Refused) as refused:
        carry(staged, None if which == "none" else other)
    assert refused.value.field == "successor"
    assert not RecommendationOutcome.objects.exists()


def test_it_is_carried_on_when_the_successor_ends_too(client_for):
    staged, heir = make_ending(days=10)
    outcome = carry(staged, heir)
    client = client_for(staged.manager)
    needed, ends = "Recommendations that were carried here need another decision.", f"{heir.name} ends too"
    assert needed not in council_page(client, heir)
    assert ends not in text(client.get(url(staged)))
    heir_of_heir = end(heir, days=400)
    # It begins only then: the page of today says so in another place.
    Council.objects.filter(pk=heir.pk).update(start_on=None)
    assert needed in council_page(client, heir)
    assert ends in text(client.get(url(staged)))
    again = carry(staged, heir_of_heir, version=outcome.version)
    assert (again.successor, again.version) == (heir_of_heir, 2)
    assert Event.objects.get(verb="recommendation_outcome_changed").data["before"] == f"carried to {heir.name}"


def test_councils_that_follow_each_other_in_a_circle_do_no_harm():
    staged, heir = make_ending()
    Council.objects.filter(pk=heir.pk).update(end_on=TODAY() + timedelta(days=900))
    Succession.objects.create(
        predecessor=heir, successor=staged.case.council, on=TODAY() + timedelta(days=901), kind="merger"
    )
    assert carry(staged, heir).successor == heir


def test_a_council_that_ends_without_a_successor_closes_or_completes():
    staged = make_reported()
    Council.objects.filter(pk=staged.case.council_id).update(end_on=date(2024, 3, 31))
    with pytest.raises(Refused) as refused:
        carry(staged, None)
    assert "No successor council is recorded" in refused.value.message
    assert settle(staged, kind="closed_by_abolition", note="No one follows").kind == OutcomeKind.CLOSED


def test_of_a_joint_challenge_the_partner_that_ends_counts():
    staged = make_reported()
    partner = make_council()
    staged.case.joint_councils.add(partner)
    heir = end(partner)
    assert carry(staged, heir).successor == heir


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "open"}, "kind"),
        ({"note": "  "}, "note"),
        ({"kind": "closed_by_abolition", "note": ""}, "note"),
        ({"decided_on": date(2999, 1, 1)}, "decided_on"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(wrong, field):
    staged, _ = make_ending()
    with pytest.raises(Refused) as refused:
        settle(staged, **wrong)
    assert refused.value.field == field
    assert not RecommendationOutcome.objects.exists()


def test_a_council_is_named_only_for_what_is_carried():
    staged, heir = make_ending()
    with pytest.raises(Refused) as refused:
        settle(staged, successor=heir)
    assert refused.value.field == "successor"


def test_the_same_again_is_the_same_and_a_stale_one_is_refused():
    staged, heir = make_ending()
    assert settle(staged).pk == settle(staged).pk
    assert Event.objects.filter(verb="recommendation_settled").count() == 1
    with pytest.raises(Stale):
        carry(staged, heir)
    assert carry(staged, heir, version=1).kind == "carried"


def test_words_that_were_not_read_are_not_decided_on():
    staged, _ = make_ending()
    Recommendation.objects.filter(pk=first(staged).pk).update(text="Other words", version=4)
    with pytest.raises(Stale):
        settle(staged, words_version=3)
    assert settle(staged, words_version=4).decided_text == "Other words"


def test_a_decision_is_taken_back_with_a_reason():
    staged, heir = make_ending()
    outcome = carry(staged, heir)
    one = first(staged)
    with pytest.raises(Refused) as refused:
        reopen_recommendation(recommendation=one, reason=" ", version=outcome.version, by=staged.manager)
    assert refused.value.field == "reason"
    with pytest.raises(Stale):
        reopen_recommendation(recommendation=one, reason="Too early", version=0, by=staged.manager)
    reopen_recommendation(recommendation=one, reason="Too early", version=outcome.version, by=staged.manager)
    with pytest.raises(AlreadyMoved):
        reopen_recommendation(recommendation=one, reason="Too early", version=outcome.version, by=staged.manager)
    event = Event.objects.get(verb="recommendation_opened_again")
    assert (event.data["before"], event.data["reason"]) == (f"carried to {heir.name}", "Too early")
    # A page from before is told apart, although the recommendation is as open as it was then.
    with pytest.raises(Stale):
        settle(staged, version=0)
    assert settle(staged, version=2).version == 3


def test_a_decision_is_taken_back_when_the_council_does_not_end_after_all(client_for):
    staged, heir = make_ending()
    outcome = carry(staged, heir)
    Council.objects.filter(pk=staged.case.council_id).update(end_on=None)
    assert "Open it again" in text(client_for(staged.manager).get(url(staged)))
    reopen_recommendation(recommendation=first(staged), reason="No end", version=outcome.version, by=staged.manager)
    assert RecommendationOutcome.objects.get().kind == "open"


# ------------------------------------------------------------------ the pages of the case


def test_the_page_tells_each_with_its_answer_and_progress(client_for):
    staged, heir = make_ending()
    one = first(staged)
    services.answer_recommendation(
        recommendation=one, answer="partly", reason="Money", version=0, by=staged.coordinator
    )
    services.add_action(
        case=staged.case,
        text="Bring a paper",
        owner="Director",
        due_on=TODAY(),
        measure="Minute",
        recommendation=one,
        by=staged.coordinator,
    )
    page = text(client_for(staged.manager).get(url(staged)))
    for words in ("2 of 2 are open", "Partly accepted", "Money", "Bring a paper", "Not started", heir.name):
        assert words in page
    assert page.count("Decide what becomes of it") == 2


def test_one_is_decided_on_its_own_form(client_for):
    staged, heir = make_ending()
    client = client_for(staged.manager)
    where = url(staged, "outcome-settle", pk=first(staged).pk)
    page = client.get(where)
    assert heir.name in text(page)
    assert "Recommendation text 1" in text(page)
    assert "checked" not in page.content.decode()
    refused = client.post(where, typed(kind="carried", note="Long words"))
    assert refused.status_code == 422
    assert "Choose the council that takes it on" in text(refused)
    assert "Long words" in refused.content.decode()
    for _ in range(2):
        done = client.post(where, typed(kind="carried", successor=str(heir.pk), note=""), follow=True)
        assert "Decision recorded" in text(done)
    page = text(client.get(url(staged)))
    assert "1 of 2 is open" in page
    assert "Carried to a successor" in page
    stale = client.post(where, typed(note="Other words"))
    assert stale.status_code == 409
    assert "Carried to a successor" in text(stale)
    assert "Other words" in stale.content.decode()
    assert client.post(where, typed(note="Other words", version="1")).status_code == 302
    assert RecommendationOutcome.objects.get().kind == "completed"
    back = url(staged, "outcome-reopen", pk=first(staged).pk)
    assert client.post(back, {"reason": "", "version": "2"}).status_code == 422
    assert client.post(back, {"reason": "Too early", "version": "1"}).status_code == 409
    assert client.post(back, {"reason": "Too early", "version": "2"}).status_code == 302
    assert client.post(back, {"reason": "Too early", "version": "2"}).status_code == 422
    assert "Too early" in text(client.get(url(staged)))


def test_the_form_is_not_offered_where_nothing_can_be_decided(client_for):
    staged = make_reported()
    page = client_for(staged.manager).get(url(staged, "outcome-settle", pk=first(staged).pk))
    assert "no last day in the register" in text(page)
    assert "novalidate" not in page.content.decode()


def test_a_draft_is_not_shown(client_for):
    staged = make_staged(Stage.REPORT)
    recommend(staged, "Words of a draft")
    end(staged.case.council)
    client = client_for(staged.programme_manager)
    page = text(client.get(url(staged)))
    assert "once the report is final" in page
    assert "Words of a draft" not in page
    assert client.get(url(staged, "outcome-settle", pk=first(staged).pk)).status_code == 404


@pytest.mark.parametrize(
    ("who", "reads", "settles"),
    [
        ("programme_manager", 200, 200),
        ("manager", 200, 200),
        ("support", 200, 403),
        ("coordinator", 200, 403),
        ("leader", 200, 403),
        ("peer", 403, 403),
        ("administrator", 403, 403),
    ],
)
def test_who_reads_and_who_decides(client_for, who, reads, settles):
    staged, _ = make_ending()
    client = client_for(staged.people[who])
    assert client.get(url(staged)).status_code == reads
    where = url(staged, "outcome-settle", pk=first(staged).pk)
    assert client.get(where).status_code == settles
    if settles == 403:
        assert client.post(where, typed()).status_code == 403
        assert not RecommendationOutcome.objects.exists()


def test_the_principal_adviser_of_the_council_decides_once_the_report_is_public(client_for):
    staged, _ = make_ending()
    adviser, elsewhere = make_user("principal_adviser"), make_user("principal_adviser")
    AdviserPost.objects.create(council=staged.case.council, user=adviser, started_on=date(2024, 1, 1))
    AdviserPost.objects.create(council=make_council(), user=elsewhere, started_on=date(2024, 1, 1))
    client, where = client_for(adviser), url(staged, "outcome-settle", pk=first(staged).pk)
    services.answer_recommendation(
        recommendation=first(staged), answer="partly", reason="Money", version=0, by=staged.coordinator
    )
    page = text(client.get(url(staged)))
    assert "Recommendation text 1" in page
    # The council's plan is not public yet, and the adviser does not belong to the case.
    assert "Partly accepted" not in page
    assert client.post(where, typed()).status_code == 302
    assert client_for(elsewhere).get(url(staged)).status_code == 404
    Report.objects.filter(case=staged.case).update(
        state=ReportState.FINAL, published_on=None, finalised_at=timezone.now(), finalised_by=staged.manager
    )
    assert client.get(url(staged)).status_code == 404
    assert client.post(where, typed()).status_code == 404


def test_the_case_and_the_plan_lead_there_only_when_the_council_ends(client_for):
    staged = make_reported()
    client, link = client_for(staged.manager), url(staged)
    pages = [
        reverse("cases:detail", kwargs={"reference": staged.case.reference}),
        reverse("action_plan:detail", kwargs={"reference": staged.case.reference}),
    ]
    assert not any(link in client.get(page).content.decode() for page in pages)
    end(staged.case.council)
    assert all(link in client.get(page).content.decode() for page in pages)


def test_a_challenge_of_published_history_has_nothing_to_decide(client_for):
    council = make_council(end_on=date(2023, 3, 31))
    case = make_challenge(council, date(2020, 5, 5))
    client = client_for(make_user("programme_manager"))
    page = text(client.get(reverse("action_plan:outcome-list", kwargs={"reference": case.reference})))
    assert "You can decide this once the report is final." in page
    page = council_page(client, council)
    assert "There are no recommendations here that you can read." in page
    assert "are open" not in page


# ------------------------------------------------------------------ the pages of the councils


def test_the_page_of_the_council_that_ends_says_how_many_are_open(client_for):
    staged, heir = make_ending(recommendations=4)
    found = list(Recommendation.objects.filter(report__case=staged.case).select_related("report"))
    carry(staged, heir, recommendation=found[0])
    settle(staged, recommendation=found[1])
    client, council = client_for(staged.manager), staged.case.council
    assert "1 carried, 0 closed, 1 completed" in council_page(client, council)
    assert "2 recommendations are open." in council_page(client, council)
    settle(staged, recommendation=found[2], kind="closed_by_abolition", note="Goes elsewhere")
    outcome = settle(staged, recommendation=found[3])
    page = council_page(client, council)
    assert "0 open, 1 carried, 1 closed, 2 completed" in page
    assert "recommendations are open" not in page
    reopen_recommendation(recommendation=found[3], reason="Not yet", version=outcome.version, by=staged.manager)
    assert "1 recommendation is open." in council_page(client, council)


def test_a_successor_reads_what_was_carried_to_it_once_the_report_is_public(client_for):
    staged, heir = make_ending()
    carry(staged, heir)
    client = client_for(make_user("coordinator", council=heir))
    page = council_page(client, heir)
    assert "Carried from predecessors" in page
    assert "Recommendation text 1" in page
    assert "Recommendation text 2" not in page
    assert staged.case.council.name in page
    shown = client.get(reverse("councils:detail", kwargs={"slug": heir.slug})).content.decode()
    assert "https://www.example.org/report" in shown
    assert "Recommendation text 1" in text(client.get(reverse("carried:list", kwargs={"slug": heir.slug})))
    Report.objects.filter(case=staged.case).update(
        state=ReportState.FINAL, finalised_at=timezone.now(), finalised_by=staged.manager
    )
    assert "Carried from predecessors" not in council_page(client, heir)
    page = text(client.get(reverse("carried:list", kwargs={"slug": heir.slug})))
    assert "No recommendations were carried here" in page
    # The programme manager and the people of the case read it before.
    assert "Recommendation text 1" in council_page(client_for(staged.manager), heir)
    assert "Recommendation text 1" not in council_page(client_for(make_user("support_officer")), heir)
    # The case itself stays what it was to the successor's people: not there.
    assert client.get(url(staged)).status_code == 404


def test_counts_of_a_report_that_is_not_public_are_kept_from_strangers(client_for):
    staged, _ = make_ending()
    Report.objects.filter(case=staged.case).update(
        state=ReportState.FINAL, finalised_at=timezone.now(), finalised_by=staged.manager
    )
    stranger = make_user("peer_challenge_manager")
    assert "are open" not in council_page(client_for(stranger), staged.case.council)
    assert "2 recommendations are open." in council_page(client_for(staged.coordinator), staged.case.council)
    contributor = make_user("contributor", council=staged.case.council)
    assert "are open" not in council_page(client_for(contributor), staged.case.council)


def test_many_are_paged(client_for):
    staged, heir = make_ending(recommendations=28)
    for one in Recommendation.objects.filter(report__case=staged.case).select_related("report"):
        carry(staged, heir, recommendation=one)
    client = client_for(staged.manager)
    page = council_page(client, heir)
    assert page.count("carried on") == 5
    assert "All recommendations that were carried here" in page
    where = reverse("carried:list", kwargs={"slug": heir.slug})
    assert text(client.get(where)).count("carried on") == 25
    assert text(client.get(where, {"page": "2"})).count("carried on") == 3


# ------------------------------------------------------------------ what pages cost


@pytest.mark.parametrize("who", ["manager", "coordinator", "programme_manager"])
def test_pages_cost_the_same_with_one_and_with_three(client_for, who):
    counts: dict[str, list[int]] = {}
    for number in (1, 3):
        staged, heir = make_ending(recommendations=number)
        for one in Recommendation.objects.filter(report__case=staged.case).select_related("report"):
            services.answer_recommendation(
                recommendation=one, answer="accepted", reason="", version=0, by=staged.coordinator
            )
            carry(staged, heir, recommendation=one)
        client = client_for(staged.people[who])
        pages = {"outcomes": url(staged), "old": f"/councils/{staged.case.council.slug}/"}
        if who != "coordinator":
            pages |= {"heir": f"/councils/{heir.slug}/", "carried": f"/carried/{heir.slug}/"}
            pages["form"] = url(staged, "outcome-settle", pk=first(staged).pk)
        for name, page in pages.items():
            client.get(page)
            counts.setdefault(name, []).append(count_queries(partial(client.get, page)))
    assert all(one == three <= 12 for one, three in counts.values()), counts


@pytest.mark.parametrize("who", ["programme_manager", "adviser", "coordinator"])
def test_a_council_page_with_everything_on_it_costs_no_more_than_twelve(client_for, who):
    before, council = make_ending(days=10)
    carry(before, council)
    staged = make_reported()
    Case.objects.filter(pk=staged.case.pk).update(council=council)
    Council.objects.filter(pk=council.pk).update(start_on=None)
    end(council, days=400)
    adviser = make_user("principal_adviser")
    AdviserPost.objects.create(council=council, user=adviser, started_on=date(2024, 1, 1))
    pause_reminders(council=council, reason="Reorganisation", ends_on=TODAY(), by=adviser)
    make_trigger(council, TODAY(), prompt=make_prompt(council, TODAY()))
    people = {"adviser": adviser, "coordinator": make_user("coordinator", council=council)}
    client = client_for(people.get(who) or staged.people[who])
    page = council_page(client, council)
    assert "2 recommendations are open." in page
    assert "Carried from predecessors" in page
    assert ("Reminders are paused until" in page) is ("Reasons to get in touch" in page) is (who != "coordinator")
    number = count_queries(partial(council_page, client, council))
    assert number <= 12
