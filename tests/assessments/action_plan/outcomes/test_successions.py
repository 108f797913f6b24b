"""What hangs on a decision about a recommendation: the record of who follows whom, a reorganisation, the recommendation
itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Flag

import pytest
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan import services
from assessments.action_plan.models import RecommendationOutcome
from assessments.action_plan.outcomes.services import reopen_recommendation
from assessments.report.models import Recommendation, Report, ReportState
from assessments.report.services import remove_recommendation
from councils.models import Council, Succession
from councils.reorganisations.enactment import put_in_force, undo_reorganisation, why_not_undone
from councils.reorganisations.services import add_continuing, add_predecessors
from councils.services import record_succession, remove_succession
from cpc.audit.models import Event
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.components.errors import Refused
from tests.assessments.action_plan.outcomes.test_views import carry, end, first, make_ending, settle
from tests.assessments.action_plan.test_views import text
from tests.factories.accounts import make_user
from tests.factories.assessments import make_reported
from tests.factories.councils import make_council
from tests.factories.reorganisation import make_draft

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def remove_way(council, heir):
    succession = Succession.objects.get(predecessor=council, successor=heir)
    return remove_succession(successor=heir, succession_id=succession.pk, by=None)


def test_a_succession_along_which_a_recommendation_is_carried_stays_until_that_is_decided_anew(client_for):
    staged, heir = make_ending(recommendations=2)
    council = Council.objects.get(pk=staged.case.council_id)
    for recommendation in Recommendation.objects.filter(report__case=staged.case).select_related("report"):
        carry(staged, heir, recommendation=recommendation)
    sentence = f"2 recommendations are carried from the {staged.case.title} peer challenge to {heir.name}. Open them"
    with pytest.raises(Refused, match=sentence):
        remove_way(council, heir)
    # Nor may the one before be said to live on.
    Council.objects.filter(pk=heir.pk).update(start_on=None)
    with pytest.raises(Refused, match=sentence):
        record_succession(predecessor=council, successor=heir, on=council.end_on, kind="boundary", by=None)
    client = client_for(make_user("administrator"))
    succession = Succession.objects.get(successor=heir)
    address = reverse("councils:succession-remove", kwargs={"slug": heir.slug, "pk": succession.pk})
    asked = client.get(address)
    assert sentence in text(asked) and "<form" not in asked.content.decode().split("<main")[1]
    refused = client.post(address)
    assert refused.status_code == 422 and sentence in text(refused)
    assert Succession.objects.filter(successor=heir).exists()
    for recommendation in Recommendation.objects.filter(report__case=staged.case).select_related("report"):
        reopen_recommendation(recommendation=recommendation, reason="It goes elsewhere", version=1, by=staged.manager)
    assert "The succession is removed" in text(client.post(address, follow=True))


def test_another_way_to_the_successor_or_another_succession_keeps_nothing():
    staged, middle = make_ending()
    council = Council.objects.get(pk=staged.case.council_id)
    last = end(middle, days=600)
    carry(staged, last)
    # A step far from the council counts as well as the first.
    for before, after in [(council, middle), (middle, last)]:
        with pytest.raises(Refused, match="1 recommendation is carried .* Open it again"):
            remove_way(before, after)
    other = make_council()
    for before, after in [(council, last), (other, last)]:
        Succession.objects.create(predecessor=before, successor=after, on=last.start_on, kind="merger")
    assert remove_way(other, last)
    assert remove_way(council, middle)
    with pytest.raises(Refused):
        remove_way(council, last)


def test_a_reorganisation_with_which_recommendations_were_carried_is_not_undone():
    """Also where a council of before takes the area over: no new council holds on to anything."""
    staged = make_reported(Stage.ACTION_PLAN, recommendations=1)
    council, heir, keeper = staged.case.council, make_council(), make_user("administrator")
    row = make_draft(keeper, vesting_on=TODAY() + timedelta(days=90))
    successor = add_continuing(reorganisation=row, council=heir, name="", official_name="", council_type="", by=keeper)
    add_predecessors(successor=successor, predecessors=[council], kind="merger", by=keeper)
    row.refresh_from_db()
    row = put_in_force(reorganisation=row, version=row.version, by=keeper)
    carry(staged, heir)
    assert any("1 recommendation is carried" in reason for reason in why_not_undone(row))
    with pytest.raises(Refused, match="1 recommendation is carried"):
        undo_reorganisation(reorganisation=row, version=row.version, by=keeper)
    assert Succession.objects.get().successor == heir
    reopen_recommendation(recommendation=first(staged), reason="Not after all", version=1, by=staged.manager)
    assert undo_reorganisation(reorganisation=row, version=row.version, by=keeper).is_draft


@pytest.mark.django_db(transaction=True)
def test_a_succession_is_not_removed_while_somebody_carries_a_recommendation_along_it():
    with transaction.atomic():
        staged, heir = make_ending()
        # The database lets no case move without an event.
        record(verb="case_resumed", by=None, case=staged.case, data={})
    council = Council.objects.get(pk=staged.case.council_id)
    held, told = Flag(), []

    def remove():
        try:
            remove_way(council, heir)
            told.append("removed")
        except Refused:
            told.append("refused")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        carry(staged, heir)
        future = pool.submit(remove)
        held.wait(0.5)
        assert not future.done()
        transaction.on_commit(held.set)
    future.result(timeout=10)
    assert told == ["refused"]
    assert RecommendationOutcome.objects.get().successor == heir


@pytest.mark.parametrize(
    ("answered", "sentence"),
    [
        (False, "This recommendation stays, because it was decided what becomes of it when the council ends."),
        (
            True,
            "stays, because it was decided what becomes of it when the council ends and the council has answered it.",
        ),
    ],
)
def test_a_recommendation_that_was_decided_on_says_why_it_stays(answered, sentence):
    staged, _heir = make_ending(Stage.ACTION_PLAN)
    settle(staged)
    if answered:
        services.answer_recommendation(
            recommendation=first(staged), answer="accepted", reason="", version=0, by=staged.leader
        )
    Case.objects.filter(pk=staged.case.pk).update(stage=Stage.REPORT)
    Report.objects.filter(case=staged.case).update(state=ReportState.DRAFTING, published_on=None, published_address="")
    with pytest.raises(Refused) as refused:
        remove_recommendation(recommendation=first(staged), reason="Said twice", by=staged.manager)
    assert sentence in refused.value.message
    assert Recommendation.objects.filter(report__case=staged.case).count() == 2
    assert not Event.objects.filter(verb="recommendation_removed").exists()
