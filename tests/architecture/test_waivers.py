"""R102: whatever was waived on a case stands in one place of it: no verb and no field of a waiver is left out."""

import re

import pytest
from django.apps import apps
from django.urls import reverse

from cpc.audit.presenters import VERBS
from cpc.audit.services import record
from cpc.audit.waivers import WAIVERS, register_waivers
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged

WORDS = re.compile(r"waive|overrid|all_the_same|absence|pre_election|before_poll|off_cycle|double_booking")
# Named like a waiver, and none of its own: why.
NOT_WAIVERS = {
    "cpc.Scope.off_cycle_reason": "the council's own words of why now; the waiver is the case's",
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


def test_a_waiver_without_its_reason_is_refused():
    with pytest.raises(ValueError, match="no sentence with its reason"):
        register_waivers({"case_started": ()})


@pytest.mark.django_db
def test_each_waiver_stands_on_the_case_for_who_may_read_it(client_for):
    staged = make_staged()
    data = {name: f"the {name}" for name in ("on", "who", "poll", "needs", "name", "kinds", "from_stage", "to_stage")}
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
