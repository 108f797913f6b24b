"""Every verb that is recorded anywhere has its sentence, and every sentence gets the words that it names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from string import Formatter

import pytest

from cpc.audit.models import Event
from cpc.audit.presenters import VERBS, register_verbs, sentence
from cpc.audit.services import record
from tests.architecture.source import name_of, python_files, tree_of
from tests.factories.accounts import make_user

# Keywords that name the verbs which one function records for several packages.
NAMED = {"Publication": ("published", "before_poll", "corrected")}
# Functions that take the verb as their first argument and hand it on to record().
HAND_ON = {"announce", "_record", "record_own", "record_at_door"}
# Their words are put together elsewhere.
WORDS_ELSEWHERE = HAND_ON | {"SignInMail"} | set(NAMED)


def texts(node: ast.expr | None) -> set[str]:
    """The texts that an expression may come to; empty when it is a name that is handed on."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def calls() -> Iterator[tuple[str, set[str], ast.Call, dict[str, ast.expr]]]:
    """Status, the verbs it may record, the call and its keywords."""
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            keywords = {each.arg: each.value for each in node.keywords if each.arg}
            verbs = texts(keywords.get("verb"))
            if name in HAND_ON and node.args:
                verbs |= texts(node.args[0])
            for each in NAMED.get(name, ()):
                verbs |= texts(keywords.get(each))
            if verbs:
                yield f"{name_of(path)}:{node.lineno}", verbs, node, keywords


def words_of(verb: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(VERBS[verb]) if name}


def test_every_recorded_verb_has_a_sentence_and_every_sentence_is_used():
    recorded = {verb for _, verbs, _, _ in calls() for verb in verbs}
    assert len(recorded) > 80
    assert recorded - set(VERBS) == set()
    assert set(VERBS) - recorded == set()


def test_every_sentence_gets_the_words_that_it_names():
    short = []
    for where, verbs, call, keywords in calls():
        if getattr(call.func, "attr", "") in {"filter", "exclude"}:
            # Events that are read, not written.
            continue
        # What is put together elsewhere (accounts, documents, the register) has tests of its own.
        data = keywords.get("data")
        if isinstance(data, ast.ListComp):
            data = data.elt
        if getattr(call.func, "id", "") in WORDS_ELSEWHERE or (data is not None and not isinstance(data, ast.Dict)):
            continue
        given = {key.value for key in data.keys if isinstance(key, ast.Constant)} if data else set()
        short += [(where, verb, missing) for verb in verbs if (missing := words_of(verb) - given)]
    assert short == []


def test_a_sentence_is_filled_from_the_data_and_what_is_typed_stays_as_typed():
    text = sentence("case_paused", {"reason": "Costs {of} 5% {0} <b>more</b>"})
    assert text == "paused the peer challenge: Costs {of} 5% {0} <b>more</b>"
    assert sentence("case_paused", {}) == "paused the peer challenge: …"
    assert sentence("a_verb_of_an_older_release", {}) == "a verb of an older release"


def test_a_verb_has_one_sentence():
    register_verbs({"case_paused": VERBS["case_paused"]})
    with pytest.raises(ValueError, match="case_paused"):
        register_verbs({"case_paused": "did something else"})
    assert VERBS["case_paused"] == "paused the peer challenge: {reason}"


def test_what_has_no_sentence_or_no_audience_is_not_recorded(db):
    by = make_user("programme_manager")
    with pytest.raises(ValueError, match="sneezed"):
        record(verb="sneezed", by=by)
    with pytest.raises(ValueError, match="everybody"):
        record(verb="case_paused", by=by, data={"reason": "x"}, audience="everybody")
    assert not Event.objects.filter(by=by).exists()
