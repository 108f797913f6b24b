"""The reminder rules: what is said when, to whom and in which words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused, Stale
from cpc.reminders.models import ReminderRule
from cpc.reminders.rules import services as rule_services
from cpc.reminders.rules.forms import ReminderRuleForm, initial_of
from cpc.reminders.rules.wording import escalates, example_of, kinds, recipients_of_rule, sentence_of, when_of
from cpc.reminders.wording import body_text, subject_line, wrong_placeholders

PAGE_SIZE = 25
YES_NO = {True: "Yes", False: "No"}


def texts_of(rule: ReminderRule, names: dict[str, str]) -> dict[str, str]:
    """Label -> how the rule stands, for histories and stale saves. `names` are those of the kinds."""
    return {
        "What it is about": names.get(rule.kind, rule.kind),
        "When": when_of(rule.offset_days, rule.in_working_days),
        "Who is reminded": recipients_of_rule(rule),
        "Subject of the mail": rule.subject_text or "Standard",
        "Text of the mail": rule.body_text or "Standard",
        "Waits for a working day": YES_NO[rule.waits_for_working_day],
        "Sent before elections too": YES_NO[rule.speaks_before_elections],
        "Day attached for calendars": YES_NO[rule.attaches_date],
        "In use": YES_NO[rule.is_active],
    }


class RuleList(PermissionRequired, TemplateView):
    permission_required = "cpc.view_reminder_rules"
    template_name = "cpc/reminders/rules/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(ReminderRule.objects.order_by("kind", "offset_days", "pk"), PAGE_SIZE).get_page(
            self.request.GET.get("page")
        )
        names = dict(kinds())
        rows = [
            {
                "rule": rule,
                "about": names.get(rule.kind, rule.kind),
                "when": when_of(rule.offset_days, rule.in_working_days),
                "to": recipients_of_rule(rule),
                "escalates": escalates(rule),
            }
            for rule in page
        ]
        return super().get_context_data(**kwargs) | {"rows": rows, "page_obj": page, "query_string": ""}


class RuleForm(PermissionRequired, TemplateView):
    permission_required = "cpc.change_reminder_rules"
    template_name = "cpc/reminders/rules/form.html"
    title = "Add a reminder rule"

    def get_initial(self) -> dict[str, Any]:
        return {
            "version": 0,
            "waits_for_working_day": True,
            "speaks_before_elections": False,
            "attaches_date": True,
            "unit": "calendar",
        }

    def save(self, form: ReminderRuleForm) -> None:
        rule_services.add_reminder_rule(values=form.values, by=self.request.user)  # type: ignore[arg-type]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "submit_text": "Save",
            "back_url": reverse("reminders:rule-list"),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=ReminderRuleForm(initial=self.get_initial())))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ReminderRuleForm(request.POST)
        status, texts, example = 422, {}, {}
        if form.is_valid():
            if "preview" in request.POST:
                example = self.example(form)
                status = 200 if example else 422
            else:
                try:
                    self.save(form)
                except Stale as error:
                    form.add_error(None, error.message)
                    status, texts = 409, texts_of(error.now, dict(kinds()))
                    form.data = form.data.copy()
                    form.data["version"] = str(error.now.version)
                except Refused as error:
                    form.add_error(error.field or None, error.message)
                else:
                    messages.success(request, "Reminder rule saved")
                    return redirect("reminders:rule-list")
        context = self.get_context_data(form=form, stale_texts=texts, example=example)
        return self.render_to_response(context, status=status)

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
    pass


class RuleEdit(RuleForm):
    title = "Change a reminder rule"

    def get_initial(self) -> dict[str, Any]:
        return initial_of(get_object_or_404(ReminderRule, pk=self.kwargs["pk"]))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        get_object_or_404(ReminderRule, pk=kwargs["pk"])
        return super().post(request, *args, **kwargs)

    def save(self, form: ReminderRuleForm) -> None:
        rule_services.change_reminder_rule(
            rule_id=self.kwargs["pk"], values=form.values, version=form.cleaned_data["version"], by=self.request.user
        )  # type: ignore[misc]


class RuleSwitch(PermissionRequired, TemplateView):
    """On or off, as the address says: a second click changes nothing back."""

    permission_required = "cpc.change_reminder_rules"
    template_name = "components/confirm_page.html"
    on = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule = get_object_or_404(ReminderRule, pk=self.kwargs["pk"])
        return super().get_context_data(**kwargs) | {
            "title": "Switch this reminder rule on?" if self.on else "Switch this reminder rule off?",
            "text": sentence_of(rule)
            + (". What was missed lately is made good." if self.on else ". Nobody is reminded by it any more."),
            "submit_text": "Switch on" if self.on else "Switch off",
            "warning": not self.on,
            "back_url": reverse("reminders:rule-list"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        get_object_or_404(ReminderRule, pk=kwargs["pk"])
        if rule_services.switch_reminder_rule(rule_id=kwargs["pk"], on=self.on, by=request.user):  # type: ignore[arg-type]
            messages.success(request, f"The rule is {'on' if self.on else 'off'}")
        else:
            messages.warning(request, f"The rule was {'on' if self.on else 'off'} already. Nothing was changed.")
        return redirect("reminders:rule-list")


class RuleVersions(PermissionRequired, TemplateView):
    permission_required = "cpc.view_reminder_rules"
    template_name = "cpc/reminders/rules/versions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule = get_object_or_404(ReminderRule, pk=self.kwargs["pk"])
        versions = rule.versions.select_related("made_by")
        page = Paginator(versions, PAGE_SIZE).get_page(self.request.GET.get("page"))
        # One more than stands on the page: its last version is compared with the first of the next.
        first = (page.number - 1) * PAGE_SIZE
        shown = versions[first : first + PAGE_SIZE + 1]
        names = dict(kinds())
        rows: list[dict[str, Any]] = [
            {"version": each, "texts": texts_of(ReminderRule(**each.values), names)} for each in shown
        ]
        for newer, older in zip(rows, rows[1:], strict=False):
            newer["changed"] = [label for label, text in newer["texts"].items() if older["texts"].get(label) != text]
        return super().get_context_data(**kwargs) | {
            "rule": rule,
            "newest": rule.version + 1,
            "sentence": sentence_of(rule),
            "rows": rows[:PAGE_SIZE],
            "page_obj": page,
            "query_string": "",
        }


class RuleRestore(PermissionRequired, TemplateView):
    permission_required = "cpc.change_reminder_rules"
    template_name = "components/confirm_page.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule = get_object_or_404(ReminderRule, pk=self.kwargs["pk"])
        version = get_object_or_404(rule.versions, number=self.kwargs["number"])
        return super().get_context_data(**kwargs) | {
            "title": f"Restore version {version.number}?",
            "text": sentence_of(ReminderRule(**version.values)),
            "submit_text": "Restore",
            "hidden": {"version": rule.version},
            "back_url": reverse("reminders:rule-versions", args=[rule.pk]),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rule = get_object_or_404(ReminderRule, pk=kwargs["pk"])
        get_object_or_404(rule.versions, number=kwargs["number"])
        text = request.POST.get("version", "")
        try:
            rule_services.restore_reminder_rule(
                rule_id=rule.pk,
                number=kwargs["number"],
                version=int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1,
                by=request.user,  # type: ignore[arg-type]
            )
        except Refused as error:
            messages.warning(request, error.message)
        else:
            messages.success(request, "The rule stands as it did then")
        return redirect("reminders:rule-versions", pk=rule.pk)
