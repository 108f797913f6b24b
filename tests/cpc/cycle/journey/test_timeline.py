from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from councils.models import PoliticalControl, Poll, Succession, Tenure
from cpc.audit.models import Event
from cpc.cases.models import CaseMembership, PastChallenge, PastEvent
from cpc.cycle.journey.timeline import journey_of, too_many_reviews
from cpc.cycle.models import AdviserPost, ContactLogEntry, JourneyEntry, SupportLogEntry
from cpc.deadlines.models import Deadline
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_user("programme_manager")


def entry(council, by, **overrides):
    values = {"kind": "best_value_notice", "name": "Notice", "started_on": date(2023, 12, 1)}
    return JourneyEntry.objects.create(council=council, recorded_by=by, **values | overrides)


def full_journey(by):
    """A council with one of everything."""
    council = make_council(
        name="Alder", start_on=date(2009, 4, 1), end_on=date(2150, 3, 31), last_ordinary_election=2023
    )
    case = make_challenge(council, date(2017, 3, 1), onsite_precision="month")
    PastChallenge.objects.create(case=case, report_on=date(2017, 6, 1), report_precision="month")
    PastEvent.objects.create(case=case, kind="follow_up", starts_on=date(2018, 1, 1), precision="year")
    own = make_challenge(council, date(2022, 9, 15), origin="service", onsite_start_on=date(2022, 9, 13))
    Deadline.objects.create(
        case=own, kind="report_public", label="Feedback report published", owner_role="Council",
        due_on=date(2022, 12, 15), first_due_on=date(2022, 12, 15), state="met", met_on=date(2022, 12, 1),
    )  # fmt: skip
    Tenure.objects.create(
        council=council, post="leader", person_name="Ann Example", party="Labour", started_on=date(2019, 5, 20),
        ended_on=date(2024, 5, 19),
    )  # fmt: skip
    for year, control in [(2015, "Labour"), (2019, "Labour"), (2023, "No overall control")]:
        PoliticalControl.objects.create(council=council, year=year, control=control)
    Poll.objects.create(council=council, on=date(2021, 5, 6))
    Poll.objects.create(council=council, on=date(2022, 5, 5), is_called_off=True)
    entry(council, by, ended_on=date(2024, 12, 1))
    before = make_council(official_name="Birch District Council")
    Succession.objects.create(predecessor=before, successor=council, on=date(2009, 4, 1), kind="merger")
    after = make_council(official_name="Cedar Council")
    Succession.objects.create(predecessor=council, successor=after, on=date(2150, 4, 1))
    return council


def told(council, user):
    return [(step.when, step.text) for step in journey_of(council, user).steps]


def test_journey_tells_everything_in_words_newest_first(manager):
    assert told(full_journey(manager), manager) == [
        ("1 April 2150", "Followed by Cedar Council"),
        ("31 March 2150", "Last day of the council"),
        ("1 December 2024", "End of Best Value Notice: Notice"),
        ("19 May 2024", "Ann Example left as leader"),
        ("1 December 2023", "Best Value Notice: Notice"),
        ("May 2023", "Political control: No overall control, until then Labour"),
        ("May 2023", "Ordinary election"),
        ("1 December 2022", "Feedback report published"),
        ("13 to 15 September 2022", "Corporate Peer Challenge, 5 years and 6 months after the one before"),
        ("6 May 2021", "Ordinary election"),
        ("20 May 2019", "Ann Example (Labour) became leader"),
        ("2018", "Follow-up visit"),
        ("June 2017", "Feedback report published"),
        ("March 2017", "Corporate Peer Challenge"),
        ("May 2015", "Political control: Labour"),
        ("1 April 2009", "Birch District Council was merged into this council"),
        ("1 April 2009", "First day of the council"),
    ]


def challenge_days(council, user):
    return [(step.when, step.reference) for step in journey_of(council, user).steps if "Peer Challenge" in step.text]


def test_challenges_are_named_to_whom_they_may_be_and_opened_by_whom_they_belong_to(manager):
    council, partner = make_council(region="London"), make_council(name="Dogwood")
    past = make_challenge(council, date(2017, 3, 1))
    joint = make_challenge(partner, date(2022, 9, 15), origin="service", joint=(council,))
    make_challenge(council, date(2023, 9, 15), origin="service", state="cancelled", state_reason="Floods")
    make_challenge(council, None, origin="service", state="active")
    adviser, other = make_user("principal_adviser"), make_user("principal_adviser")
    AdviserPost.objects.create(council=council, user=adviser, started_on=date(2024, 1, 1))
    member = make_user("coordinator", council=council)
    CaseMembership.objects.create(
        case=joint, user=member, role="coordinator", starts_on=date(2022, 1, 1), added_by=manager
    )
    Event.objects.create(verb="case_started", case=joint, by=manager)
    new, old = ("15 September 2022", joint.reference), ("1 March 2017", past.reference)
    assert challenge_days(council, manager) == [new, old]
    assert challenge_days(council, adviser) == [(new[0], ""), (old[0], "")]
    assert challenge_days(council, other) == [(old[0], "")]
    assert challenge_days(council, member) == [new, (old[0], "")]
    assert challenge_days(council, make_user("leader", council=council)) == [(old[0], "")]
    assert "Corporate Peer Challenge, together with Dogwood, 5 years and 6 months after the one before" in [
        text for _, text in told(council, manager)
    ]


def test_a_council_reads_no_log_and_nothing_that_may_be_known_to_the_lga_alone(client_for, manager):
    council = full_journey(manager)
    for number, kind in enumerate(["standards_issue", "other"]):
        entry(council, manager, kind=kind, name=f"Zanzibar {number}")
    AdviserPost.objects.create(
        council=council, user=make_user("principal_adviser", full_name="Zanzibar"), started_on=date(2024, 1, 1)
    )
    today = timezone.localdate()
    ContactLogEntry.objects.create(
        council=council, on=today, with_whom="Zanzibar", text="Zanzibar", written_by=manager,
        form_key="00000000-0000-0000-0000-000000000001",
    )  # fmt: skip
    SupportLogEntry.objects.create(
        council=council, on=today, text="Zanzibar", written_by=manager, form_key="00000000-0000-0000-0000-000000000001"
    )
    address = reverse("cycle:journey", kwargs={"slug": council.slug})
    for role in ("coordinator", "leader", "chief_executive", "contributor", "peer"):
        content = client_for(make_user(role, council=council)).get(address).content.decode()
        assert "Best Value Notice: Notice" in content and "Zanzibar" not in content
        assert_valid_html(content)
    content = client_for(manager).get(address).content.decode()
    assert content.count("Standards issue: Zanzibar 0</h3>") == 1 and "Zanzibar</" not in content
    assert_valid_html(content)


def test_page_costs_the_same_with_one_and_three_of_everything(client_for, manager):
    council = full_journey(manager)
    adviser = make_user("principal_adviser")
    AdviserPost.objects.create(council=council, user=adviser, started_on=date(2024, 1, 1))
    address = reverse("cycle:journey", kwargs={"slug": council.slug})
    clients = [client_for(user) for user in (manager, adviser, make_user("coordinator", council=council))]
    for client in clients:
        client.get(address)
    few = [count_queries(lambda client=client: client.get(address)) for client in clients]
    for year in (2010, 2011):
        case = make_challenge(council, date(year, 3, 1))
        PastEvent.objects.create(case=case, kind="follow_up", starts_on=date(year, 9, 1), precision="day")
        Tenure.objects.create(
            council=council, post="leader", person_name="Bo", started_on=date(year, 5, 1), ended_on=date(year, 6, 1)
        )
        PoliticalControl.objects.create(council=council, year=year, control=f"Party {year}")
        Poll.objects.create(council=council, on=date(year, 5, 6))
        entry(council, manager, started_on=date(year, 1, 1))
        Succession.objects.create(predecessor=make_council(), successor=council, on=date(year, 4, 1))
    clients[0].get(address)
    assert [count_queries(lambda client=client: client.get(address)) for client in clients] == few
    assert max(few) <= 12, few


def test_too_many_reviews(settings):
    today = date(2026, 6, 1)
    three = [date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)]
    assert too_many_reviews(three, today) == ""
    # The same day of the next year is outside the twelve months; the day before is inside.
    assert too_many_reviews([*three, date(2027, 1, 1)], today) == ""
    assert too_many_reviews([date(2026, 12, 31), *three], today).startswith(
        "4 reviews of this council begin within 12 months, from 1 January 2026 to 31 December 2026"
    )
    # What is over is over.
    long_ago = [day - timedelta(days=3 * 365) for day in [*three, date(2026, 5, 2)]]
    assert too_many_reviews(long_ago, today) == ""
    settings.CYCLE_MOST_REVIEWS = 2
    assert too_many_reviews(three, today) != ""
