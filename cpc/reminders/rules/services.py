"""Editing the reminder rules. Every version of a rule is kept: what a reminder said, and why, can be told years later."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.components.errors import Refused
from cpc.components.versioned import check_version
from cpc.reminders.models import ReminderRecipients, ReminderRule, ReminderRuleVersion
from cpc.reminders.rules.wording import sentence_of
from cpc.reminders.sources import DEADLINES, source_of
from cpc.reminders.wording import wrong_placeholders

# Two years: further from its day nobody needs to hear of a thing.
FURTHEST = 730
# Sides that only a peer challenge has.
OF_A_CASE = {ReminderRecipients.OWNER, ReminderRecipients.LGA}
FIELDS = [
    "kind", "offset_days", "in_working_days", "recipients", "is_active", "subject_text", "body_text",
    "waits_for_working_day", "speaks_before_elections", "attaches_date",
]  # fmt: skip
TWIN = "There is a rule for the same thing, day and recipients already. Change that one"


def values_of_rule(rule: ReminderRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in FIELDS}


def _check(values: dict[str, Any]) -> None:
    if values["recipients"] not in ReminderRecipients.values:
        raise Refused("Choose who is reminded", field="recipients")
    if source_of(values["kind"]).code != DEADLINES and values["recipients"] in OF_A_CASE:
        raise Refused(
            "Until a peer challenge is agreed, no one owns the date. Choose someone at the council or at the LGA",
            field="recipients",
        )
    if abs(values["offset_days"]) > FURTHEST:
        raise Refused(f"The number of days must be {FURTHEST} or fewer", field="number")
    for name in ("subject_text", "body_text"):
        if wrong := wrong_placeholders(values[name]):
            raise Refused(wrong, field=name)


def _keep_version(rule: ReminderRule, by: User | None) -> None:
    """People count versions from 1."""
    ReminderRuleVersion.objects.get_or_create(
        rule=rule, number=rule.version + 1, defaults={"values": values_of_rule(rule), "made_by": by}
    )


def _save(rule: ReminderRule) -> None:
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise Refused(TWIN, field="number") from error


@transaction.atomic
def add_reminder_rule(*, values: dict[str, Any], by: User) -> ReminderRule:
    """`values` are the FIELDS but whether it is on. The very same again is the same rule (a second click)."""
    _check(values)
    twin = ReminderRule.objects.filter(**{name: values[name] for name in FIELDS if name in values}).first()
    if twin is not None and not twin.is_active:
        raise Refused("This rule already exists and is switched off. Switch it on", field="number")
    if twin is not None:
        return twin
    rule = ReminderRule(**values)
    _save(rule)
    _keep_version(rule, by)
    record(verb="reminder_rule_added", by=by, data={"rule": sentence_of(rule)}, audience="lga")
    return rule


@transaction.atomic
def change_reminder_rule(*, rule_id: int, values: dict[str, Any], version: int, by: User) -> ReminderRule:
    """What stands already is not changed again. What was said under the rule before stays said (models.Reminder)."""
    rule = ReminderRule.objects.select_for_update().get(pk=rule_id)
    _check(values_of_rule(rule) | values)
    if all(getattr(rule, name) == value for name, value in values.items()):
        return rule
    check_version(rule, version, "Someone else changed this rule while you were writing. Nothing you typed is lost.")
    # A rule that came with the installation has no version yet: how it stood is kept first.
    _keep_version(rule, None)
    for name, value in values.items():
        setattr(rule, name, value)
    rule.version += 1
    _save(rule)
    _keep_version(rule, by)
    record(verb="reminder_rule_changed", by=by, data={"rule": sentence_of(rule)}, audience="lga")
    return rule


@transaction.atomic
def switch_reminder_rule(*, rule_id: int, on: bool, by: User) -> bool:
    """False when it stands so already (a second click). Rules are switched off and never removed: reminders point at
    them."""
    rule = ReminderRule.objects.select_for_update().get(pk=rule_id)
    if rule.is_active == on:
        return False
    change_reminder_rule(rule_id=rule.pk, values={"is_active": on}, version=rule.version, by=by)
    return True


@transaction.atomic
def restore_reminder_rule(*, rule_id: int, number: int, version: int, by: User) -> ReminderRule:
    """An earlier version as the newest."""
    earlier = ReminderRuleVersion.objects.get(rule=rule_id, number=number)
    return change_reminder_rule(rule_id=rule_id, values=dict(earlier.values), version=version, by=by)
