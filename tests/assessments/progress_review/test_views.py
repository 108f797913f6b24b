from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from assessments.progress_review import services
from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from cpc.audit.models import Event
from cpc.cases.stages import Stage
from tests.counting import count_queries
from tests.factories.assessments import make_reported, make_staged, word_upload

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"progress_review:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def first_item(staged):
    return ReviewedRecommendation.objects.filter(review__case=staged.case).select_related("review").first()


def test_peers_view_is_hidden_from_the_council_until_the_report_is_public(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    item = first_item(staged)
    services.record_peers_view(item=item, rag="amber", view="Not yet for the council", version=0, by=staged.peer)
    for who in ("peer", "manager", "programme_manager"):
        assert "Not yet for the council" in client_for(staged.people[who]).get(url(staged)).content.decode()
    for who in ("leader", "coordinator"):
        page = client_for(staged.people[who]).get(url(staged))
        assert page.status_code == 200
        assert "Not yet for the council" not in page.content.decode()
    assert client_for(staged.administrator).get(url(staged)).status_code == 403


def test_each_side_writes_its_own_column_only(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    pk = first_item(staged).pk
    assert client_for(staged.coordinator).get(url(staged, "council-rating", pk=pk)).status_code == 200
    assert client_for(staged.coordinator).get(url(staged, "peers-view", pk=pk)).status_code == 403
    assert client_for(staged.peer).get(url(staged, "peers-view", pk=pk)).status_code == 200
    assert client_for(staged.peer).get(url(staged, "council-rating", pk=pk)).status_code == 403


def test_rating_is_saved_and_a_missing_one_is_said(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    client, where = client_for(staged.coordinator), url(staged, "council-rating", pk=first_item(staged).pk)
    page = client.post(where, {"update": "Words that stay", "version": "0"})
    assert page.status_code == 422
    assert "Choose a rating" in page.content.decode()
    assert "Words that stay" in page.content.decode()
    assert client.post(where, {"rag": "green", "update": "Done", "version": "0"}).status_code == 302
    assert first_item(staged).council_rag == "green"


def test_page_costs_the_same_with_one_and_three_recommendations(client_for):
    one, three = (make_reported(Stage.PROGRESS_REVIEW, recommendations=number) for number in (1, 3))
    counts = []
    for staged in (one, three):
        client = client_for(staged.manager)
        client.get(url(staged))
        counts.append(count_queries(lambda client=client, staged=staged: client.get(url(staged))))
    assert counts[0] == counts[1]


def events(staged, verb):
    return Event.objects.filter(case=staged.case, verb=verb).count()


def text(response):
    return response.content.decode()


def saved_now(page):
    return text(page).split("What is saved now")[1].split("</dl>")[0]


def day_of(name, day):
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def plan_form(staged, *, ago=7, **changed):
    day = timezone.localdate() - timedelta(days=ago)
    form = {"team_scope": "all", "other_peers": "", "version": 0}
    return form | day_of("starts_on", day) | day_of("ends_on", day) | changed


def publish_form(staged, **changed):
    version = ProgressReview.objects.get(case=staged.case).version
    form = {"published_address": "https://www.example.org/review", "version": version}
    return form | day_of("published_on", timezone.localdate() - timedelta(days=1)) | changed


def planned(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    assert client_for(staged.manager).post(url(staged, "plan"), plan_form(staged)).status_code == 302
    return staged


def test_the_review_is_planned_once_and_a_stale_plan_shows_every_field(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    where = url(staged, "plan")
    lead = staged.case.memberships.get(role="lead_member_peer")
    form = plan_form(staged, team_scope="some", members=[lead.pk], other_peers="A finance director")
    for _ in range(2):
        page = client_for(staged.manager).post(where, form, follow=True)
        assert "Planned. The council and the peers who are coming have been told." in text(page)
    assert events(staged, "progress_review_planned") == 1
    page = client_for(staged.programme_manager).post(where, plan_form(staged, other_peers="My own words"))
    assert page.status_code == 409
    for words in ("Some of the original team", staged.lead_member.full_name, "A finance director"):
        assert words in saved_now(page)
    assert "My own words" in text(page)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"ends_on-year": "2020"}, "The last day must be the same as or after the first"),
        ({"starts_on-year": "2020"}, "The progress review comes after the onsite days"),
        ({"team_scope": "some"}, "Choose which of the original team come back"),
        ({"team_scope": "others"}, "Enter who the other peers are"),
        ({"starts_on-month": "13"}, "First day must be a real date"),
    ],
)
def test_a_plan_that_cannot_be_comes_back_as_typed(client_for, changed, refusal):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    page = client_for(staged.manager).post(url(staged, "plan"), plan_form(staged, **changed))
    assert page.status_code == 422
    assert refusal in text(page)
    assert ProgressReview.objects.get(case=staged.case).starts_on is None


@pytest.mark.parametrize(
    ("name", "field", "first", "second"),
    [("council-rating", "update", "leader", "coordinator"), ("peers-view", "view", "peer", "lead_member")],
)
def test_a_rating_is_saved_once_and_a_stale_one_shows_both(client_for, name, field, first, second):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    where = url(staged, name, pk=first_item(staged).pk)
    form = {"rag": "red", field: "First words", "version": "0"}
    for _ in range(2):
        assert "Saved" in text(client_for(staged.people[first]).post(where, form, follow=True))
    assert events(staged, "council_rating_recorded") + events(staged, "peers_view_recorded") == 1
    mine = {"rag": "green", field: "My own words", "version": "0"}
    page = client_for(staged.people[second]).post(where, mine)
    assert page.status_code == 409
    assert "Red" in saved_now(page)
    assert "First words" in saved_now(page)
    assert "My own words" in text(page)
    assert client_for(staged.people[second]).post(where, mine | {"version": "1"}).status_code == 302


@pytest.mark.parametrize("council_first", [True, False])
def test_council_and_peers_who_write_at_the_same_time_do_not_make_each_other_stale(client_for, council_first):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    pk = first_item(staged).pk
    sides = [
        (client_for(staged.leader), url(staged, "council-rating", pk=pk), {"rag": "green", "update": "Done"}),
        (client_for(staged.peer), url(staged, "peers-view", pk=pk), {"rag": "amber", "view": "Begun"}),
    ]
    # Both open their page before either saves.
    opened = [client.get(where).context["form"].initial["version"] for client, where, _ in sides]
    writes = list(zip(sides, opened, strict=True))
    for (client, where, form), version in writes if council_first else reversed(writes):
        assert client.post(where, form | {"version": version}).status_code == 302
    item = first_item(staged)
    assert (item.council_update, item.peers_view) == ("Done", "Begun")


@pytest.mark.parametrize(("name", "who"), [("council-rating", "leader"), ("peers-view", "peer")])
def test_nothing_is_rated_before_the_action_plan_is_signed_off(client_for, name, who):
    staged = make_reported(Stage.ACTION_PLAN)
    services.open_progress_review(staged.case, staged.manager)
    where = url(staged, name, pk=first_item(staged).pk)
    page = client_for(staged.people[who]).post(
        where, {"rag": "red", "update": "Early", "view": "Early", "version": "0"}
    )
    assert page.status_code == 422
    assert "once the action plan stage is finished" in text(page)
    assert "Early" in text(page)


def test_a_stale_summary_shows_both(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    where = url(staged, "summary-edit")
    for _ in range(2):
        page = client_for(staged.manager).post(where, {"summary": "Good progress", "version": "0"}, follow=True)
        assert "Summary saved" in text(page)
    assert events(staged, "progress_review_summary_changed") == 1
    page = client_for(staged.programme_manager).post(where, {"summary": "My own words", "version": "0"})
    assert page.status_code == 409
    assert "Good progress" in saved_now(page)
    assert "My own words" in text(page)


def test_the_same_report_twice_is_told(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    client, report = client_for(staged.manager), word_upload().read()

    def add():
        upload = SimpleUploadedFile("review.docx", report)
        return text(client.post(url(staged, "report-add"), {"upload": upload}, follow=True))

    assert "Select a file" in text(client.post(url(staged, "report-add"), {}))
    assert "Report added" in add()
    assert "the same file as the newest version" in add()
    assert events(staged, "progress_review_report_added") == 1


def test_the_review_is_published_once_reopened_once_and_a_stale_publication_is_not_recorded(client_for):
    staged = planned(client_for)
    client, where = client_for(staged.manager), url(staged, "publish")
    form = publish_form(staged)
    assert "Publication recorded" in text(client.post(where, form, follow=True))
    again = client.post(where, form)
    assert again.status_code == 422
    assert "The progress review is published." in text(again)
    assert events(staged, "progress_review_published") == 1
    refused = client_for(staged.leader).post(
        url(staged, "council-rating", pk=first_item(staged).pk), {"rag": "red", "update": "Late", "version": "0"}
    )
    assert refused.status_code == 422
    assert "Late" in text(refused)
    assert "Enter the reason" in text(client.post(url(staged, "reopen"), {"reason": ""}))
    assert "is open again" in text(client.post(url(staged, "reopen"), {"reason": "A wrong day"}, follow=True))
    assert "already open" in text(client.post(url(staged, "reopen"), {"reason": "A wrong day"}))
    stale = client.post(where, form)
    assert stale.status_code == 409
    assert "Being prepared" in saved_now(stale)
    assert 'value="https://www.example.org/review"' in text(stale)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"published_on-year": "2199"}, "The publication date must be today or in the past"),
        ({"published_address": "nowhere"}, "Enter a web address in the correct format"),
    ],
)
def test_a_publication_that_cannot_be_comes_back_as_typed(client_for, changed, refusal):
    staged = planned(client_for)
    page = client_for(staged.manager).post(url(staged, "publish"), publish_form(staged, **changed))
    assert page.status_code == 422
    assert refusal in text(page)


def test_a_review_that_was_not_planned_or_not_held_is_not_published(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    client = client_for(staged.manager)
    assert "Plan the progress review first." in text(client.post(url(staged, "publish"), publish_form(staged)))
    client.post(url(staged, "plan"), plan_form(staged, ago=-7))
    page = client.post(url(staged, "publish"), publish_form(staged))
    assert page.status_code == 422
    assert "the last day of the progress review, or later" in text(page)


def test_a_publication_is_corrected_once_and_knowingly(client_for):
    staged = planned(client_for)
    client, where = client_for(staged.manager), url(staged, "publication-correct")
    assert "nothing to correct" in text(client.post(where, publish_form(staged, reason="A wrong address")))
    client.post(url(staged, "publish"), publish_form(staged))
    form = publish_form(staged, published_address="https://www.example.org/right", reason="A wrong address")
    assert "Corrected." in text(client.post(where, form, follow=True))
    assert "This date and address are already recorded" in text(client.post(where, form))
    assert events(staged, "progress_review_publication_corrected") == 1
    stale = client_for(staged.programme_manager).post(
        where, form | {"published_address": "https://www.example.org/mine"}
    )
    assert stale.status_code == 409
    assert "https://www.example.org/right" in saved_now(stale)


@pytest.mark.parametrize("name", ["plan", "summary-edit", "report-add", "publish", "publication-correct", "reopen"])
def test_only_the_manager_moves_the_review(client_for, name):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    for who in ("leader", "coordinator", "peer", "lead_member", "support", "administrator"):
        assert client_for(staged.people[who]).post(url(staged, name), {"reason": "x"}).status_code == 403
    assert client_for(make_reported().manager).post(url(staged, name)).status_code == 404


def test_before_it_opens_the_page_says_what_comes(client_for):
    staged = make_staged(Stage.SELF_ASSESSMENT)
    page = text(client_for(staged.leader).get(url(staged)))
    assert "peers come back and see how the council is getting on" in page
    assert "Not planned yet" in page


@pytest.mark.parametrize(("scope", "comes"), [("all", True), ("some", True), ("some", False), ("others", False)])
def test_only_the_peers_who_come_back_record_what_they_see(client_for, scope, comes):
    """K2.7: a peer who did not come back was offered the forms."""
    staged = make_reported(Stage.PROGRESS_REVIEW)
    review = ProgressReview.objects.get(case=staged.case)
    today = timezone.localdate()
    ProgressReview.objects.filter(pk=review.pk).update(starts_on=today, ends_on=today, team_scope=scope)
    who = staged.peer if comes else staged.lead_officer
    review.members.set(staged.case.memberships.filter(user__in=[who]) if scope != "others" else [])
    pk = first_item(staged).pk
    where = url(staged, "peers-view", pk=pk)
    client = client_for(staged.peer)
    page = client.get(url(staged))
    assert page.status_code == 200
    assert (where in text(page)) is comes
    assert client.get(where).status_code == (200 if comes else 403)
    assert client_for(staged.manager).get(where).status_code == 200
