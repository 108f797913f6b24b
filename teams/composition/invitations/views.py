"""Asking peers, and the one page of a peer who is asked."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cpc.accounts.mixins import PermissionRequired
from cpc.cases import access
from cpc.cases.commitments import commitments, told
from cpc.cases.models import Case
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.pages import ServiceForm, read_anew
from teams.composition import forms, queries
from teams.composition.invitations import services as invitation_services
from teams.composition.models import MemberState, TeamMember
from teams.composition.views import CompositionAction, CompositionForm, MemberMixin, WhileReplacing

# ------------------------------------------------------------------ the LGA asks


class PlaceOpen(WhileReplacing, MemberMixin):
    """A place in somebody's stead can be filled until the last onsite day."""

    @property
    def replacing(self) -> bool:
        return self.member.replaces_id is not None


class MemberInvite(PlaceOpen, CompositionForm):
    form_class = forms.InviteForm
    template_name = "teams/composition/invitations/invite.html"
    submit_text = "Send the invitation"
    success_message = "Invited by email"
    intro = "They see one page with the council, the dates, the role and the day to answer by. Nothing else about the peer challenge."

    def get_title(self) -> str:
        return f"Invite {self.member.user.full_name}"

    def get_initial(self) -> dict[str, Any]:
        return {"answer_by_on": invitation_services.default_answer_day(self.case)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = queries.facts_about(self.case, [self.member.user], self.request.user)
        return super().get_context_data(**kwargs) | {
            "warnings": queries.warnings_about_person(self.case, self.member.user, facts)
        }

    def save(self, form: Any) -> Any:
        return invitation_services.invite_member(member=self.member, by=self.request.user, **form.cleaned_data)


class MemberRemind(PlaceOpen, CompositionAction):
    text = "They get the invitation once more."
    submit_text = "Ask again"
    success_message = "Asked again by email"

    def get_title(self) -> str:
        return f"Ask {self.member.user.full_name} again?"

    def perform(self) -> Any:
        return invitation_services.remind_member(member=self.member, by=self.request.user)


class AskAboutDates(CompositionAction):
    title = "Ask about the new dates?"
    text = "Everyone who said yes to other dates will be asked by email."
    submit_text = "Ask them"
    success_message = "Email sent"
    # Dates may move after the team is signed off.
    stage = ""  # type: ignore[assignment]

    def perform(self) -> Any:
        return invitation_services.ask_about_new_dates(case=self.case, by=self.request.user)


# ------------------------------------------------------------------ the invited peer's one page


class PlaceMixin(PermissionRequired):
    """A place on a team that this person was asked to take. Not a case page: they may not know the case otherwise."""

    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def member(self) -> TeamMember:
        places = (
            TeamMember.objects.addressed_to(self.request.user)
            .filter(team__case__reference=self.kwargs["reference"])
            .select_related("team__case__council", "user", "user__council")
            .prefetch_related("team__case__joint_councils")
        )
        return get_object_or_404(places, pk=self.kwargs["pk"])

    @property
    def place_case(self) -> Case:
        return self.member.team.case

    def get_permission_object(self) -> Any:
        return self.member

    def place_url(self, name: str = "invitation") -> str:
        return reverse(f"composition:{name}", kwargs={"reference": self.place_case.reference, "pk": self.member.pk})

    def own_commitments(self) -> list[str]:
        """What else this person has promised for these days: their own reader learns of each by its name."""
        case, user = self.place_case, self.request.user
        return told(commitments([user.pk], case.onsite_start_on, case.onsite_end_on, but=case, reader=user))

    def place_context(self) -> dict[str, Any]:
        case = self.place_case
        member = self.member
        # Dates and the case's own state are for those who are still asked; others learn only that it is over.
        return {
            "member": member,
            "place_case": case,
            "answerable": member.state == MemberState.INVITED
            and not queries.why_team_closed(case, replacing=member.replaces_id is not None),
            "may_leave": member.state == MemberState.ACCEPTED and not case.is_over,
            "is_still_to_come": not queries.is_over_onsite(case),
            "new_dates": member.state == MemberState.ACCEPTED
            and not case.is_over
            and not member.agreed_to(case.onsite_start_on, case.onsite_end_on),
            "dates_key": invitation_services.dates_key(case),
            "commitments": self.own_commitments() if not queries.is_over_onsite(case) else [],
            "on_case": access.is_team(self.request.user, case),
        }


class PlaceFormPage(PlaceMixin, ServiceForm):
    submit_text = "Send"
    seen_fields = ("dates_seen",)

    def get_success_url(self) -> str:
        return self.place_url()

    def get_initial(self) -> dict[str, Any]:
        return {"dates_seen": invitation_services.dates_key(self.place_case)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self.place_context()

    def refused(self, form: Any, error: Refused) -> HttpResponse:
        # What stands now decides what the page offers, and which dates the next press is about.
        read_anew(self)
        return super().refused(self.refreshed(form), error)


class InvitationPage(PlaceFormPage):
    """The council, the dates, the role and the day to answer by, and the form that says yes."""

    permission_required = "teams.answer_invitation"
    template_name = "teams/composition/invitations/detail.html"
    submit_text = "Yes, I will join the team"
    success_message = "Thank you. We have told the peer challenge manager. We will tell you when the team is confirmed."

    @cached_property
    def answerable(self) -> bool:
        return bool(self.place_context()["answerable"])

    def get_form_class(self) -> Any:
        # Nothing is left to fill in: a second press, or an old link. The page tells how the place stands.
        is_too_late = self.request.method == "POST" and not self.answerable
        return forms.DatesSeenForm if is_too_late else forms.AcceptForm

    def save(self, form: Any) -> Any:
        if not self.answerable:
            raise AlreadyMoved("This invitation has been answered or has ended, so nothing was changed.")
        return invitation_services.accept_invitation(member=self.member, by=self.request.user, **form.cleaned_data)


class InvitationDecline(PlaceFormPage):
    permission_required = "teams.answer_invitation"
    form_class = forms.ReasonForm
    title = "Decline"
    intro = "The LGA reads your reason; the council does not."
    submit_text = "I cannot take part"
    success_message = "Your answer is recorded. Thank you."

    def save(self, form: Any) -> Any:
        return invitation_services.decline_invitation(member=self.member, by=self.request.user, **form.cleaned_data)


class NewDatesAgree(PlaceFormPage):
    permission_required = "teams.answer_invitation"
    form_class = forms.DatesSeenForm
    template_name = "teams/composition/new_dates.html"
    title = "Can you come on the new dates?"
    submit_text = "Yes, I can come"
    success_message = "Thank you. We have told the peer challenge manager."

    def save(self, form: Any) -> Any:
        return invitation_services.agree_new_dates(member=self.member, by=self.request.user, **form.cleaned_data)


class ConflictsDeclare(PlaceFormPage):
    permission_required = "teams.declare_conflicts"
    refusal_reason = "You can declare something once you are on the team."
    form_class = forms.ConflictForm
    title = "Declare a conflict of interest"
    intro = "What you declare now replaces what you declared before."
    submit_text = "Declare"
    success_message = "Your declaration is recorded"

    def save(self, form: Any) -> Any:
        return invitation_services.declare_conflicts(member=self.member, by=self.request.user, **form.cleaned_data)
