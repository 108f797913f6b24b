from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan import services
from assessments.action_plan.models import Action, ActionPlan, PlanComment, RecommendationAnswer
from assessments.report import services as report_services
from assessments.report.models import Recommendation, Report, ReportState
from cpc.audit.models import Event
from cpc.cases.stages import Stage
from tests.assessments.action_plan.test_services import ready
from tests.counting import count_queries
from tests.factories.assessments import make_reported, make_staged

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"action_plan:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def act(staged, text, recommendation=None):
    return services.add_action(
        case=staged.case,
        text=text,
        owner="Director",
        due_on=timezone.localdate(),
        measure="Minute",
        recommendation=recommendation,
        by=staged.coordinator,
    )


def answer_form(**changed):
    return {"answer": "partly", "reason": "Money", "version": "0", "words_version": "0"} | changed


def reword(staged, one, words, **changed):
    """The report is taken back after the council answered, says something else, and is final again."""
    report_services.reopen_report(case=staged.case, reason="A wrong figure", by=staged.manager)
    one = Recommendation.objects.get(pk=one.pk)
    values = {"level": one.level, "focus_area": one.focus_area, "intended_outcome": "", "themes": []} | changed
    report_services.change_recommendation(
        recommendation=one, text=words, version=one.version, by=staged.manager, **values
    )
    Report.objects.filter(case=staged.case).update(
        state=ReportState.FINAL, finalised_at=timezone.now(), finalised_by=staged.manager
    )


def test_an_answer_to_words_that_changed_is_shown_and_given_again_before_the_plan_is_published(client_for):
    staged = make_reported(Stage.REPORT)
    ready(staged)
    one = first(staged)
    before = one.text
    reword(staged, one, "Agree far fewer priorities")
    event = Event.objects.get(verb="answered_recommendation_reworded")
    assert (event.data["number"], event.data["before"], event.audience) == (one.number, before, "council")
    client, where = client_for(staged.coordinator), url(staged, "answer-edit", pk=one.pk)
    refusal = "Confirm or change every answer that was given to earlier words (1 to go)"
    refused = client.post(url(staged, "publish"), publish_form(staged))
    assert refused.status_code == 422
    assert refusal in text(refused)
    assert text(client.get(url(staged))).count("Given to earlier words") == 1
    page = text(client.get(where))
    assert before in page
    assert "Save the answer again to confirm it" in page
    same = answer_form(answer="accepted", reason="", version="1", words_version="1")
    for _ in range(2):
        assert "Answer saved" in text(client.post(where, same, follow=True))
    assert events(staged, "recommendation_answered_again") == 1
    page = text(client.get(url(staged)))
    assert "Given to earlier words" not in page
    assert "Accepted" in page
    assert client.post(url(staged, "publish"), publish_form(staged)).status_code == 302


def test_an_answer_stands_when_the_words_do(client_for):
    staged = make_reported(Stage.REPORT)
    ready(staged)
    reword(staged, first(staged), first(staged).text, intended_outcome="Focus")
    assert "Given to earlier words" not in text(client_for(staged.coordinator).get(url(staged)))
    assert events(staged, "answered_recommendation_reworded") == 0
    assert services.unready(staged.case) == []


def test_nobody_answers_words_that_they_have_not_seen(client_for):
    staged = make_reported(Stage.REPORT)
    client, where = client_for(staged.leader), url(staged, "answer-edit", pk=first(staged).pk)
    reword(staged, first(staged), "Agree far fewer priorities")
    page = client.post(where, answer_form(reason="My own words"))
    assert page.status_code == 409
    assert "The recommendation has changed since you opened this page." in text(page)
    assert "Agree far fewer priorities" in saved_now(page)
    assert "My own words" in text(page)
    assert 'name="words_version" value="1"' in text(page)
    assert not RecommendationAnswer.objects.exists()
    assert client.post(where, answer_form(reason="My own words", words_version="1")).status_code == 302


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("coordinator", 200),
        ("leader", 200),
        ("manager", 200),
        ("programme_manager", 200),
        ("peer", 403),
        ("administrator", 403),
    ],
)
def test_who_reads_the_plan_before_it_is_public(client_for, who, status):
    staged = make_reported()
    assert client_for(staged.people[who]).get(url(staged)).status_code == status


def test_only_the_council_edits(client_for):
    """R59"""
    staged = make_reported()
    for who, status in (
        ("coordinator", 200),
        ("leader", 200),
        ("manager", 403),
        ("programme_manager", 403),
        ("peer", 403),
    ):
        assert client_for(staged.people[who]).get(url(staged, "action-add")).status_code == status


def test_an_answer_is_given_and_a_missing_reason_is_said_beside_the_field(client_for):
    staged = make_reported()
    one = Recommendation.objects.filter(report__case=staged.case).first()
    client = client_for(staged.coordinator)
    page = client.post(url(staged, "answer-edit", pk=one.pk), answer_form(reason=""))
    assert page.status_code == 422
    assert "Enter why the council does not fully accept this recommendation" in page.content.decode()
    done = client.post(url(staged, "answer-edit", pk=one.pk), answer_form(), follow=True)
    assert "Partly accepted" in done.content.decode()


def test_wrong_date_comes_back_as_typed(client_for):
    staged = make_reported()
    data = {"text": "Act", "due_on-day": "31", "due_on-month": "2", "due_on-year": "2027", "version": "0"}
    page = client_for(staged.coordinator).post(url(staged, "action-add"), data)
    assert page.status_code == 422
    assert "Date must be a real date" in page.content.decode()
    assert 'value="31"' in page.content.decode()


def test_action_of_another_case_is_not_there(client_for):
    staged, other = make_reported(), make_reported()
    foreign = act(other, "Theirs")
    assert client_for(staged.coordinator).get(url(staged, "action-edit", pk=foreign.pk)).status_code == 404


def test_page_costs_the_same_with_one_and_three_actions(client_for):
    staged = make_reported(recommendations=3)
    client = client_for(staged.coordinator)
    found = list(Recommendation.objects.filter(report__case=staged.case).select_related("report"))
    act(staged, "One", found[0])
    client.get(url(staged))
    with_one = count_queries(lambda: client.get(url(staged)))
    act(staged, "Two", found[1])
    act(staged, "Three", found[2])
    assert count_queries(lambda: client.get(url(staged))) == with_one


def events(staged, verb):
    return Event.objects.filter(case=staged.case, verb=verb).count()


def text(response):
    return response.content.decode()


def saved_now(page):
    return text(page).split("What is saved now")[1].split("</dl>")[0]


def first(staged):
    return Recommendation.objects.filter(report__case=staged.case).select_related("report").first()


def action_form(**changed):
    today = timezone.localdate()
    form = {"text": "Bring a paper to cabinet", "owner": "Director", "measure": "Minute", "version": 0}
    form |= {"due_on-day": today.day, "due_on-month": today.month, "due_on-year": today.year}
    return form | changed


def publish_form(staged, **changed):
    on = timezone.localdate() - timedelta(days=1)
    form = {"published_on-day": on.day, "published_on-month": on.month, "published_on-year": on.year}
    version = ActionPlan.objects.get(case=staged.case).version
    return form | {"published_address": "https://www.example.org/plan", "version": version} | changed


def test_an_answer_is_given_once_and_a_stale_one_shows_both(client_for):
    staged = make_reported()
    where = url(staged, "answer-edit", pk=first(staged).pk)
    for _ in range(2):
        page = client_for(staged.leader).post(where, answer_form(), follow=True)
        assert "Answer saved" in text(page)
    assert events(staged, "recommendation_answered") == 1
    mine = answer_form(answer="not_accepted", reason="My own words")
    page = client_for(staged.coordinator).post(where, mine)
    assert page.status_code == 409
    assert "Partly accepted" in saved_now(page)
    assert "Money" in saved_now(page)
    assert "My own words" in text(page)
    assert client_for(staged.coordinator).post(where, mine | {"version": "1"}).status_code == 302
    assert RecommendationAnswer.objects.get().reason == "My own words"


def test_an_action_is_added_once_and_the_same_words_with_another_owner_are_another(client_for):
    staged = make_reported()
    client, where = client_for(staged.coordinator), url(staged, "action-add")
    for _ in range(2):
        assert "Action added" in text(client.post(where, action_form(), follow=True))
    client.post(where, action_form(owner="Head of finance"))
    assert sorted(Action.objects.values_list("owner", flat=True)) == ["Director", "Head of finance"]
    assert events(staged, "action_added") == 2


def test_a_stale_action_shows_every_field_and_a_second_click_is_quiet(client_for):
    staged = make_reported()
    one, action = first(staged), act(staged, "As it was")
    where = url(staged, "action-edit", pk=action.pk)
    form = action_form(recommendation=one.pk, owner="Head of finance", measure="Published")
    for _ in range(2):
        assert "Action saved" in text(client_for(staged.leader).post(where, form, follow=True))
    assert events(staged, "action_changed") == 1
    page = client_for(staged.coordinator).post(where, action_form(text="My own words"))
    assert page.status_code == 409
    today = f"{timezone.localdate():%-d %B %Y}"
    for words in ("Bring a paper to cabinet", one.text, "Head of finance", "Published", today):
        assert words in saved_now(page)
    assert "My own words" in text(page)


@pytest.mark.parametrize("name", ["action-edit", "action-progress"])
def test_what_was_typed_comes_back_when_the_action_was_removed_meanwhile(client_for, name):
    staged = make_reported()
    action = act(staged, "As it was")
    services.remove_action(action=action, reason="Said twice", by=staged.leader)
    client, where = client_for(staged.coordinator), url(staged, name, pk=action.pk)
    page = client.post(where, action_form(text="My own words", status="on_track", progress="My own words"))
    assert page.status_code == 422
    assert "This action was removed while you were writing, so nothing was saved." in text(page)
    assert "My own words" in text(page)
    assert client.get(where).status_code == 404


def test_an_action_is_removed_once_and_with_a_reason(client_for):
    staged = make_reported()
    client, where = client_for(staged.coordinator), url(staged, "action-remove", pk=act(staged, "As it was").pk)
    assert "Enter the reason" in text(client.post(where, {"reason": " "}))
    assert "Action removed. Its words stay in the history." in text(
        client.post(where, {"reason": "Said twice"}, follow=True)
    )
    again = client.post(where, {"reason": "Said twice"})
    assert again.status_code == 422
    assert "already removed" in text(again)
    assert events(staged, "action_removed") == 1


def test_progress_is_saved_once_and_a_stale_one_shows_every_field(client_for):
    staged = make_reported()
    where = url(staged, "action-progress", pk=act(staged, "Act").pk)
    form = {"status": "delayed", "rag": "amber", "progress": "Waiting", "evidence": "Minute 7", "version": "0"}
    for _ in range(2):
        assert "Progress saved" in text(client_for(staged.leader).post(where, form, follow=True))
    assert events(staged, "action_progress_updated") == 1
    page = client_for(staged.coordinator).post(where, form | {"progress": "My own words", "status": "on_track"})
    assert page.status_code == 409
    for words in ("Delayed", "Amber", "Waiting", "Minute 7"):
        assert words in saved_now(page)
    assert "My own words" in text(page)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"status": "complete"}, "Enter what shows that the action is complete"),
        ({"status": "paused"}, "Enter why the action is paused"),
        ({"status": "gone"}, "Choose from the list"),
    ],
)
def test_progress_that_cannot_be_comes_back_as_typed(client_for, changed, refusal):
    staged = make_reported()
    form = {"status": "on_track", "rag": "", "progress": "", "evidence": "", "version": "0"} | changed
    page = client_for(staged.leader).post(url(staged, "action-progress", pk=act(staged, "Act").pk), form)
    assert page.status_code == 422
    assert refusal in text(page)


def test_a_comment_of_the_lga_stands_once(client_for):
    staged = make_reported()
    client, where = client_for(staged.manager), url(staged, "comment-add")
    assert "Enter your comment" in text(client.post(where, {"text": ""}))
    for _ in range(2):
        assert "Comment added" in text(client.post(where, {"text": "Say who owns it"}, follow=True))
    assert ActionPlan.objects.get(case=staged.case).comments.count() == 1
    assert "Say who owns it" in text(client_for(staged.leader).get(url(staged)))
    assert client_for(staged.leader).post(where, {"text": "x"}).status_code == 403


def test_the_plan_is_published_once_when_ready_and_reopened_once(client_for):
    staged = make_reported()
    client = client_for(staged.coordinator)
    early = client.post(url(staged, "publish"), publish_form(staged))
    assert early.status_code == 422
    assert "The plan cannot be published yet. Answer every recommendation (2 to go)" in text(early)
    assert 'value="https://www.example.org/plan"' in text(early)
    ready(staged)
    form = publish_form(staged)
    assert "Publication recorded" in text(client.post(url(staged, "publish"), form, follow=True))
    again = client.post(url(staged, "publish"), form)
    assert again.status_code == 422
    assert "The action plan is published." in text(again)
    assert events(staged, "plan_published") == 1
    for name in ("action-add", "answer-edit"):
        kwargs = {"pk": first(staged).pk} if name == "answer-edit" else {}
        page = client.post(url(staged, name, **kwargs), action_form(answer="accepted", reason="My own words"))
        assert page.status_code == 422
        assert "Reopen it to change what it says" in text(page)
    assert "Enter the reason" in text(client.post(url(staged, "reopen"), {"reason": ""}))
    done = client.post(url(staged, "reopen"), {"reason": "A wrong owner"}, follow=True)
    assert "The action plan is being written again" in text(done)
    twice = client.post(url(staged, "reopen"), {"reason": "A wrong owner"})
    assert twice.status_code == 422
    assert "already being written" in text(twice)


def test_a_stale_publication_is_not_recorded(client_for):
    staged = make_reported()
    ready(staged)
    client, form = client_for(staged.coordinator), publish_form(staged)
    client_for(staged.leader).post(url(staged, "publish"), form)
    services.reopen_plan(case=staged.case, reason="A wrong owner", by=staged.leader)
    page = client.post(url(staged, "publish"), form)
    assert page.status_code == 409
    assert "Being written" in saved_now(page)
    assert 'value="https://www.example.org/plan"' in text(page)
    assert ActionPlan.objects.get(case=staged.case).state == "drafting"


def test_the_plan_is_not_published_while_the_report_is_drafted_again(client_for):
    staged = make_reported(Stage.REPORT)
    ready(staged)
    report_services.reopen_report(case=staged.case, reason="A wrong figure", by=staged.manager)
    page = client_for(staged.coordinator).post(url(staged, "publish"), publish_form(staged))
    assert page.status_code == 422
    assert "once the report is final" in text(page)
    assert ActionPlan.objects.get(case=staged.case).state == "drafting"


def test_a_publication_is_corrected_once_and_knowingly(client_for):
    staged = make_reported()
    ready(staged)
    client, where = client_for(staged.coordinator), url(staged, "publication-correct")
    early = client.post(where, publish_form(staged, reason="A wrong address"))
    assert early.status_code == 422
    assert "not published, so there is nothing to correct" in text(early)
    client.post(url(staged, "publish"), publish_form(staged))
    form = publish_form(staged, published_address="https://www.example.org/right", reason="A wrong address")
    assert "Corrected." in text(client.post(where, form, follow=True))
    again = client.post(where, form)
    assert again.status_code == 422
    assert "This date and address are already recorded" in text(again)
    assert events(staged, "plan_publication_corrected") == 1
    stale = client_for(staged.leader).post(where, form | {"published_address": "https://www.example.org/mine"})
    assert stale.status_code == 409
    assert "https://www.example.org/right" in saved_now(stale)
    assert "https://www.example.org/mine" in text(stale)


@pytest.mark.parametrize("name", ["action-add", "publish", "publication-correct", "reopen"])
def test_nobody_but_the_council_moves_its_plan(client_for, name):
    """R59"""
    staged = make_reported()
    for who in ("manager", "programme_manager", "peer", "support", "administrator"):
        assert client_for(staged.people[who]).post(url(staged, name), {"reason": "x"}).status_code == 403
    assert client_for(make_reported().coordinator).post(url(staged, name)).status_code == 404


def test_before_the_report_is_final_the_page_says_when_it_begins(client_for):
    staged = make_staged(Stage.REPORT)
    page = text(client_for(staged.coordinator).get(url(staged)))
    assert "The council answers the recommendations once the report is final." in page


def test_what_the_lga_says_about_the_plan_stays_between_it_and_the_council(client_for):
    """A published plan opens for everybody on the case; the LGA's comments on it did too."""
    staged = make_reported(Stage.ACTION_PLAN)
    plan = ActionPlan.objects.get(case=staged.case)
    PlanComment.objects.create(plan=plan, text="Too slow, we think", written_by=staged.manager)
    ActionPlan.objects.filter(pk=plan.pk).update(
        state="published", published_on=timezone.localdate(), published_address="https://www.example.org/plan"
    )
    where = reverse("action_plan:detail", kwargs={"reference": staged.case.reference})
    shown = {
        who
        for who, user in staged.people.items()
        if "Too slow, we think" in client_for(user).get(where).content.decode()
    }
    assert shown == {"manager", "programme_manager", "support", "coordinator", "leader", "chief_executive"}
    assert client_for(staged.peer).get(where).status_code == 200
