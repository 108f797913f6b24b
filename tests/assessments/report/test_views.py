from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from assessments.action_plan import services as plan_services
from assessments.report import services
from assessments.report.models import FactualCorrection, Recommendation, Report, ReportState, Theme
from cpc.audit.models import Event
from cpc.cases.stages import Stage
from cpc.notifications.models import Message
from tests.assessments.report.test_services import finalised as final
from tests.counting import count_queries
from tests.factories.assessments import make_staged, recommend, word_upload

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"report:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def text_of(response):
    return response.content.decode()


def test_draft_words_are_read_by_the_team_and_the_lga_and_by_named_people_of_the_council(client_for):
    staged = make_staged(Stage.REPORT)
    recommend(staged, "Secret until released")
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    services.sign_quality_check(case=staged.case, by=staged.manager)
    for name in ("manager", "programme_manager", "lead_member", "peer"):
        assert "Secret until released" in text_of(client_for(staged.people[name]).get(url(staged)))
    for name in ("leader", "coordinator", "chief_executive"):
        page = client_for(staged.people[name]).get(url(staged))
        assert page.status_code == 200
        assert "Secret until released" not in text_of(page)
    assert client_for(staged.administrator).get(url(staged)).status_code == 403
    services.release_draft(
        case=staged.case, recipients=[staged.leader], until=timezone.localdate() + timedelta(days=9), by=staged.manager
    )
    assert "Secret until released" in text_of(client_for(staged.leader).get(url(staged)))
    assert "Secret until released" not in text_of(client_for(staged.coordinator).get(url(staged)))


def test_who_holds_the_draft_is_told_until_when_and_nobody_else_is(client_for):
    staged = make_staged(Stage.REPORT)
    recommend(staged)
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    services.sign_quality_check(case=staged.case, by=staged.manager)
    until = timezone.localdate() + timedelta(days=9)
    services.release_draft(case=staged.case, recipients=[staged.leader], until=until, by=staged.manager)
    told = f"The draft is released to you until {until:%-d %B %Y}."
    assert told in text_of(client_for(staged.leader).get(url(staged)))
    for name in ("coordinator", "manager", "peer"):
        assert "released to you" not in text_of(client_for(staged.people[name]).get(url(staged)))
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    page = text_of(client_for(staged.leader).get(url(staged)))
    assert told in page
    assert "A newer version is being written" in page
    services.sign_quality_check(case=staged.case, by=staged.manager)
    services.finalise_report(case=staged.case, by=staged.manager)
    assert "released to you" not in text_of(client_for(staged.leader).get(url(staged)))


def test_only_the_manager_writes(client_for):
    staged = make_staged(Stage.REPORT)
    for name in ("leader", "peer", "support", "administrator"):
        assert client_for(staged.people[name]).get(url(staged, "recommendation-add")).status_code == 403


def test_a_recommendation_is_added_and_what_was_typed_comes_back_on_an_error(client_for):
    staged = make_staged(Stage.REPORT)
    client = client_for(staged.manager)
    answer = client.post(url(staged, "recommendation-add"), {"level": "further", "text": "Words that stay"})
    assert answer.status_code == 422
    assert "Words that stay" in text_of(answer)
    assert "Choose the area that this further recommendation belongs to" in text_of(answer)
    assert "<title>Error: " in text_of(answer)
    answer = client.post(
        url(staged, "recommendation-add"), {"level": "high", "text": "Agree fewer priorities"}, follow=True
    )
    assert "Recommendation added" in text_of(answer)


def test_a_stale_form_shows_both_texts_and_can_be_saved_knowingly(client_for):
    staged = make_staged(Stage.REPORT)
    one = recommend(staged, "As it was")
    services.change_recommendation(
        recommendation=one,
        level="high",
        text="Someone was faster",
        focus_area=None,
        intended_outcome="",
        themes=[],
        version=0,
        by=staged.manager,
    )
    client = client_for(staged.manager)
    data = {"level": "high", "text": "My own words", "version": "0"}
    page = client.post(url(staged, "recommendation-edit", pk=one.pk), data)
    assert page.status_code == 409
    assert "Someone was faster" in text_of(page)
    assert "My own words" in text_of(page)
    assert 'name="version" value="1"' in text_of(page)
    assert client.post(url(staged, "recommendation-edit", pk=one.pk), data | {"version": "1"}).status_code == 302
    assert Recommendation.objects.get(pk=one.pk).text == "My own words"


def test_second_click_on_remove_is_told_kindly(client_for):
    staged = make_staged(Stage.REPORT)
    one = recommend(staged)
    client = client_for(staged.manager)
    where = url(staged, "recommendation-remove", pk=one.pk)
    assert client.post(where, {"reason": "Said twice"}).status_code == 302
    again = client.post(where, {"reason": "Said twice"})
    assert again.status_code == 422
    assert "already removed" in text_of(again)


def test_a_recommendation_of_another_case_is_not_there(client_for):
    staged, other = make_staged(Stage.REPORT), make_staged(Stage.REPORT)
    foreign = recommend(other)
    assert client_for(staged.manager).get(url(staged, "recommendation-edit", pk=foreign.pk)).status_code == 404
    assert client_for(staged.manager).get(url(other)).status_code == 404


def test_page_costs_the_same_with_one_and_three_recommendations(client_for):
    staged = make_staged(Stage.REPORT)
    client = client_for(staged.manager)
    recommend(staged, "One")
    client.get(url(staged))
    with_one = count_queries(lambda: client.get(url(staged)))
    recommend(staged, "Two")
    recommend(staged, "Three")
    assert count_queries(lambda: client.get(url(staged))) == with_one


def with_draft(staged):
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)


def checked(staged):
    services.sign_quality_check(case=staged.case, by=staged.manager)


def events(staged, verb):
    return Event.objects.filter(case=staged.case, verb=verb).count()


def day_of(name, day):
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def release_form(staged, **changed):
    until = timezone.localdate() + timedelta(days=14)
    return {"recipients": [staged.leader.pk]} | day_of("until", until) | changed


def publish_form(staged, **changed):
    version = Report.objects.get(case=staged.case).version
    return (
        {"published_address": "https://www.example.org/report", "version": version, "pre_election_reason": "Agreed"}
        | day_of("published_on", timezone.localdate() - timedelta(days=1))
        | changed
    )


def saved_now(page):
    return text_of(page).split("What is saved now")[1].split("</dl>")[0]


MOVES = [
    ("check", {}, "Checklist signed", "already signed"),
    ("release", None, "Released. They have been told by email.", "They already have the draft"),
    ("finalise", {}, "The report is final", "nothing was changed"),
    ("publish", None, "Publication recorded", "nothing was changed"),
    ("reopen", {"reason": "A wrong figure"}, "The report is being drafted again", "nothing was changed"),
]


@pytest.mark.parametrize(("name", "data", "done", "again"), MOVES)
def test_each_move_is_made_once_and_the_second_click_is_told(client_for, name, data, done, again):
    staged = make_staged(Stage.REPORT)
    with_draft(staged)
    if name != "check":
        checked(staged)
    if name == "finalise":
        recommend(staged)
    if name in {"publish", "reopen"}:
        final(staged)
    if data is None:
        data = release_form(staged) if name == "release" else publish_form(staged)
    data = data | {"version": Report.objects.get(case=staged.case).version}
    client, where = client_for(staged.manager), url(staged, name)
    assert client.get(where).status_code == 200
    assert done in text_of(client.post(where, data, follow=True))
    before = (Event.objects.count(), Message.objects.count(), Report.objects.get(case=staged.case).state)
    assert again in text_of(client.post(where, data, follow=True))
    assert (Event.objects.count(), Message.objects.count(), Report.objects.get(case=staged.case).state) == before


@pytest.mark.parametrize("name", ["check", "finalise"])
def test_nobody_signs_a_draft_that_they_have_not_read(client_for, name):
    staged = make_staged(Stage.REPORT)
    recommend(staged)
    with_draft(staged)
    if name == "finalise":
        checked(staged)
    client = client_for(staged.manager)
    seen = Report.objects.get(case=staged.case).version
    assert f'name="version" value="{seen}"' in text_of(client.get(url(staged, name)))
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.programme_manager)
    if name == "finalise":
        checked(staged)
    answer = client.post(url(staged, name), {"version": seen}, follow=True)
    assert "Someone has changed the report since you opened this page" in text_of(answer)
    report = Report.objects.get(case=staged.case)
    assert report.state == ReportState.DRAFTING
    assert (report.checked_at is None) == (name == "check")


def test_a_new_draft_waits_for_its_checklist_before_the_recipients_read_it(client_for):
    """R22: what leaves the LGA was checked, also the second version."""
    staged = make_staged(Stage.REPORT)
    recommend(staged, "Words of the draft")
    with_draft(staged)
    checked(staged)
    client_for(staged.manager).post(url(staged, "release"), release_form(staged))
    leader = client_for(staged.leader)
    assert "Words of the draft" in text_of(leader.get(url(staged)))
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    assert "Words of the draft" not in text_of(leader.get(url(staged)))
    document = Report.objects.get(case=staged.case).draft
    where = reverse("documents:download", kwargs={"pk": document.latest.pk})
    assert leader.get(where).status_code == 404
    checked(staged)
    assert "Words of the draft" not in text_of(leader.get(url(staged)))
    client_for(staged.manager).post(url(staged, "release"), release_form(staged))
    assert "Words of the draft" in text_of(leader.get(url(staged)))
    assert leader.get(where).status_code == 200


def test_a_reopened_report_is_the_lgas_again_and_can_be_released_anew(client_for):
    staged = make_staged(Stage.REPORT)
    recommend(staged, "Words of the draft")
    with_draft(staged)
    checked(staged)
    manager, leader = client_for(staged.manager), client_for(staged.leader)
    manager.post(url(staged, "release"), release_form(staged))
    services.finalise_report(case=staged.case, by=staged.manager)
    assert "Words of the draft" in text_of(leader.get(url(staged)))
    manager.post(url(staged, "reopen"), {"reason": "A wrong figure"})
    assert "Words of the draft" not in text_of(leader.get(url(staged)))
    page = manager.post(url(staged, "release"), release_form(staged), follow=True)
    assert "Released. They have been told by email." in text_of(page)
    assert Report.objects.get(case=staged.case).state == ReportState.FACTUAL_CHECK
    assert "Words of the draft" in text_of(leader.get(url(staged)))


def test_a_recommendation_that_the_council_answered_is_not_taken_out(client_for):
    staged = make_staged(Stage.REPORT)
    one = recommend(staged)
    with_draft(staged)
    checked(staged)
    services.finalise_report(case=staged.case, by=staged.manager)
    plan_services.answer_recommendation(
        recommendation=one, answer="accepted", reason="", version=0, by=staged.coordinator
    )
    services.reopen_report(case=staged.case, reason="A wrong figure", by=staged.manager)
    page = client_for(staged.manager).post(url(staged, "recommendation-remove", pk=one.pk), {"reason": "Said twice"})
    assert page.status_code == 422
    assert "This recommendation stays, because the council has answered it." in text_of(page)
    assert "Said twice" in text_of(page)
    assert Recommendation.objects.filter(pk=one.pk).exists()
    assert events(staged, "recommendation_removed") == 0


def test_the_same_words_with_another_outcome_are_not_lost_in_silence(client_for):
    staged = make_staged(Stage.REPORT)
    client, where = client_for(staged.manager), url(staged, "recommendation-add")
    form = {"level": "high", "text": "Agree fewer priorities", "intended_outcome": "Focus", "version": 0}
    for _ in range(2):
        assert "Recommendation added" in text_of(client.post(where, form, follow=True))
    page = client.post(where, form | {"intended_outcome": "Another outcome"})
    assert page.status_code == 422
    assert "Recommendation 1 says this already" in text_of(page)
    assert "Another outcome" in text_of(page)
    assert Recommendation.objects.count() == 1


def test_a_stale_recommendation_shows_every_field_and_a_second_click_is_quiet(client_for):
    staged = make_staged(Stage.REPORT)
    one, area = recommend(staged), staged.case.focus_areas.first()
    theme = Theme.objects.create(name="Partnerships")
    where = url(staged, "recommendation-edit", pk=one.pk)
    form = {"level": "further", "focus_area": area.pk, "text": "New words", "intended_outcome": "Calm", "version": 0}
    form["themes"] = [theme.pk]
    for _ in range(2):
        assert "Recommendation saved" in text_of(client_for(staged.manager).post(where, form, follow=True))
    assert events(staged, "recommendation_changed") == 1
    page = client_for(staged.programme_manager).post(where, {"level": "high", "text": "Mine", "version": "0"})
    assert page.status_code == 409
    for word in ("Further recommendation", escape(area.name), "New words", "Calm", "Partnerships"):
        assert word in saved_now(page)


def test_what_was_typed_comes_back_when_the_recommendation_was_removed_meanwhile(client_for):
    staged = make_staged(Stage.REPORT)
    one = recommend(staged)
    services.remove_recommendation(recommendation=one, reason="Said twice", by=staged.manager)
    where = url(staged, "recommendation-edit", pk=one.pk)
    page = client_for(staged.manager).post(where, {"level": "high", "text": "My own words", "version": "0"})
    assert page.status_code == 422
    assert "removed while you were writing, so nothing was saved" in text_of(page)
    assert "My own words" in text_of(page)
    assert client_for(staged.manager).get(where).status_code == 404


def test_a_stale_headline_shows_both_and_a_second_click_is_quiet(client_for):
    staged = make_staged(Stage.REPORT)
    where = url(staged, "headline-edit")
    for _ in range(2):
        page = client_for(staged.manager).post(where, {"headline": "A sound council", "version": "0"}, follow=True)
        assert "Headline message saved" in text_of(page)
    assert events(staged, "report_headline_changed") == 1
    page = client_for(staged.programme_manager).post(where, {"headline": "My own words", "version": "0"})
    assert page.status_code == 409
    assert "A sound council" in saved_now(page)
    assert "My own words" in text_of(page)


def test_the_same_draft_twice_is_told_and_stays_signed(client_for):
    staged = make_staged(Stage.REPORT)
    client, draft = client_for(staged.manager), word_upload().read()

    def add():
        return text_of(
            client.post(url(staged, "draft-add"), {"upload": SimpleUploadedFile("r.docx", draft)}, follow=True)
        )

    assert "Draft added." in add()
    checked(staged)
    assert "the same file as the newest draft" in add()
    assert Report.objects.get(case=staged.case).checked_at is not None


def test_a_release_is_withdrawn_once(client_for):
    staged = make_staged(Stage.REPORT)
    with_draft(staged)
    checked(staged)
    (release,) = services.release_draft(
        case=staged.case, recipients=[staged.leader], until=timezone.localdate() + timedelta(days=9), by=staged.manager
    )
    client, where = client_for(staged.manager), url(staged, "release-withdraw", pk=release.pk)
    assert f"Withdraw the draft from {staged.leader.full_name}?" in text_of(client.get(where))
    assert client_for(staged.leader).post(where).status_code == 403
    assert "Withdrawn. Their access has ended." in text_of(client.post(where, follow=True))
    assert "already withdrawn" in text_of(client.post(where, follow=True))
    assert client_for(make_staged(Stage.REPORT).manager).post(where).status_code == 404


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"recipients": []}, "Choose at least one person"),
        ({"until-year": "2020"}, "The last day must be in the future"),
    ],
)
def test_a_release_that_cannot_be_comes_back_as_typed(client_for, changed, refusal):
    staged = make_staged(Stage.REPORT)
    with_draft(staged)
    checked(staged)
    page = client_for(staged.manager).post(url(staged, "release"), release_form(staged, **changed))
    assert page.status_code == 422
    assert refusal in text_of(page)
    assert Report.objects.get(case=staged.case).state == ReportState.DRAFTING


def correction_form(**changed):
    form = {"place": "Page 7", "kind": "figure", "says": "90,000 people", "should_say": "95,000 people", "evidence": ""}
    return form | changed


def test_a_correction_is_proposed_once_by_somebody_who_holds_the_draft_and_answered_once(client_for):
    staged = make_staged(Stage.REPORT)
    with_draft(staged)
    checked(staged)
    client_for(staged.manager).post(url(staged, "release"), release_form(staged))
    leader, where = client_for(staged.leader), url(staged, "correction-add")
    assert client_for(staged.coordinator).post(where, correction_form()).status_code == 403
    for _ in range(2):
        assert "Correction proposed" in text_of(leader.post(where, correction_form(), follow=True))
    assert FactualCorrection.objects.count() == 1
    leader.post(where, correction_form(evidence="Census, table 2"))
    assert FactualCorrection.objects.count() == 2
    decide = url(staged, "correction-decide", pk=FactualCorrection.objects.first().pk)
    manager = client_for(staged.manager)
    assert leader.post(decide, {"state": "accepted"}).status_code == 403
    refused = manager.post(decide, {"state": "declined", "answer": " ", "version": "0"})
    assert refused.status_code == 422
    assert "Enter why the correction is not accepted" in text_of(refused)
    page = manager.post(decide, {"state": "accepted", "answer": "Thank you", "version": "0"}, follow=True)
    assert "Answered. The council has been told." in text_of(page)
    again = manager.post(decide, {"state": "declined", "answer": "My own words", "version": "0"})
    assert again.status_code == 422
    assert "already answered: accepted" in text_of(again)
    assert "My own words" in text_of(again)
    assert Message.objects.filter(kind="factual_corrections_answered").count() == 1


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"published_address": "not an address"}, "Enter a web address in the correct format"),
        ({"published_on-year": "2199"}, "The publication date must be today or in the past"),
        ({"published_on-month": "2", "published_on-day": "31"}, "must be a real date"),
    ],
)
def test_a_publication_that_cannot_be_comes_back_as_typed(client_for, changed, refusal):
    staged = make_staged(Stage.REPORT)
    final(staged)
    page = client_for(staged.leader).post(url(staged, "publish"), publish_form(staged, **changed))
    assert page.status_code == 422
    assert refusal in text_of(page)
    assert Report.objects.get(case=staged.case).state == ReportState.FINAL


def test_a_publication_is_corrected_once_knowingly_and_only_by_the_manager(client_for):
    staged = make_staged(Stage.REPORT)
    final(staged)
    client_for(staged.coordinator).post(url(staged, "publish"), publish_form(staged))
    where, manager = url(staged, "publication-correct"), client_for(staged.manager)
    form = publish_form(staged, published_address="https://www.example.org/right", reason="A wrong address")
    assert client_for(staged.coordinator).post(where, form).status_code == 403
    assert "Corrected. The first values stay in the history." in text_of(manager.post(where, form, follow=True))
    again = manager.post(where, form)
    assert again.status_code == 422
    assert "This date and address are already recorded" in text_of(again)
    assert events(staged, "report_publication_corrected") == 1
    stale = client_for(staged.programme_manager).post(
        where, form | {"published_address": "https://www.example.org/mine"}
    )
    assert stale.status_code == 409
    assert "https://www.example.org/right" in saved_now(stale)
    assert "https://www.example.org/mine" in text_of(stale)


@pytest.mark.parametrize("name", ["draft-add", "headline-edit", "check", "finalise", "release", "reopen"])
def test_only_the_manager_makes_a_move(client_for, name):
    staged = make_staged(Stage.REPORT)
    for who in ("leader", "coordinator", "peer", "lead_member", "support", "administrator"):
        assert client_for(staged.people[who]).post(url(staged, name), {"reason": "x"}).status_code == 403
    assert client_for(make_staged(Stage.REPORT).manager).post(url(staged, name)).status_code == 404


def test_empty_states_say_what_comes(client_for):
    before = make_staged(Stage.ONSITE)
    assert "The report is written after the team has been onsite." in text_of(
        client_for(before.leader).get(url(before))
    )
    staged = make_staged(Stage.REPORT)
    page = text_of(client_for(staged.manager).get(url(staged)))
    for words in ("No draft has been added yet.", "No recommendation has been recorded yet.", "None proposed."):
        assert words in page
