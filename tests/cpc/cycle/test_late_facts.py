"""R3, R4, R6, R7: what prompts, what is told too late to prompt, and what lasts."""

from datetime import date, timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.core import mail
from django.utils import timezone

from councils.imports.services import apply_import, check_file, undo_import
from councils.models import Tenure
from councils.services import record_control, record_tenure
from cpc.audit.models import Event
from cpc.casework.services import cancel_case
from cpc.cycle.models import AdviserPost, JourneyEntry, Prompt, Trigger
from cpc.cycle.queries import open_prompts
from cpc.cycle.services import set_aside_prompt, sweep
from cpc.notifications.models import Message
from cpc.notifications.tasks import deliver_waiting
from tests.councils.imports.sources.test_control import LATER
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-11-30 12:00 +0000", tick=False):
        yield


@pytest.fixture
def by():
    return make_user("programme_manager")


def tenure(council, started_on, by, *, post="leader", name="Robin Other", ended_on=None):
    return record_tenure(
        council=council, post=post, person_name=name, party="", started_on=started_on, ended_on=ended_on,
        is_first_post=None, is_interim=False, by=by,
    )  # fmt: skip


@pytest.mark.parametrize(("weeks", "more", "prompts"), [(12, 0, 1), (12, 1, 0), (100, 0, 0)])
def test_r4_a_fact_prompts_if_it_is_recorded_within_weeks_of_its_day(by, weeks, more, prompts):
    tenure(make_council(), TODAY - timedelta(weeks=weeks, days=more), by)
    assert (Trigger.objects.count(), Prompt.objects.count()) == (1, prompts)


def test_r4_the_number_of_weeks_is_a_setting(by, settings):
    settings.CYCLE_PROMPT_WEEKS = 52
    tenure(make_council(), TODAY - timedelta(weeks=52), by)
    assert Prompt.objects.count() == 1


def test_r4_nobody_is_told_that_it_is_time_to_talk_of_a_challenge_that_is_booked(by):
    council = make_council()
    make_booked(council, TODAY - timedelta(days=100))
    tenure(council, TODAY - timedelta(days=3), by)
    assert Trigger.objects.count() == 1 and not Prompt.objects.exists()


YEARS = ["Lab", "Con", "Lab", "Con", "LAB", "CON", "LAB"]


def history(*councils):
    lines, number = [LATER], 0
    for place, (name, code) in enumerate(councils, start=5):
        for year, label in zip(range(2020, 2027), YEARS, strict=True):
            number += 1
            seats = "0,29,0,0,0,0,0,0,0" if label.upper() == "LAB" else "29,0,0,0,0,0,0,0,0"
            lines.append(f"{number},{place},{name},{year},29,{seats},{label},{code}")
    return "\n".join(lines).encode()


@pytest.fixture
def told(by):
    """Two councils of one adviser and one of another, with seven years of control in one file."""
    councils = [
        make_council(name=name, gss_code=code)
        for name, code in (("Adur", "E07000223"), ("Bolsover", "E07000033"), ("Cannock Chase", "E07000192"))
    ]
    advisers = [make_user("principal_adviser", email=f"adviser{number}@example.org") for number in (1, 2)]
    for council, adviser in zip(councils, [advisers[0], advisers[0], advisers[1]], strict=True):
        AdviserPost.objects.create(council=council, user=adviser, started_on=date(2025, 1, 1))
    content = history(*((council.name, council.gss_code) for council in councils))
    run = check_file(source="control_history", file_name="f.csv", content=content, by=by)
    assert run.refusals == []
    return apply_import(run=run, by=by)


def test_r4_an_import_of_history_opens_no_prompt_and_tells_each_adviser_once(told, by):
    assert Trigger.objects.count() == 6  # of 2025 and 2026: they are reasons in the due list
    assert not Prompt.objects.exists()
    deliver_waiting()
    assert [sent.to for sent in mail.outbox] == [["adviser1@example.org"], ["adviser2@example.org"]]
    body = mail.outbox[0].body
    assert "4 changes at your councils" in body and "Cannock Chase" not in body
    assert "- Adur: change of political control on 7 May 2026 (Conservative to Labour)" in body
    assert body.count("Dear ") == 1 and "/due/" in body


def test_r4_an_import_that_is_undone_tells_nobody(told, by):
    undo_import(run=told, by=by)
    deliver_waiting()
    assert mail.outbox == [] and not Trigger.objects.exists()


def test_r4_what_was_told_before_is_not_told_again(told, by):
    run = check_file(source="control_history", file_name="g.csv", content=history(("Adur", "E07000223")), by=by)
    apply_import(run=run, by=by)
    assert Message.objects.filter(kind="cycle_history_imported").count() == 2


@pytest.mark.parametrize(
    ("before", "now", "prompts"),
    [
        ("Labour", "Labour minority", 0),
        ("Labour minority", "Labour", 0),
        ("LAB min", "Labour majority", 0),
        ("Labour", "NOC: Labour largest", 1),
        ("Labour", "Labour and Green", 1),
        ("Labour", "Conservative minority", 1),
        # Those without a party need not be one group.
        ("Independent", "Independent minority", 1),
    ],
)
def test_r4_the_same_party_with_and_without_a_majority_is_no_change_of_control(by, before, now, prompts):
    council = make_council()
    with time_machine.travel("2026-05-20 12:00 +0000", tick=False):
        record_control(council=council, year=2025, control=before, by=by)
        record_control(council=council, year=2026, control=now, by=by)
    assert (Trigger.objects.count(), Prompt.objects.count()) == (prompts, prompts)


def test_r6_the_end_of_a_best_value_notice_prompts(by):
    council = make_council()
    JourneyEntry.objects.create(
        council=council, kind="best_value_notice", name="Notice of 2025", started_on=date(2025, 12, 1),
        ended_on=TODAY - timedelta(days=1), recorded_by=by,
    )  # fmt: skip
    assert sweep(TODAY) == 1
    assert "end of best value notice: Notice of 2025" in open_prompts(council)[Prompt.objects.get()][0]


def test_r7_a_chief_executive_in_post_for_more_than_ten_years_prompts_once(by):
    council = make_council()
    tenure(council, TODAY - relativedelta(years=11), by, post="chief_executive", name="Alex Longstanding")
    for day in range(5):
        sweep(TODAY + timedelta(days=day))
    prompt = Prompt.objects.get()
    assert (prompt.is_soft, prompt.state) == (True, "open")
    set_aside_prompt(prompt=prompt, reason="Agreed with the leader", version=prompt.version, by=by)
    sweep(TODAY)
    assert Prompt.objects.count() == 1


def test_r7_a_trigger_from_before_that_never_prompted_prompts_now(by):
    council = make_council()
    held = tenure(council, TODAY - relativedelta(years=11), by, post="chief_executive")
    Trigger.objects.create(
        council=council, kind="long_tenure", happened_on=TODAY - relativedelta(years=3), source=f"long:{held.pk}"
    )
    sweep(TODAY)
    assert Prompt.objects.get().triggers.get().source == f"long:{held.pk}"


def test_r7_a_booked_challenge_is_waited_for_and_a_cancelled_one_is_not(by):
    council = make_council()
    tenure(council, TODAY - relativedelta(years=11), by, post="chief_executive")
    case = make_booked(council, TODAY - timedelta(days=50))
    sweep(TODAY)
    assert not Prompt.objects.exists()
    cancel_case(case=case, reason="Not now", by=by)
    sweep(TODAY + timedelta(days=1))
    assert Prompt.objects.get().council == council


@pytest.mark.parametrize("how", ["left", "challenged"])
def test_r7_the_prompt_closes_when_it_is_no_longer_so(by, how):
    council = make_council()
    held = tenure(council, TODAY - relativedelta(years=11), by, post="chief_executive")
    sweep(TODAY)
    if how == "left":
        Tenure.objects.filter(pk=held.pk).update(ended_on=TODAY - timedelta(days=1))
    else:
        make_challenge(council, TODAY - timedelta(days=400))
    sweep(TODAY)
    prompt = Prompt.objects.get()
    assert (prompt.state, prompt.closed_by) == ("set_aside", None)
    assert "has left, or" in prompt.closed_reason
    assert Event.objects.filter(verb="prompt_set_aside").count() == 1
    assert timezone.localdate() == prompt.closed_on


def test_r7_a_prompt_with_another_reason_beside_it_stays(by):
    council = make_council()
    held = tenure(council, TODAY - relativedelta(years=11), by, post="chief_executive")
    sweep(TODAY)
    tenure(council, TODAY - timedelta(days=2), by)
    # Both within the same weeks are one prompt: here they are told apart by their days.
    Trigger.objects.filter(kind="new_leader").update(prompt=Prompt.objects.order_by("pk").first())
    Tenure.objects.filter(pk=held.pk).update(ended_on=TODAY - timedelta(days=1))
    sweep(TODAY)
    assert Prompt.objects.order_by("pk").first().state == "open"
