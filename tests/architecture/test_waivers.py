"""R102: whatever was waived on a case stands in one place of it: no verb and no field of a waiver is left out."""

import ast
import re

import pytest
from django.apps import apps
from django.urls import reverse

from cpc.audit.presenters import VERBS
from cpc.audit.services import record
from cpc.audit.waivers import WAIVERS, register_waivers
from tests.architecture.source import name_of, python_files, tree_of
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged

WORDS = re.compile(r"waive|overrid|all_the_same|absence|pre_election|before_poll|off_cycle|double_booking")
# Named like a waiver, and none of its own: why.
NOT_WAIVERS = {
    "cpc.Scope.off_cycle_reason": "the council's own words of why now; the waiver is the peer challenge's",
}


def test_every_verb_that_waives_is_among_the_waivers_of_a_case():
    sounding = {verb for verb, sentence in VERBS.items() if WORDS.search(verb) or "waived" in sentence}
    assert sounding <= set(WAIVERS)
    assert set(WAIVERS) <= set(VERBS)


def test_every_field_that_keeps_a_waiver_is_named_by_one():
    named = {field for fields in WAIVERS.values() for field in fields}
    fields = {
        f"{model._meta.label}.{field.name}"
        for app in ("councils", "cpc", "teams", "assessments")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.fields
    }
    sounding = {each for each in fields if WORDS.search(each.rsplit(".", 1)[1])}
    sounding |= {each for each in fields if WORDS.search(each.split(".")[1].lower()) and "reason" in each}
    assert sounding - set(NOT_WAIVERS) <= named
    assert named <= fields, "a field that is gone"


# Who writes the field and leaves the event to who asked for it, or whose field of that name is no waiver.
WRITES_FOR_OTHERS = {
    # Each thing that is published gives it the verb.
    ("assessments/publication/services.py", "pre_election_reason"),
    ("cpc/casework/services.py", "double_booking_reason"),
    ("cpc/scheduling/services.py", "off_cycle_reason"),
}
SAVING = {"save_versioned", "create", "update"}


def written(tree: ast.Module) -> set[str]:
    """Names of the fields that a module sets, on a row or by a call that saves."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found |= {keyword.arg for keyword in node.keywords if keyword.arg} if name in SAVING else set()
    return found


def test_whoever_writes_the_field_of_a_waiver_records_it():
    verbs_of: dict[str, set[str]] = {}
    for verb, fields in WAIVERS.items():
        for field in fields:
            if WORDS.search(field.rsplit(".", 1)[1]):
                verbs_of.setdefault(field.rsplit(".", 1)[1], set()).add(verb)
    silent = set()
    for path in python_files():
        tree = tree_of(path)
        said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        for field in written(tree) & set(verbs_of):
            if not verbs_of[field] & said:
                silent.add((name_of(path), field))
    assert silent == WRITES_FOR_OTHERS


def test_a_waiver_without_its_reason_is_refused():
    with pytest.raises(ValueError, match="no sentence with its reason"):
        register_waivers({"case_started": ()})


@pytest.mark.django_db
def test_each_waiver_stands_on_the_case_for_who_may_read_it(client_for):
    staged = make_staged()
    data = {
        name: f"the {name}"
        for name in ("on", "who", "poll", "needs", "name", "kinds", "unusual", "from_stage", "to_stage")
    }
    for verb in set(WAIVERS) - {"case_advanced_with_override"}:
        audience = "lga" if verb in {"double_booking_waived", "conflict_waived", "team_needs_waived"} else "case"
        record(
            verb=verb, by=staged.manager, case=staged.case, data=data | {"reason": f"Said of {verb}"}, audience=audience
        )
    address = reverse("cases:detail", kwargs={"reference": staged.case.reference})
    lga = client_for(make_user("programme_manager")).get(address).content.decode()
    host = client_for(staged.coordinator).get(address).content.decode()
    assert lga.count("Core steps changed") == 1
    for verb in set(WAIVERS) - {"case_advanced_with_override"}:
        assert lga.count(f"Said of {verb}") == 1, verb
    assert "Said of set_up_absence_accepted" in host
    assert "Said of conflict_waived" not in host and "Said of double_booking_waived" not in host
