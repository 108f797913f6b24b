"""Imported facts prompt as those that are entered by hand, and an import that is undone takes its prompts back."""

from datetime import date

import pytest
import time_machine

from councils.imports.services import apply_import, check_file, discard_import, undo_import
from councils.models import PoliticalControl, Tenure
from councils.services import record_control, record_tenure
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.cycle.models import Prompt, Trigger
from cpc.cycle.services import close_prompts
from tests.councils.imports.sources.test_control import LATER
from tests.councils.imports.sources.test_tenures import HEADER
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge, make_trigger

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-06-20 12:00"):
        yield


@pytest.fixture
def adur():
    council = make_council(name="Adur", gss_code="E07000223")
    make_challenge(council, date(2023, 3, 1))
    return council


@pytest.fixture
def keeper():
    return make_user("programme_manager")


def check(source, *rows, by=None):
    header = HEADER if source == "tenures" else LATER
    return check_file(source=source, file_name="f.csv", content="\n".join([header, *rows]).encode(), by=by)


def control(year, label, seats="15,14,0,0,0,0,0,0,0"):
    return f"1,5,Adur,{year},29,{seats},{label},E07000223"


def triggers():
    return list(Trigger.objects.order_by("pk").values_list("kind", "happened_on", "detail"))


CONTROLS = [
    control(2019, "Lab", "0,29,0,0,0,0,0,0,0"),
    control(2020, "Con"),
    control(2025, "CON"),
    control(2026, "LAB", "14,15,0,0,0,0,0,0,0"),
]


def test_a_change_of_control_prompts_when_it_is_applied_and_not_before(adur, keeper):
    run = check("control_history", *CONTROLS)
    assert not Trigger.objects.exists()
    apply_import(run=run, by=keeper)
    # Of 2020 nobody is told, and of the other spelling of 2025 neither.
    assert triggers() == [("change_of_control", date(2026, 5, 7), "Conservative to Labour")]
    prompt = Prompt.objects.get()
    assert (prompt.council, prompt.state) == (adur, "open")
    assert Trigger.objects.get().recorded_by == keeper
    apply_import(run=run, by=keeper)
    assert Trigger.objects.count() == Prompt.objects.count() == 1


def test_it_is_the_same_as_by_hand(adur, keeper):
    record_control(council=adur, year=2025, control="Conservative", by=keeper)
    record_control(council=adur, year=2026, control="Labour", by=keeper)
    by_hand = triggers()
    apply_import(run=check("control_history", *CONTROLS), by=keeper)
    assert triggers() == by_hand and Prompt.objects.count() == 1


def test_another_spelling_of_one_control_is_no_change(adur, keeper):
    record_control(council=adur, year=2025, control="NOC: Conservative largest", by=keeper)
    run = check("control_history", control(2026, "CON min", "14,9,6,0,0,0,0,0,0"))
    apply_import(run=run, by=keeper)
    assert PoliticalControl.objects.get(year=2026).control == "Conservative minority"
    assert triggers() == []


def test_a_discarded_file_prompts_nobody(adur, keeper):
    discard_import(run=check("control_history", *CONTROLS), by=keeper)
    assert not Trigger.objects.exists()


def test_new_tenures_prompt_and_two_close_together_are_one_prompt(adur, keeper):
    apply_import(
        run=check(
            "tenures",
            "E07000223,Leader,Old Example,,2000-05-20,2026-05-19,,",
            "E07000223,Leader,Ann Example,,2026-05-20,,,",
            "E07000223,Chief executive,Bea Example,,2026-06-01,,,",
            "E07000223,Mayor,Holding Example,,2026-06-01,,,yes",
        ),
        by=keeper,
    )
    assert sorted(triggers()) == [
        ("new_chief_executive", date(2026, 6, 1), "Bea Example"),
        ("new_leader", date(2026, 5, 20), "Ann Example"),
    ]
    assert Prompt.objects.count() == 1


def test_a_tenure_that_is_corrected_is_no_new_one(adur, keeper):
    with time_machine.travel("2020-06-01"):
        record_tenure(
            council=adur, post="leader", person_name="Ann Example", party="", started_on=date(2020, 5, 20), ended_on=None,
            is_first_post=None, is_interim=False, by=keeper,
        )  # fmt: skip
    before = triggers()
    apply_import(run=check("tenures", "E07000223,Leader,Anne Example,,2020-05-20,,,"), by=keeper)
    assert Tenure.objects.get().person_name == "Anne Example" and triggers() == before


def test_undo_takes_back_what_the_import_prompted_and_applying_it_again_prompts_again(adur, keeper):
    for _ in range(2):
        run = apply_import(run=check("control_history", *CONTROLS), by=keeper)
        assert Prompt.objects.count() == 1
        undo_import(run=run, by=keeper)
        assert not Trigger.objects.exists() and not Prompt.objects.exists()
    event = Event.objects.filter(verb="prompt_withdrawn").first()
    assert (
        sentence(event.verb, event.data)
        == "withdrew a reason to get in touch with Adur: the import that it came from was undone"
    )
    assert event.council == adur
    run = apply_import(run=check("tenures", "E07000223,Leader,Ann Example,,2026-05-20,,,"), by=keeper)
    assert Prompt.objects.count() == 1
    undo_import(run=run, by=keeper)
    assert not Trigger.objects.exists() and not Prompt.objects.exists()


def test_undo_leaves_a_prompt_that_has_another_reason(adur, keeper):
    run = apply_import(run=check("control_history", *CONTROLS), by=keeper)
    prompt = Prompt.objects.get()
    other = make_trigger(adur, date(2026, 5, 20), prompt=prompt)
    undo_import(run=run, by=keeper)
    prompt.refresh_from_db()
    assert list(Trigger.objects.all()) == [other] and (prompt.state, prompt.version) == ("open", 1)


def test_undo_leaves_what_somebody_acted_on(adur, keeper):
    run = apply_import(run=check("control_history", *CONTROLS), by=keeper)
    close_prompts(councils=[adur], by=keeper)
    undo_import(run=run, by=keeper)
    assert len(triggers()) == 1 and Prompt.objects.get().state == "acted_on"
    assert not Event.objects.filter(verb="prompt_withdrawn").exists()


def test_undo_leaves_a_change_that_was_there_before(adur, keeper):
    record_control(council=adur, year=2025, control="Conservative", by=keeper)
    record_control(council=adur, year=2026, control="Labour", by=keeper)
    run = apply_import(run=check("control_history", control(2026, "LAB min", "14,14,1,0,0,0,0,0,0")), by=keeper)
    undo_import(run=run, by=keeper)
    assert len(triggers()) == 1 and Prompt.objects.count() == 1
