"""The reminder rules: what is said when, to whom and in which words."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from cpc.components.pages import Confirm, ListPage, ServiceForm
from cpc.reminders.models import ReminderRule, ReminderRuleVersion
from cpc.reminders.rules import services as rule_services
from cpc.reminders.rules.forms import ReminderRuleForm, initial_of
from cpc.reminders.rules.wording import escalates, example_of, kinds, recipients_of_rule, sentence_of, when_of
from cpc.reminders.wording import body_text, subject_line, wrong_placeholders

YES_NO = {True: "Yes", False: "No"}


def texts_of(rule: ReminderRule, names: dict[str, str]) -> dict[str, str]:
    """Label -> how the rule stands, for histories and stale saves. `names` are those of the kinds."""
    return {
        "What it is about": names.get(rule.kind, rule.kind),
        "When": when_of(rule.offset_days, rule.in_working_days),
        "Who is reminded": recipients_of_rule(rule),
        "Subject of the email": rule.subject_text or "Standard",
        "Text of the email": rule.body_text or "Standard",
        "Waits for a working day": YES_NO[rule.waits_for_working_day],
        "Sent before elections too": YES_NO[rule.speaks_before_elections],
        "Day attached for calendars": YES_NO[rule.attaches_date],
        "In use": YES_NO[rule.is_active],
    }


class RuleList(ListPage):
    permission_required = "cpc.view_reminder_rules"
    file_name = "reminder-rules"
    columns = {
        "About": "about",
        "When": lambda rule: when_of(rule.offset_days, rule.in_working_days),
        "To": recipients_of_rule,
        "In use": lambda rule: YES_NO[rule.is_active],
        "Subject of the mail": "subject_text",
        "Text of the mail": "body_text",
    }
    template_name = "cpc/reminders/rules/list.html"

    def get_rows(self) -> QuerySet[ReminderRule]:
        return ReminderRule.objects.order_by("kind", "offset_days", "pk")

    def get_file_rows(self) -> list[ReminderRule]:
        names, rules = dict(kinds()), list(self.get_rows())
        for rule in rules:
            rule.about = names.get(rule.kind, rule.kind)  # type: ignore[attr-defined]
        return rules

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        names = dict(kinds())
        rows = [
            {
                "rule": rule,
                "about": names.get(rule.kind, rule.kind),
                "when": when_of(rule.offset_days, rule.in_working_days),
                "to": recipients_of_rule(rule),
                "escalates": escalates(rule),
            }
            for rule in context["page_obj"]
        ]
        return context | {"rows": rows}


class RuleForm(ServiceForm):
    permission_required = "cpc.change_reminder_rules"
    template_name = "cpc/reminders/rules/form.html"
    form_class = ReminderRuleForm
    success_message = "Reminder rule saved"

    def get_success_url(self) -> str:
        return reverse("reminders:rule-list")

    def form_valid(self, form: Any) -> HttpResponse:
        if "preview" not in self.request.POST:
            return super().form_valid(form)
        example = self.example(form)
        context = self.get_context_data(form=form, example=example)
        return self.render_to_response(context, status=200 if example else 422)

    def example(self, form: ReminderRuleForm) -> dict[str, str]:
        """The mail as it would read about an invented council; nothing is saved."""
        values = form.values
        for name in ("subject_text", "body_text"):
            if wrong := wrong_placeholders(values[name]):
                form.add_error(name, wrong)
        if form.errors:
            return {}
        subject, today = example_of(values["kind"], values["offset_days"]), timezone.localdate()
        return {
            "subject": subject_line(values["subject_text"], subject, today),
            "text": body_text(values["body_text"], subject, today),
        }


class RuleAdd(RuleForm):
    title = "Add a reminder rule"

    def get_initial(self) -> dict[str, Any]:
        return {
            "version": 0,
            "waits_for_working_day": True,
            "speaks_before_elections": False,
            "attaches_date": True,
            "unit": "calendar",
        }

    def save(self, form: Any) -> ReminderRule:
        return rule_services.add_reminder_rule(values=form.values, by=self.request.user)


class RuleMixin:
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def rule(self) -> ReminderRule:
        return get_object_or_404(ReminderRule, pk=self.kwargs["pk"])


class RuleEdit(RuleMixin, RuleForm):
    title = "Change a reminder rule"

    def get_initial(self) -> dict[str, Any]:
        return initial_of(self.rule)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return texts_of(self.rule, dict(kinds()))

    def save(self, form: Any) -> ReminderRule:
        version = form.cleaned_data["version"]
        return rule_services.change_reminder_rule(
            rule_id=self.rule.pk, values=form.values, version=version, by=self.request.user
        )


class RuleSwitch(RuleMixin, Confirm):
    """On or off, as the address says: a second click changes nothing back."""

    permission_required = "cpc.change_reminder_rules"
    on = True

    @property
    def state(self) -> str:
        return "on" if self.on else "off"

    def get_text(self) -> str:
        then = ". Reminders missed recently will be sent." if self.on else ". It sends no more reminders."
        return sentence_of(self.rule) + then

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": f"Switch this reminder rule {self.state}?",
            "submit_text": f"Switch {self.state}",
            "warning": not self.on,
        }

    def get_success_url(self) -> str:
        return reverse("reminders:rule-list")

    def get_success_message(self) -> str:
        return f"The rule is {self.state}"

    def get_already(self) -> str:
        return f"The rule was {self.state} already. Nothing was changed."

    def perform(self) -> bool:
        return rule_services.switch_reminder_rule(rule_id=self.rule.pk, on=self.on, by=self.request.user)


class RuleVersions(RuleMixin, ListPage):
    permission_required = "cpc.view_reminder_rules"
    template_name = "cpc/reminders/rules/versions.html"

    def get_rows(self) -> QuerySet[ReminderRuleVersion]:
        return self.rule.versions.select_related("made_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        # One more than stands on the page: its last version is compared with the first of the next.
        first = (context["page_obj"].number - 1) * self.page_size
        shown = self.get_rows()[first : first + self.page_size + 1]
        names = dict(kinds())
        rows: list[dict[str, Any]] = [
            {"version": each, "texts": texts_of(ReminderRule(**each.values), names)} for each in shown
        ]
        for newer, older in pairwise(rows):
            newer["changed"] = [label for label, text in newer["texts"].items() if older["texts"].get(label) != text]
        return context | {
            "rule": self.rule,
            "newest": self.rule.version + 1,
            "sentence": sentence_of(self.rule),
            "rows": rows[: self.page_size],
        }


class RuleRestore(RuleMixin, Confirm):
    permission_required = "cpc.change_reminder_rules"
    submit_text = "Restore"
    success_message = "The earlier version of the rule is back in use"

    @cached_property
    def earlier(self) -> ReminderRuleVersion:
        return get_object_or_404(self.rule.versions, number=self.kwargs["number"])

    def get_title(self) -> str:
        return f"Restore version {self.earlier.number}?"

    def get_text(self) -> str:
        return sentence_of(ReminderRule(**self.earlier.values))

    def seen_version(self) -> int:
        return self.rule.version

    def get_success_url(self) -> str:
        return reverse("reminders:rule-versions", args=[self.rule.pk])

    def perform(self) -> ReminderRule:
        return rule_services.restore_reminder_rule(
            rule_id=self.rule.pk, number=self.earlier.number, version=self.posted_version, by=self.request.user
        )
