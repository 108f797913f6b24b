"""The page on which a prompt is set aside."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404

from cpc.cycle import services
from cpc.cycle.base_views import CouncilFormPage
from cpc.cycle.models import Prompt, PromptState
from cpc.cycle.prompts import forms as prompt_forms
from cpc.cycle.queries import trigger_text


class PromptSetAside(CouncilFormPage):
    permission_required = "cpc.set_aside_prompt"
    refusal_reason = "Only principal advisers of the region and programme managers set these aside."
    form_class = prompt_forms.SetAsideForm
    title = "Set this reason to get in touch aside"
    submit_text = "Set aside"
    success_message = "Set aside"
    success_url_name = "councils:detail"
    version_of = "prompt"
    is_decision = True

    @cached_property
    def prompt(self) -> Prompt:
        return get_object_or_404(Prompt, council=self.council, pk=self.kwargs["pk"])

    def behind_it(self) -> str:
        return "; ".join(trigger_text(trigger) for trigger in self.prompt.triggers.all())

    def why_not(self) -> str:
        if self.prompt.state == PromptState.OPEN:
            return ""
        return f"This is already closed ({self.prompt.get_state_display().lower()})."

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Reason to get in touch": self.behind_it()}

    def get_intro(self) -> str:
        return f"Reason to get in touch: {self.behind_it()}."

    def save(self, form: Any) -> Prompt:
        return services.set_aside_prompt(prompt=self.prompt, by=self.request.user, **form.cleaned_data)
