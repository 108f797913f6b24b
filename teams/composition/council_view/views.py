"""Pages of the council's view of the team."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404

from cpc.components.errors import Refused
from teams.composition import forms, queries
from teams.composition.council_view import services as council_services
from teams.composition.groups import groups_of_hosts
from teams.composition.models import CouncilComment, GroupConsultation, TeamMember
from teams.composition.views import CompositionAction, CompositionForm


class TeamShare(CompositionAction):
    title = "Show the proposed team to the council?"
    text = (
        "The leader, the chief executive and the coordinator see names, posts and parties, "
        "and can comment or object. The LGA decides."
    )
    submit_text = "Show the team"
    success_message = "The council sees the proposed team and is asked for its view"

    def perform(self) -> Any:
        return council_services.share_team(case=self.case, by=self.request.user)


class CommentAdd(CompositionForm):
    permission_required = "teams.comment_team"
    refusal_reason = "Only the host council's leadership and coordinator comment on the team."
    title = "Your view of the proposed team"
    intro = "The LGA reads it and answers. The LGA chooses the team."
    submit_text = "Send"
    success_message = "Sent to the LGA"
    form_class = forms.CommentForm

    def get_form_kwargs(self) -> dict[str, Any]:
        team = queries.team_of(self.case)
        members = queries.shown_to_council(team, queries.members_of_team(team))
        return super().get_form_kwargs() | {"members": members}

    def save(self, form: Any) -> Any:
        cleaned = form.cleaned_data
        member = None
        if cleaned["member"]:
            member = TeamMember.objects.filter(team__case=self.case, pk=cleaned["member"]).first()
            if member is None:
                raise Refused("This person is no longer on the proposed team.", field="member")
        return council_services.comment_on_team(
            case=self.case,
            kind=cleaned["kind"],
            reason=cleaned["reason"],
            member=member,
            form_key=cleaned["form_key"],
            by=self.request.user,
        )


class CommentDecide(CompositionForm):
    permission_required = "teams.decide_comment"
    refusal_reason = "Only the peer challenge manager or a programme manager decides on the council's view."
    form_class = forms.DecisionForm
    template_name = "teams/composition/decide.html"
    title = "Answer the council's view"
    submit_text = "Record the decision"
    success_message = "Decision recorded. The council has been told."
    version_of = "comment"

    @cached_property
    def comment(self) -> CouncilComment:
        return get_object_or_404(queries.comments_of(queries.team_of(self.case)), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"comment": self.comment}

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"decision": self.comment.decision, "reason": self.comment.decision_reason}

    def save(self, form: Any) -> Any:
        return council_services.decide_comment(comment=self.comment, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Decision": self.comment.get_decision_display(), "Reason": self.comment.decision_reason}


class LeaderTalk(CompositionForm):
    permission_required = "teams.tick_leader_talk"
    refusal_reason = "Only the coordinator, the leader or the peer challenge manager can record this."
    form_class = forms.TalkForm
    title = "Leader and lead member peer"
    intro = "Record that they have met or talked. What was said stays between them."
    success_message = "Talk recorded"
    # The talk may take place after the team is signed off, until it is onsite.
    stage = ""  # type: ignore[assignment]

    def save(self, form: Any) -> Any:
        return council_services.record_leader_talk(case=self.case, on=form.cleaned_data["on"], by=self.request.user)


class ConsultationForm(CompositionForm):
    @cached_property
    def groups(self) -> list[str]:
        return groups_of_hosts(self.case)

    def get_form_class(self) -> Any:
        return forms.ConsultationForm if self.groups else forms.TypedConsultationForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | ({"groups": self.groups} if self.groups else {})


class ConsultationAdd(ConsultationForm):
    title = "Add a group leader's view"
    success_message = "Recorded"

    def save(self, form: Any) -> Any:
        return council_services.record_consultation(case=self.case, by=self.request.user, **self.typed(form))


class ConsultationEdit(ConsultationForm):
    title = "Group leader's view"
    success_message = "Saved"
    changes = "consultation"
    writes = ("leader_name", "consulted_on", "view")

    @cached_property
    def consultation(self) -> GroupConsultation:
        return get_object_or_404(
            GroupConsultation.objects.filter(team__case=self.case).select_related("team"), pk=self.kwargs["pk"]
        )

    def get_initial(self) -> dict[str, Any]:
        group = self.consultation.group
        told = {"group": group} if group in self.groups else {"group": forms.OTHER_GROUP, "other_group": group}
        return super().get_initial() | told

    def save(self, form: Any) -> Any:
        return council_services.change_consultation(
            consultation=self.consultation, by=self.request.user, **form.cleaned_data
        )

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Political group": self.consultation.group} | super().current_texts(form)
