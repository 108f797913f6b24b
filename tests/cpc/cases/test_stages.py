import pytest
from django.core.checks import run_checks

from cpc.cases.checks import every_stage_is_plugged_in
from cpc.cases.stages import (
    PLUGINS,
    POSITION,
    REVIEW_KINDS,
    SEND_BACKS,
    STAGES,
    Stage,
    next_stage,
    send_backs,
    stages_of,
)


def test_seven_stages_in_the_order_of_life():
    assert [row.stage.value for row in STAGES] == [
        "scheduling",
        "team_composition",
        "self_assessment",
        "onsite",
        "report",
        "action_plan",
        "progress_review",
    ]
    assert set(POSITION) == set(Stage.values) == set(SEND_BACKS)


@pytest.mark.parametrize("kind", list(REVIEW_KINDS))
def test_each_kind_walks_from_its_first_stage_to_its_last(kind):
    walked, stage = [], stages_of(kind, 1)[0].stage
    while stage:
        walked.append(stage)
        stage = next_stage(kind, 1, stage)
    assert walked == [row.stage for row in stages_of(kind, 1)]
    assert walked[0] == Stage.SCHEDULING


def test_a_support_visit_has_no_statement_and_no_report():
    assert [row.stage for row in stages_of("support_visit", 1)] == [
        Stage.SCHEDULING,
        Stage.TEAM_COMPOSITION,
        Stage.ONSITE,
    ]


@pytest.mark.parametrize("kind", list(REVIEW_KINDS))
def test_returns_lead_back_and_stay_within_the_kind(kind):
    own = {row.stage for row in stages_of(kind, 1)}
    for stage in own:
        returns = send_backs(kind, 1, stage)
        assert set(returns) <= own
        assert all(POSITION[to] < POSITION[stage] for to in returns)
        # Nobody is stuck: from everywhere but the first stage there is a way back, the nearest first.
        assert bool(returns) == (stage != Stage.SCHEDULING)
        assert list(returns) == sorted(returns, key=lambda to: -POSITION[to])
    assert Stage.SELF_ASSESSMENT not in send_backs("support_visit", 1, Stage.ONSITE)


def test_once_the_team_has_been_onsite_a_case_goes_back_one_step_only():
    for stage in (Stage.REPORT, Stage.ACTION_PLAN, Stage.PROGRESS_REVIEW):
        (to,) = send_backs("corporate", 1, stage)
        assert POSITION[to] == POSITION[stage] - 1


def test_a_stage_that_registers_nothing_is_found_at_start(monkeypatch):
    assert every_stage_is_plugged_in(None) == []
    monkeypatch.delitem(PLUGINS, Stage.REPORT)
    (error,) = [found for found in run_checks() if found.id == "cases.E001"]
    assert "report" in error.msg
