from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.components.errors import Refused, Stale
from cpc.cycle.journey import services
from cpc.cycle.models import AdviserPost, ContactLogEntry, Conversation, JourneyEntry, Prompt, SupportLogEntry
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_user("programme_manager")


@pytest.fixture
def council():
    return make_council(name="Alder")


def days_ago(number):
    return timezone.localdate() - timedelta(days=number)


def events(council):
    return [sentence(event.verb, event.data) for event in Event.objects.filter(council=council).order_by("pk")]


def hand_over(council, user, on, by, note="Ask for the budget.", seen=0):
    return services.hand_over_council(council=council, user=user, on=on, note=note, seen=seen, by=by)


def test_hand_over_council_ends_the_post_before_the_day_before(council, manager):
    first, second = make_user("principal_adviser"), make_user("principal_adviser", full_name="Bea Example")
    post = hand_over(council, first, date(2024, 1, 1), manager, note="")
    following = hand_over(council, second, date(2025, 4, 1), first, seen=post.pk)
    post.refresh_from_db()
    assert (post.ended_on, post.handover_note) == (date(2025, 3, 31), "Ask for the budget.")
    assert (following.started_on, following.ended_on, following.handover_note) == (date(2025, 4, 1), None, "")
    # The record says who and when; what the note tells stays out of it.
    assert events(council)[-1] == "made Bea Example principal adviser of Alder from 1 April 2025"
    assert not any("budget" in str(event.data) for event in Event.objects.all())


def test_r90_the_note_of_whoever_begins_after_nobody_is_kept_with_the_post(council, manager):
    """R90, X30: the first principal adviser; and one who follows after a time without any."""
    first, second = make_user("principal_adviser"), make_user("principal_adviser")
    post = hand_over(council, first, date(2024, 1, 1), manager, note=" Begin with the leader. ")
    assert (post.opening_note, post.handover_note) == ("Begin with the leader.", "")
    AdviserPost.objects.filter(pk=post.pk).update(ended_on=date(2024, 12, 31))
    later = hand_over(council, second, date(2025, 4, 1), manager, note="No one was there for a while.")
    assert later.opening_note == "No one was there for a while."
    assert not any("leader" in str(event.data) for event in Event.objects.all())


def test_hand_over_council_twice_is_once(council, manager):
    first, second = make_user("principal_adviser"), make_user("principal_adviser")
    post = hand_over(council, first, date(2024, 1, 1), manager)
    assert hand_over(council, first, date(2024, 1, 1), manager) == post
    again = [hand_over(council, second, date(2025, 4, 1), manager, seen=post.pk) for _ in range(2)]
    assert again[0] == again[1]
    assert AdviserPost.objects.count() == 2 and len(events(council)) == 2


def test_hand_over_council_refuses_a_page_from_before_another_hand_over(council, manager):
    first, second, third = (make_user("principal_adviser") for _ in range(3))
    post = hand_over(council, first, date(2024, 1, 1), manager)
    hand_over(council, second, date(2025, 4, 1), manager, seen=post.pk)
    with pytest.raises(Stale):
        hand_over(council, third, date(2025, 5, 1), manager, seen=post.pk)
    with pytest.raises(Stale):
        hand_over(council, third, date(2025, 5, 1), manager)
    assert AdviserPost.objects.get(ended_on=None).user == second


@pytest.mark.parametrize(
    ("role", "active", "on", "note", "field"),
    [
        ("programme_manager", True, date(2025, 4, 1), "Note", "user"),
        ("principal_adviser", False, date(2025, 4, 1), "Note", "user"),
        ("principal_adviser", True, date(2024, 1, 1), "Note", "on"),
        ("principal_adviser", True, date(2150, 1, 1), "Note", "on"),
        ("principal_adviser", True, date(2025, 4, 1), " ", "note"),
    ],
)
def test_hand_over_council_refuses(council, manager, role, active, on, note, field):
    post = hand_over(council, make_user("principal_adviser"), date(2024, 1, 1), manager)
    with pytest.raises(Refused) as refused:
        hand_over(council, make_user(role, is_active=active), on, manager, note=note, seen=post.pk)
    assert refused.value.field == field
    assert AdviserPost.objects.get() == post


def test_hand_over_council_refuses_the_same_person_and_a_day_of_somebody_before(council, manager):
    adviser = make_user("principal_adviser")
    post = hand_over(council, adviser, date(2024, 1, 1), manager)
    with pytest.raises(Refused, match="already"):
        hand_over(council, adviser, date(2025, 1, 1), manager, seen=post.pk)
    AdviserPost.objects.update(ended_on=date(2024, 6, 30))
    with pytest.raises(Refused, match="after the last day"):
        hand_over(council, adviser, date(2024, 6, 30), manager)
    assert hand_over(council, adviser, date(2024, 7, 1), manager).started_on == date(2024, 7, 1)


def contact(council, by, **overrides):
    values = {"on": days_ago(1), "with_whom": "The leader", "text": "They want autumn.", "form_key": uuid4()}
    return services.log_contact(council=council, by=by, **values | overrides)


def test_log_contact_once_for_two_clicks(council, manager):
    key = uuid4()
    assert contact(council, manager, form_key=key) == contact(council, manager, form_key=key)
    assert ContactLogEntry.objects.count() == 1
    event = Event.objects.get(verb="contact_logged")
    assert event.audience == "private" and "autumn" not in str(event.data) and "leader" not in str(event.data)


def test_log_contact_refuses_a_day_to_come_and_the_form_of_another(council, manager):
    with pytest.raises(Refused) as refused:
        contact(council, manager, on=days_ago(-1))
    assert refused.value.field == "on"
    entry = contact(council, manager)
    with pytest.raises(Refused):
        contact(make_council(), manager, form_key=entry.form_key)
    assert ContactLogEntry.objects.get() == entry


def stands(council, state, started_on, by, reason="", seen=0):
    return services.record_conversation(
        council=council, state=state, reason=reason, started_on=started_on, seen=seen, by=by
    )


def test_record_conversation_ends_the_one_before_and_acts_on_the_prompt(council, manager):
    prompt = Prompt.objects.create(council=council, made_on=days_ago(40))
    elsewhere = Prompt.objects.create(council=make_council(), made_on=days_ago(40))
    first = stands(council, "in_conversation", days_ago(30), manager)
    second = stands(council, "declined", days_ago(10), manager, reason="Reorganisation", seen=first.pk)
    first.refresh_from_db()
    prompt.refresh_from_db()
    elsewhere.refresh_from_db()
    assert first.ended_on == days_ago(11) and second.ended_on is None
    assert (prompt.state, prompt.closed_by, prompt.closed_on) == ("acted_on", manager, timezone.localdate())
    assert elsewhere.state == "open"
    assert "recorded “Declined” for Alder" in events(council)[-1]
    assert not any("Reorganisation" in str(event.data) for event in Event.objects.all())


def test_record_conversation_twice_is_once_and_a_stale_page_is_refused(council, manager):
    first = stands(council, "in_conversation", days_ago(30), manager)
    assert stands(council, "in_conversation", days_ago(30), manager) == first
    with pytest.raises(Stale):
        stands(council, "no_date_agreed", days_ago(5), manager)
    assert Conversation.objects.get() == first


def test_record_conversation_on_the_day_of_the_one_before_corrects_it(council, manager):
    first = stands(council, "in_conversation", days_ago(3), manager)
    second = stands(council, "no_date_agreed", days_ago(3), manager, seen=first.pk)
    first.refresh_from_db()
    assert first.ended_on == days_ago(3)
    assert Conversation.objects.filter(started_on__lte=days_ago(3)).first() == second


def test_record_conversation_refuses(council, manager):
    first = stands(council, "in_conversation", days_ago(30), manager)
    for state, on, reason, field in [
        ("declined", days_ago(1), " ", "reason"),
        ("declined", days_ago(-1), "Elections", "started_on"),
        ("declined", days_ago(31), "Elections", "started_on"),
    ]:
        with pytest.raises(Refused) as refused:
            stands(council, state, on, manager, reason=reason, seen=first.pk)
        assert refused.value.field == field
    first.refresh_from_db()
    assert first.ended_on is None and Conversation.objects.count() == 1


def test_end_conversation(council, manager):
    first = stands(council, "declined", days_ago(30), manager, reason="Elections")

    def end(on, seen=first.pk):
        return services.end_conversation(council=council, ended_on=on, seen=seen, by=manager)

    for on in (days_ago(31), days_ago(-1)):
        with pytest.raises(Refused) as refused:
            end(on)
        assert refused.value.field == "ended_on"
    with pytest.raises(Stale):
        end(days_ago(1), seen=0)
    assert end(days_ago(2)).ended_on == days_ago(2)
    assert end(days_ago(2)) == first
    with pytest.raises(Stale):
        end(days_ago(1))
    assert [event.verb for event in Event.objects.all()].count("conversation_ended") == 1


def test_log_support_once_for_two_clicks_and_nothing_of_it_in_the_record(council, manager):
    def support(on=days_ago(1), council=council, key=uuid4()):  # noqa: B008 - the one key of this test
        return services.log_support(council=council, on=on, text="Mentoring.", form_key=key, by=manager)

    assert support() == support()
    with pytest.raises(Refused):
        support(council=make_council())
    with pytest.raises(Refused) as refused:
        support(on=days_ago(-1), key=uuid4())
    assert refused.value.field == "on"
    assert SupportLogEntry.objects.count() == 1
    event = Event.objects.get(verb="support_logged")
    assert event.audience == "private" and "Mentoring" not in str(event.data)


ENTRY = {
    "kind": "intervention",
    "name": "Commissioners",
    "started_on": date(2024, 1, 15),
    "ended_on": None,
    "address": "",
}


def add(council, by, **overrides):
    return services.add_journey_entry(council=council, by=by, **ENTRY | overrides)


def change(entry, by, version=0, **overrides):
    return services.change_journey_entry(entry=entry, version=version, by=by, **ENTRY | overrides)


def test_add_journey_entry_once_for_two_clicks(council, manager):
    assert add(council, manager) == add(council, manager, name=" Commissioners ")
    assert add(council, manager, kind="best_value_notice").pk != add(council, manager).pk
    assert events(council) == [
        "added to the journey of Alder: Statutory intervention, Commissioners, from 15 January 2024",
        "added to the journey of Alder: Best Value Notice, Commissioners, from 15 January 2024",
    ]


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"started_on": date(2150, 1, 1)}, "started_on"),
        ({"name": "Envoy", "ended_on": date(2024, 1, 14)}, "ended_on"),
        ({"ended_on": date(2024, 12, 31)}, "name"),
    ],
)
def test_add_journey_entry_refuses(council, manager, overrides, field):
    entry = add(council, manager)
    with pytest.raises(Refused) as refused:
        add(council, manager, **overrides)
    assert refused.value.field == field
    assert JourneyEntry.objects.get() == entry


def test_change_journey_entry(council, manager):
    entry, other = add(council, manager), add(council, manager, name="Envoy")
    changed = change(entry, manager, name="Three commissioners")
    assert (changed.name, changed.version) == ("Three commissioners", 1)
    # A second click changes nothing; a page from before is refused, and so is what another entry is already.
    assert change(entry, manager, name="Three commissioners").version == 1
    with pytest.raises(Stale):
        change(entry, manager, name="Four commissioners")
    with pytest.raises(Refused) as refused:
        change(entry, manager, version=1, name=other.name)
    assert refused.value.field == "name"
    assert len(events(council)) == 3 and events(council)[-1].startswith("changed on the journey of Alder")


def test_end_journey_entry(council, manager):
    entry = add(council, manager)

    def end(on, version=0):
        return services.end_journey_entry(entry=JourneyEntry.objects.get(), ended_on=on, version=version, by=manager)

    with pytest.raises(Refused) as refused:
        end(date(2024, 1, 14))
    assert refused.value.field == "ended_on"
    # Directions are given with an end that lies years ahead.
    assert end(date(2150, 5, 31)).ended_on == date(2150, 5, 31)
    assert end(date(2150, 5, 31)) == entry
    with pytest.raises(Stale):
        end(date(2025, 5, 31))
    assert end(date(2025, 5, 31), version=1).ended_on == date(2025, 5, 31)
