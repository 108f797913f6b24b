import pytest

from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.components.errors import Refused, Stale
from cpc.reminders.models import Reminder, ReminderRule, ReminderRuleVersion
from cpc.reminders.rules.services import (
    add_reminder_rule,
    change_reminder_rule,
    restore_reminder_rule,
    switch_reminder_rule,
)
from cpc.reminders.sweep import sweep
from tests.cpc.conftest import DUE
from tests.factories.accounts import make_user
from tests.factories.rules import ensure_default_rules

pytestmark = pytest.mark.django_db

GOOD = {
    "kind": "report_public", "offset_days": -14, "in_working_days": False, "recipients": "owner", "subject_text": "",
    "body_text": "", "waits_for_working_day": True, "speaks_before_elections": False, "attaches_date": True,
}  # fmt: skip


@pytest.fixture
def boss():
    return make_user("programme_manager")


def test_a_rule_is_added_once_for_two_clicks_with_its_first_version(boss):
    rule = add_reminder_rule(values=GOOD, by=boss)
    assert add_reminder_rule(values=GOOD, by=boss) == rule
    (version,) = ReminderRuleVersion.objects.all()
    assert (version.number, version.made_by, version.values["offset_days"]) == (1, boss, -14)
    event = Event.objects.get(verb="reminder_rule_added")
    assert "Publish the feedback report: 14 days before, to the deadline owner" in sentence(event.verb, event.data)


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"recipients": ""}, "recipients", "Choose who is reminded"),
        ({"kind": "cycle_due", "recipients": "owner"}, "recipients", "no one owns the date"),
        ({"kind": "cycle_due", "recipients": "LGA"}, "recipients", "no one owns the date"),
        ({"offset_days": -731}, "number", "730 or fewer"),
        ({"body_text": "{council}"}, "body_text", "{council} is not a value"),
        ({"subject_text": "{title"}, "subject_text", "pair of braces"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(boss, changed, field, says):
    with pytest.raises(Refused) as refused:
        add_reminder_rule(values=GOOD | changed, by=boss)
    assert refused.value.field == field
    assert says in refused.value.message
    assert not ReminderRule.objects.exists()


def test_another_rule_for_the_same_day_and_people_is_refused(boss):
    add_reminder_rule(values=GOOD, by=boss)
    with pytest.raises(Refused) as refused:
        add_reminder_rule(values=GOOD | {"body_text": "Other words"}, by=boss)
    assert refused.value.field == "number"


def test_a_rule_of_the_installation_keeps_how_it_stood_when_it_is_first_changed(boss):
    ensure_default_rules()
    rule = ReminderRule.objects.get(offset_days=-7)
    change_reminder_rule(rule_id=rule.pk, values={"body_text": "Ours"}, version=0, by=boss)
    versions = list(ReminderRuleVersion.objects.filter(rule=rule).order_by("number"))
    assert [(each.number, each.made_by, each.values["body_text"]) for each in versions] == [
        (1, None, ""),
        (2, boss, "Ours"),
    ]


def test_a_stale_form_is_refused_with_what_stands_and_the_same_again_changes_nothing(boss):
    rule = add_reminder_rule(values=GOOD, by=boss)
    change_reminder_rule(rule_id=rule.pk, values={"body_text": "First"}, version=0, by=boss)
    with pytest.raises(Stale) as refused:
        change_reminder_rule(rule_id=rule.pk, values={"body_text": "Second"}, version=0, by=boss)
    assert refused.value.now.body_text == "First"
    assert change_reminder_rule(rule_id=rule.pk, values={"body_text": "First"}, version=0, by=boss).version == 1


def test_a_rule_is_switched_off_and_on_once(boss):
    rule = add_reminder_rule(values=GOOD, by=boss)
    assert [switch_reminder_rule(rule_id=rule.pk, on=False, by=boss) for _ in range(2)] == [True, False]
    assert [switch_reminder_rule(rule_id=rule.pk, on=True, by=boss) for _ in range(2)] == [True, False]
    rule.refresh_from_db()
    assert (rule.is_active, rule.version) == (True, 2)


def test_the_same_rule_as_one_that_is_off_is_not_added_in_silence(boss):
    rule = add_reminder_rule(values=GOOD, by=boss)
    switch_reminder_rule(rule_id=rule.pk, on=False, by=boss)
    with pytest.raises(Refused, match="switched off"):
        add_reminder_rule(values=GOOD, by=boss)


def test_an_earlier_version_is_restored_as_the_newest(boss):
    rule = add_reminder_rule(values=GOOD, by=boss)
    change_reminder_rule(rule_id=rule.pk, values={"body_text": "Other", "offset_days": -21}, version=0, by=boss)
    restored = restore_reminder_rule(rule_id=rule.pk, number=1, version=1, by=boss)
    assert (restored.body_text, restored.offset_days, restored.version) == ("", -14, 2)


def test_a_rule_moved_back_does_not_say_again_what_was_said(make_promise):
    promise = make_promise()
    sweep(DUE.fromordinal(DUE.toordinal() - 7))
    rule = ReminderRule.objects.get(offset_days=-7)
    change_reminder_rule(rule_id=rule.pk, values={"offset_days": -10}, version=0, by=promise.boss)
    assert sweep(DUE.fromordinal(DUE.toordinal() - 6)) == 0
    assert Reminder.objects.get().rule_version == 0
