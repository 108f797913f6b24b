"""A deadline has two names: what is to be done, and once it is met, what was done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.deadlines.kinds import KINDS, done_name, label_of
from cpc.deadlines.models import Deadline, DeadlineRule
from cpc.deadlines.services import meet_deadline
from cpc.reminders.sources import deadline_kinds
from tests.factories.rules import ensure_default_rules


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_says_what_to_do_and_what_was_done(kind):
    row = KINDS[kind]
    # "Publish the report", then "Report published": an instruction, and what can be said of the past.
    assert " the " in row.to_do
    assert " the " not in row.done.replace(" to the peer team", "")
    assert row.done.split()[-1].endswith(("ed", "held")) or " released " in row.done
    assert row.to_do[0].isupper()
    assert row.done[0].isupper()
    assert (label_of(kind), done_name(kind, "as it was")) == (row.to_do, row.done)


def test_what_no_clock_makes_has_one_name():
    assert done_name("successor_leader", "Find a successor: Leader") == "Find a successor: Leader"


@pytest.mark.parametrize("kind", list(KINDS))
def test_it_is_to_do_until_it_is_met_wherever_deadlines_are_listed(make_promise, client_for, clock, kind):
    row = KINDS[kind]
    promise = make_promise()
    due_on = timezone.localdate() + timedelta(days=7)
    Deadline.objects.update(kind=kind, label=row.to_do, due_on=due_on, first_due_on=due_on)
    case = promise.case
    pages = [reverse("cases:deadlines", kwargs={"reference": case.reference}), reverse("dashboard:my-work")]
    client = client_for(promise.coordinator)
    for page in [*pages, reverse("cases:detail", kwargs={"reference": case.reference})]:
        shown = client.get(page).content.decode()
        assert row.to_do in shown, page
        assert row.done not in shown, page
    listed = client_for(promise.boss).get(reverse("dashboard:pipeline")).content.decode()
    assert row.to_do in listed

    meet_deadline(case=case, kind=kind, on=timezone.localdate(), by=promise.boss)
    shown = client.get(pages[0]).content.decode()
    assert row.done in shown
    assert row.to_do not in shown
    assert row.to_do not in client.get(pages[1]).content.decode()


def test_the_rules_are_named_by_what_is_to_do(db):
    ensure_default_rules()
    assert deadline_kinds() == {kind: row.to_do for kind, row in KINDS.items()}
    assert set(DeadlineRule.objects.values_list("label", flat=True)) == {row.to_do for row in KINDS.values()}
