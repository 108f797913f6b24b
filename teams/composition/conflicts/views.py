"""The LGA's decision on what a peer declared."""

from __future__ import annotations

from typing import Any

from teams.composition import forms
from teams.composition.conflicts import services as conflict_services
from teams.composition.models import ConflictDeclaration
from teams.composition.queries import undecided_conflicts
from teams.composition.views import CompositionForm, MemberMixin


class ConflictsDecide(MemberMixin, CompositionForm):
    permission_required = "teams.decide_conflict"
    refusal_reason = "Only the peer challenge manager or a programme manager decides on what a peer declared."
    form_class = forms.ConflictDecisionForm
    template_name = "teams/composition/conflicts/form.html"
    submit_text = "Record the decision"
    success_message = "Decision recorded"
    seen_fields = ("seen",)
    is_decision = True

    def why_not(self) -> str:
        return conflict_services.why_not_decidable(self.case)

    @property
    def declared(self) -> list[ConflictDeclaration]:
        return list(undecided_conflicts(self.case).filter(user=self.member.user_id))

    def get_title(self) -> str:
        return f"What {self.member.user.full_name} declared"

    def get_initial(self) -> dict[str, Any]:
        return {"seen": conflict_services.declarations_key(self.declared)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"declared": self.declared}

    def save(self, form: Any) -> Any:
        return conflict_services.decide_conflicts(member=self.member, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {row.get_kind_display(): row.text for row in self.declared}
