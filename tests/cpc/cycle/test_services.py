from datetime import timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from councils.models import Council, PoliticalControl
from councils.services import end_tenure, record_control, record_tenure
from cpc.audit.models import Event
from cpc.casework.reference_data import ensure_theme_sets
from cpc.casework.services import start_case
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.cycle.models import JourneyEntry, Prompt, Trigger
from cpc.cycle.services import add_trigger, set_aside_prompt, sweep
from cpc.cycle.tasks import sweep as sweep_task
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge, make_prompt

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return make_user("principal_adviser")


@pytest.fixture
def council():
    return make_council(name="Alderham")


def ago(days):
    return timezone.localdate() - timedelta(days=days)


def tenure(council, name, started_on, by, *, post="leader", ended_on=None, is_interim=False):
    return record_tenure(
        council=council,
        post=post,
        person_name=name,
        party="",
        started_on=started_on,
        ended_on=ended_on,
        is_first_post=None,
        is_interim=is_interim,
        by=by,
    )


def kinds():
    return sorted(Trigger.objects.values_list("kind", flat=True))


def test_r3_a_new_chief_executive_is_one_prompt(council, by):
    first = tenure(council, "Alex Before", ago(3000), by, post="chief_executive")
    assert not Prompt.objects.exists()
    end_tenure(tenure=first, ended_on=ago(11), version=first.version, by=by)
    tenure(council, "Sasha After", ago(10), by, post="chief_executive")
    prompt = Prompt.objects.get()
    assert (prompt.council, prompt.made_on, prompt.is_soft) == (council, timezone.localdate(), False)
    trigger = prompt.triggers.get()
    assert (trigger.kind, trigger.detail, trigger.happened_on) == ("new_chief_executive", "Sasha After", ago(10))
    event = Event.objects.get(verb="council_prompted")
    assert (event.audience, event.data["what"]) == ("lga", "new chief executive")


def test_r4_a_new_leader_prompts_and_the_same_leader_elected_again_does_not(council, by):
    tenure(council, "Lesley  example", ago(3000), by, ended_on=ago(1001))
    tenure(council, "Lesley Example", ago(1000), by, ended_on=ago(11))
    tenure(council, "lesley example", ago(10), by, ended_on=ago(6), post="mayor")
    assert not Prompt.objects.exists()
    tenure(council, "Robin Other", ago(5), by)
    assert Prompt.objects.get().triggers.get().kind == "new_leader"


def test_r4_whoever_only_holds_the_place_prompts_nothing(council, by):
    tenure(council, "Alex Before", ago(3000), by, ended_on=ago(31))
    tenure(council, "Ira Interim", ago(30), by, ended_on=ago(11), is_interim=True)
    assert not Trigger.objects.filter(detail="Ira Interim").exists()
    tenure(council, "Ira Interim", ago(10), by)
    assert Prompt.objects.get().triggers.get().detail == "Ira Interim"


@time_machine.travel("2026-05-26 12:00")
def test_r4_a_change_of_control_prompts_and_a_correction_does_not_prompt_again(council, by):
    record_control(council=council, year=2022, control="Labour", by=by)
    record_control(council=council, year=2024, control="Labour", by=by)
    assert not Trigger.objects.exists()
    record_control(council=council, year=2026, control="Independent", by=by)
    record_control(council=council, year=2026, control="No overall control", by=by)
    trigger = Prompt.objects.get().triggers.get()
    assert (trigger.kind, trigger.detail) == ("change_of_control", "Labour to Independent")
    assert f"{trigger.happened_on:%A %-d %B %Y}" == "Thursday 7 May 2026"
    assert PoliticalControl.objects.get(year=2026).control == "No overall control"


@pytest.mark.parametrize(("apart", "prompts"), [(0, 1), (60, 1), (61, 2)])
def test_r5_two_changes_within_sixty_days_are_one_prompt(council, by, apart, prompts):
    tenure(council, "Lesley Example", ago(80), by)
    tenure(council, "Sasha After", ago(80 - apart), by, post="chief_executive")
    assert Prompt.objects.count() == prompts
    if prompts == 1:
        prompt = Prompt.objects.get()
        assert {each.detail for each in prompt.triggers.all()} == {"Lesley Example", "Sasha After"}
        # Whoever had the page open knew of one of them only.
        assert prompt.version == 1


def test_facts_recorded_late_make_triggers_and_no_prompt(council, by):
    tenure(council, "Lesley Example", ago(1500), by, ended_on=ago(1000))
    make_challenge(council, ago(30))
    tenure(council, "Sasha After", ago(40), by, post="chief_executive")
    assert kinds() == ["new_chief_executive", "new_leader"]
    assert not Prompt.objects.exists()


def test_councils_outside_the_programme_are_not_prompted(by):
    tenure(make_council(in_programme=False), "Lesley Example", ago(10), by)
    assert Trigger.objects.count() == 1
    assert not Prompt.objects.exists()


def test_what_is_recorded_before_its_day_prompts_on_its_day(council, by):
    day = timezone.localdate() + timedelta(days=7)
    add_trigger(council=council, kind="new_leader", happened_on=day, detail="Lesley", source="tenure:1", by=by)
    sweep(timezone.localdate())
    assert not Prompt.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        sweep_task()
        sweep_task()
        assert Prompt.objects.get().made_on == day


def test_the_same_trigger_twice_is_one(council, by):
    made = [
        add_trigger(council=council, kind="new_leader", happened_on=ago(1), detail="", source="tenure:1", by=by)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert Prompt.objects.count() == 1


@pytest.mark.parametrize(("kind", "prompts"), [("intervention", 1), ("standards_issue", 1), ("other", 0)])
def test_r6_the_end_of_an_intervention_prompts_once_it_has_come(council, by, kind, prompts):
    entry = JourneyEntry.objects.create(
        council=council, kind=kind, name="Directions", started_on=ago(900), ended_on=ago(-1), recorded_by=by
    )
    assert sweep(timezone.localdate()) == 0
    entry.ended_on = timezone.localdate()
    entry.save()
    assert (sweep(timezone.localdate()), sweep(timezone.localdate())) == (prompts, 0)
    assert Prompt.objects.filter(triggers__kind="milestone").count() == prompts


def test_r6_a_council_prompts_on_its_first_day():
    new = make_council(start_on=timezone.localdate())
    make_council(start_on=ago(-1))
    make_council(start_on=ago(2000))
    assert (sweep(timezone.localdate()), sweep(timezone.localdate())) == (1, 0)
    assert Prompt.objects.get().council == new


def test_r7_a_chief_executive_long_in_post_without_a_challenge_is_a_soft_prompt(council, by):
    today = timezone.localdate()
    short, had, left = make_council(), make_council(), make_council()
    long_ago = today - relativedelta(years=8)
    tenure(council, "Alex Longstanding", long_ago, by, post="chief_executive")
    tenure(short, "Alex Shorter", long_ago + timedelta(days=1), by, post="chief_executive")
    tenure(had, "Alex Reviewed", long_ago, by, post="chief_executive")
    make_challenge(had, long_ago)
    tenure(left, "Alex Left", long_ago, by, post="chief_executive", ended_on=ago(1))
    assert (sweep(today), sweep(today)) == (1, 0)
    prompt = Prompt.objects.get()
    assert (prompt.council, prompt.is_soft, prompt.triggers.get().kind) == (council, True, "long_tenure")
    # A change that joins it is no longer soft.
    tenure(council, "Lesley Example", ago(5), by)
    prompt.refresh_from_db()
    assert prompt.is_soft is False


def test_starting_a_case_has_acted_on_the_prompts_of_its_councils(council):
    ensure_theme_sets()
    manager, partner, other = make_user("programme_manager"), make_council(), make_council()
    for each in (council, partner, other):
        make_prompt(each, ago(3))
    start_case(council=other, by=manager, kind="support_visit")
    assert Prompt.objects.filter(state="open").count() == 3
    start_case(council=council, joint_councils=[partner], by=manager)
    assert Prompt.objects.get(state="open").council == other
    closed = Prompt.objects.get(council=partner)
    assert (closed.state, closed.closed_on, closed.closed_by) == ("acted_on", timezone.localdate(), manager)


def test_a_prompt_is_set_aside_with_a_reason_and_once(council, by):
    prompt = make_prompt(council, ago(3))
    with pytest.raises(Refused, match="Enter why it is set aside"):
        set_aside_prompt(prompt=prompt, reason=" ", version=0, by=by)
    with pytest.raises(Stale):
        set_aside_prompt(prompt=prompt, reason="Not now", version=1, by=by)
    done = set_aside_prompt(prompt=prompt, reason=" Not now ", version=0, by=by)
    assert (done.state, done.closed_reason, done.closed_by) == ("set_aside", "Not now", by)
    with pytest.raises(AlreadyMoved, match="already closed"):
        set_aside_prompt(prompt=prompt, reason="Not now", version=0, by=by)
    event = Event.objects.get(verb="prompt_set_aside")
    # The reason is for the LGA, and stands on the prompt alone.
    assert "Not now" not in str(event.data)
    assert Council.objects.get(pk=council.pk).prompts.count() == 1
