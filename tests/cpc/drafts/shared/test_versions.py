"""Every saved version of a text, who may read them, and earlier words brought back."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse

from assessments.action_plan.models import RecommendationAnswer
from assessments.report.models import Recommendation
from assessments.self_assessment.models import StatementSection, StatementState
from assessments.self_assessment.services import change_section
from cpc.cases.models import Case
from cpc.drafts.shared.kinds import KINDS, SharedText
from cpc.drafts.shared.models import TextVersion
from cpc.drafts.shared.queries import Text, versions_of
from tests.architecture.source import name_of, python_files, tree_of
from tests.factories.world import World, make_world
from tests.opening import open_for_work, who_opens

pytestmark = pytest.mark.django_db

# A page of the stage in which each kind is written.
PAGES = {
    "section": "self_assessment:section-edit",
    "finding": "onsite:finding-edit",
    "headline": "report:headline-edit",
    "recommendation": "report:recommendation-edit",
    "answer": "action_plan:answer-edit",
    "action": "action_plan:action-edit",
    "progress": "action_plan:action-progress",
    "review_summary": "progress_review:summary-edit",
    "council_view": "progress_review:council-rating",
    "peers_view": "progress_review:peers-view",
}


@pytest.fixture
def world() -> World:
    return make_world()


def row_of(kind: SharedText, world: World) -> Any:
    return next(row for row in kind.rows() if case_of(kind.about(row)) == world.case)


def case_of(subject: Any) -> Case:
    if isinstance(subject, Case):
        return subject
    return subject.statement.case if isinstance(subject, StatementSection) else subject.case


def test_each_kind_keeps_every_version_and_brings_one_back(world: World):
    assert set(KINDS) == set(PAGES)
    for code, kind in KINDS.items():
        open_for_work(world.case, PAGES[code])
        TextVersion.objects.all().delete()
        writer = world.fresh(who_opens(PAGES[code]))
        row = row_of(kind, world)
        first = kind.words_of(row)
        for words in ({name: f"Second {name}" for name in first}, {name: f"Third {name}" for name in first}):
            kind.save(row, words, getattr(row, kind.counter), writer)
            row = kind.rows().get(pk=row.pk)
        kept = versions_of(Text(kind, row))
        texts = [version.words for version in kept]
        assert texts[0] == {name: f"Third {name}" for name in first}, code
        assert texts[1] == {name: f"Second {name}" for name in first}, code
        if any(first.values()):
            assert texts[2] == first, code
        assert kept[0].saved_by == writer
        kind.save(row, texts[1], getattr(row, kind.counter), writer)
        row = kind.rows().get(pk=row.pk)
        assert kind.words_of(row) == texts[1]
        assert len(versions_of(Text(kind, row))) == len(texts) + 1


def test_the_words_that_a_colleague_overwrote_are_brought_back(world: World, client_for):
    """K3.4: the second of two people sees both texts, saves, and the first one's words are still to be had."""
    open_for_work(world.case, "self_assessment:section-edit")
    section = StatementSection.objects.filter(statement__case=world.case).first()
    assert section is not None
    TextVersion.objects.all().delete()
    leader, coordinator = world.people["leader"], world.people["coordinator"]
    client = client_for(coordinator)
    address = reverse("self_assessment:section-edit", kwargs={"reference": world.case.reference, "pk": section.pk})
    typed = {"context": "", "successes": "The second person's words", "challenges": "Some", "help_wanted": ""}
    mine = {**typed, "successes": "The first person's words"}
    change_section(section=section, version=section.version, by=leader, **mine)
    answer = client.post(address, {**typed, "version": section.version})
    page = answer.content.decode()
    assert answer.status_code == 409 and "first person" in page and "second person" in page
    section.refresh_from_db()
    assert client.post(address, {**typed, "version": section.version}).status_code == 302
    versions = {"code": "section", "pk": section.pk}
    page = client.get(reverse("drafts:version-list", kwargs=versions)).content.decode()
    assert leader.full_name in page and coordinator.full_name in page
    lost = TextVersion.objects.filter(kind="section", row=section.pk, saved_by=leader).get()
    compared = client.get(reverse("drafts:version", kwargs=versions | {"text_version": lost.pk})).content.decode()
    assert "<ins" in compared and "first" in compared
    newest = TextVersion.objects.filter(kind="section", row=section.pk).last()
    assert newest is not None
    two = client.get(reverse("drafts:version", kwargs=versions | {"text_version": lost.pk}), {"with": newest.pk})
    assert "<del" in two.content.decode() and "<ins" in two.content.decode()
    section.refresh_from_db()
    restore = reverse("drafts:version-restore", kwargs=versions | {"text_version": lost.pk})
    assert "first person" in client.get(restore).content.decode()
    client.post(restore, {"version": section.version - 1})
    section.refresh_from_db()
    assert section.successes == "The second person's words"
    client.post(restore, {"version": section.version})
    section.refresh_from_db()
    assert section.successes == "The first person's words"


def test_the_reason_of_an_answer_is_not_brought_back_for_words_that_changed(world: World, client_for):
    open_for_work(world.case, "action_plan:answer-edit")
    client = client_for(world.people["leader"])
    standing = RecommendationAnswer.objects.filter(plan__case=world.case).first()
    assert standing is not None
    address = reverse(
        "action_plan:answer-edit", kwargs={"reference": world.case.reference, "pk": standing.recommendation_id}
    )
    for reason in ("No money", "No people"):
        standing.refresh_from_db()
        sent = {"answer": "partly", "reason": reason, "version": standing.version}
        sent["words_version"] = standing.recommendation.version
        assert client.post(address, sent).status_code == 302
    versions = {"code": "answer", "pk": standing.pk}
    listed = reverse("drafts:version-list", kwargs=versions)
    assert listed in client.get(address).content.decode()
    first = TextVersion.objects.get(kind="answer", row=standing.pk, words={"reason": "No money"})
    restore = reverse("drafts:version-restore", kwargs=versions | {"text_version": first.pk})
    standing.refresh_from_db()
    Recommendation.objects.filter(pk=standing.recommendation_id).update(
        text="Do something else", version=F("version") + 1
    )
    page = client.post(restore, {"version": standing.version}, follow=True).content.decode()
    assert "The recommendation has changed since it was answered" in page
    standing.refresh_from_db()
    assert (standing.reason, standing.answered_text) != ("No money", "Do something else")
    Recommendation.objects.filter(pk=standing.recommendation_id).update(text=standing.answered_text)
    client.post(restore, {"version": standing.version})
    standing.refresh_from_db()
    assert (standing.answer, standing.reason) == ("partly", "No money")
    # Who reads the plan and does not write it finds no versions.
    assert client_for(world.people["peer.challenge.manager"]).get(listed).status_code == 404


def test_what_was_written_before_it_was_handed_in_is_the_councils_alone(world: World, client_for):
    section = StatementSection.objects.filter(statement__case=world.case).first()
    assert section is not None
    section.statement.__class__.objects.filter(pk=section.statement_id).update(state=StatementState.SUBMITTED)
    address = reverse("drafts:version-list", kwargs={"code": "section", "pk": section.pk})
    assert client_for(world.people["peer.challenge.manager"]).get(address).status_code == 404
    assert client_for(world.people["leader"]).get(address).status_code == 200
    assert client_for(world.people["leader"]).get(address.replace("section", "no-such")).status_code == 404


def saves_past_versions(tree: ast.Module, parts: set[str]) -> list[int]:
    """Calls of the plain versioned save that write a part of a shared text."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "save_versioned"
        and {word.arg for word in node.keywords if word.arg} & parts
    ]


def test_no_service_saves_a_shared_text_without_its_version():
    parts = {name for kind in KINDS.values() for name, _ in kind.parts}
    assert saves_past_versions(ast.parse("save_versioned(row, version=1, headline='x')"), parts) == [1]
    stages = {kind.model.__module__.rpartition(".")[0].replace(".", "/") for kind in KINDS.values()}
    found = [
        f"{name_of(path)}:{line}"
        for path in python_files()
        if name_of(path.parent) in stages
        for line in saves_past_versions(tree_of(path), parts)
    ]
    assert found == []
