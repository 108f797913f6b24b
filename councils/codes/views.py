"""Pages about the GSS codes of one council."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404

from councils import forms
from councils.codes import services as code_services
from councils.models import CouncilCode
from councils.views import CouncilConfirm, CouncilForm


class CodeChange(CouncilForm):
    form_class = forms.CodeForm
    title = "Record a new GSS code"
    success_message = "The new code is recorded"
    version_of = "council"

    def get_intro(self) -> str:
        code = self.council.gss_code
        if self.council.has_provisional_code:
            return f"{code} is provisional until the Office for National Statistics issues a code. Enter that one."
        return f"The code is {code}. It is kept until the day before the new one."

    def get_initial(self) -> dict[str, Any]:
        # A new council has its own code from its first day, as a rule.
        first = self.council.start_on if self.council.has_provisional_code else None
        return super().get_initial() | {"changed_on": first}

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Code": self.council.gss_code}

    def save(self, form: Any) -> Any:
        return code_services.change_code(council=self.council, by=self.request.user, **form.cleaned_data)


class FormerCode(CouncilForm):
    """The last day of a code that the council had before."""

    form_class = forms.FormerCodeForm
    title = "Record the last day of a former code"
    success_message = "The last day is recorded"
    changes = "former"
    version_of = "council"

    @cached_property
    def former(self) -> CouncilCode:
        return get_object_or_404(CouncilCode, council=self.council, pk=self.kwargs["pk"])

    def get_intro(self) -> str:
        return f"Former code {self.former.code}"

    def save(self, form: Any) -> Any:
        return code_services.date_former_code(former=self.former, by=self.request.user, **form.cleaned_data)


class CodeTakeBack(CouncilConfirm):
    submit_text = "Take back"
    success_message = "The change of the code is taken back"
    already = "This change was already taken back."

    def get_title(self) -> str:
        return f"Take back the last change of the code of {self.council.name}?"

    def get_text(self) -> str:
        former = get_object_or_404(CouncilCode, council=self.council, pk=self.kwargs["pk"], ended_on__isnull=False)
        return (
            f"{former.code} is the code of the council again, and {self.council.gss_code} is no longer recorded. "
            "Do this only where the change was entered by mistake."
        )

    def perform(self) -> bool:
        return code_services.take_back_code(
            council=self.council, former_id=self.kwargs["pk"], version=self.posted_version, by=self.request.user
        )
