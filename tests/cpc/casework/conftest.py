"""Gates that say what a test wants, and what the tests of the services do again and again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import PLUGINS, Outstanding, Stage, StagePlugin
from cpc.casework import services
from cpc.casework.reference_data import ensure_theme_sets

WAIVABLE = Outstanding("letter", "Send the letter")
FIRM = Outstanding("dates", "Agree the onsite dates", waivable=False)


@pytest.fixture
def theme_sets(db):
    ensure_theme_sets()


@pytest.fixture
def gate(monkeypatch):
    """Say what is outstanding at a stage, and hear which stages are entered."""
    entered: list[str] = []

    def stands(**outstanding: list[Outstanding]) -> list[str]:
        for stage in Stage:
            items = outstanding.get(stage.value, [])
            monkeypatch.setitem(
                PLUGINS,
                stage,
                StagePlugin(
                    stage=stage,
                    outstanding=lambda case, reader, items=items: list(items),
                    on_enter=lambda case, by, stage=stage: entered.append(stage.value),
                ),
            )
        return entered

    return stands


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def verbs(case: Case) -> list[str]:
    return list(Event.objects.filter(case=case).order_by("pk").values_list("verb", flat=True))


def in_days(days: int):
    return timezone.localdate() + timedelta(days=days)


def advance(case, from_stage, by, **changed):
    return services.advance_case(case=case, from_stage=from_stage, by=by, **changed)


def postpone(staged, **changed):
    values = {
        "reason": "The leader has resigned",
        "new_on": in_days(200),
        "agreed_with": "The chief executive",
        "by": staged.manager,
    }
    return services.postpone_case(case=staged.case, **values | changed)


def stand_still(staged, state):
    if state == CaseState.PAUSED:
        services.pause_case(case=staged.case, reason="A by-election", by=staged.manager)
    else:
        postpone(staged)


def send_back(staged, from_stage, to_stage, reason="The dates moved", by=None):
    return services.send_back_case(
        case=staged.case, from_stage=from_stage, to_stage=to_stage, reason=reason, by=by or staged.manager
    )
