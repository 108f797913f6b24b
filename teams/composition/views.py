"""Pages of stage 2: the team, who is put forward, and its confirmation."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from cpc.cases import access
from cpc.cases.base_views import CaseAction, CaseMixin, CasePage, StageFormPage
from cpc.cases.commitments import told
from cpc.cases.queries import members_of
from cpc.cases.stages import Stage
from cpc.casework.held_days import days_held, on_another_team
from cpc.components.pages import ListPage
from teams.composition import forms, queries, services
from teams.composition.models import PEER_ROLES, STANDING, MemberState, Team, TeamMember
from teams.composition.stage import outstanding
from teams.peers.forms import PeerFilterForm
from teams.peers.models import PeerProfile
from teams.peers.queries import own_council_last, pool, search_peers, with_free

WITH_TEAM = ("team__confirmed_by", "team__shared_by", "team__talk_by")


class TeamPage(CasePage):
    """The team as the reader may know it: the LGA with everything, the host when it has been shown, peers with contacts."""

    permission_required = "teams.view_team"
    refusal_reason = "Your role on this peer challenge does not include its peer team."
    active = stage = Stage.TEAM_COMPOSITION
    brings = (*WITH_TEAM, "has_peers")

    def get_template_names(self) -> list[str]:
        user = self.request.user
        if access.is_case_lga(user, self.case):
            return ["teams/composition/detail.html"]
        if access.is_team(user, self.case):
            return ["teams/composition/peers_view/detail.html"]
        return ["teams/composition/council_view/detail.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        case, user = self.case, self.request.user
        team = queries.team_of(case)
        members: list[Any] = list(queries.members_of_team(team).annotate(own_council_last_on=own_council_last()))
        standing = [member for member in members if member.state in STANDING]
        context |= {
            "team": team,
            "members": standing,
            "may_tick_talk": user.has_perm("teams.tick_leader_talk", case),
            "lead_member_accepted": any(
                member.role == "lead_member_peer" and member.state == MemberState.ACCEPTED for member in standing
            ),
        }
        if access.is_case_lga(user, case):
            context |= self.for_lga(team, members, standing)
        elif access.is_team(user, case):
            accepted = [member for member in standing if member.state == MemberState.ACCEPTED]
            lga = [m for m in members_of(case) if m.user.is_lga_staff]
            context |= {
                "members": accepted,
                "lga": lga,
                "own_place": next((member for member in accepted if member.user_id == user.pk), None),
            }
        else:
            context |= {
                "comments": list(queries.comments_of(team)),
                "members": queries.shown_to_council(team, standing),
                "shown": team.shared_at is not None,
            }
        return context

    @property
    def signed_off(self) -> bool:
        return bool(access.why_not_writable(self.case, Stage.TEAM_COMPOSITION))

    def for_lga(self, team: Team, members: list[TeamMember], standing: list[TeamMember]) -> dict[str, Any]:
        case = self.case
        facts = queries.facts_about(case, [member.user for member in standing], self.request.user)
        may_replace = not queries.why_team_closed(case, replacing=True)
        redated = {member.pk for member in queries.with_old_dates(case, standing)}
        cards = [
            {
                "member": member,
                "profile": getattr(member.user, "peer_profile", None),
                "warnings": queries.warnings_about_person(case, member.user, facts),
                "earlier": facts.earlier.get(member.user_id, []),
                "own_council_last": member.own_council_last_on,  # type: ignore[attr-defined]
                "last_served": facts.last_served.get(member.user_id),
                "conflicts": facts.conflicts.get(member.user_id, []),
                "undecided": member.has_undecided,  # type: ignore[attr-defined]
                # A place in somebody's stead may be filled until the last onsite day.
                "is_open": not self.signed_off or (may_replace and member.replaces_id is not None),
                "asked_for_dates": member.pk in redated,
            }
            for member in standing
        ]
        comments = list(queries.comments_of(team))
        consultations = list(team.consultations.select_related("recorded_by")) if team.pk else []
        newcomers = queries.newcomers(standing)
        labels = {need.code: need.text for need in (queries.CHIEF_EXECUTIVE, queries.SENIOR_MEMBER)}
        return {
            "cards": cards,
            "left": [member for member in members if member.state not in STANDING],
            "team_warnings": queries.warnings_about_team(case, standing, facts, with_people=False),
            "is_noc": facts.is_noc,
            "comments": comments,
            "consultations": consultations,
            "waived": [labels.get(code, code) for code in team.waived_needs],
            "redated": bool(redated),
            "may_replace": may_replace,
            "newcomers": newcomers,
            "may_confirm_now": not self.signed_off
            or (may_replace and bool(newcomers) and all(member.replaces_id for member in newcomers)),
            "outstanding": []
            if self.signed_off
            else outstanding(
                case,
                self.request.user,
                team=team,
                considered=members,
                comments=comments,
                consultations=consultations,
            ),
        }


class CompositionForm(StageFormPage):
    active = stage = Stage.TEAM_COMPOSITION
    permission_required = "teams.change_team"
    refusal_reason = "Only the LGA's people on this peer challenge put the team together."

    def get_success_url(self) -> str:
        return self.case_url("composition:detail")


class MemberMixin:
    case: Any
    kwargs: dict[str, Any]

    @cached_property
    def member(self) -> TeamMember:
        members = TeamMember.objects.filter(team__case=self.case).select_related(
            "team", "user", "user__council", "user__peer_profile"
        )
        return get_object_or_404(members, pk=self.kwargs["pk"])


class CompositionAction(CaseAction):
    permission_required = "teams.change_team"
    refusal_reason = "Only the LGA's people on this peer challenge put the team together."
    active = stage = Stage.TEAM_COMPOSITION

    def get_success_url(self) -> str:
        return self.case_url("composition:detail")


# ------------------------------------------------------------------ putting the team together


def _lead_to(request: HttpRequest) -> tuple[str, int | None]:
    """The role and the person to be replaced, as the address carries them; anything else is left out."""
    role = request.GET.get("role", "")
    replaces = request.GET.get("replaces", "")
    return (
        role if role in {each.value for each in PEER_ROLES} else "",
        int(replaces) if replaces.isascii() and replaces.isdigit() and len(replaces) < 15 else None,
    )


class WhileReplacing:
    """A page about one place: open while the team is put together, and for a place in somebody's stead until the last
    onsite day."""

    case: Any

    @property
    def replacing(self) -> bool:
        return False

    def why_not(self) -> str:
        return queries.why_team_closed(self.case, replacing=self.replacing)


class MemberSearch(WhileReplacing, CaseMixin, ListPage):
    """Everyone in the peer pool, except people of the host and those on the team already."""

    permission_required = "teams.change_team"
    refusal_reason = "Only the LGA's people on this peer challenge put the team together."
    template_name = "teams/composition/search.html"
    active = stage = Stage.TEAM_COMPOSITION
    filter_form = PeerFilterForm

    @property
    def replacing(self) -> bool:
        return _lead_to(self.request)[1] is not None

    def get_rows(self) -> Any:
        case = self.case
        peers = search_peers(queries.pool_for(case, pool(self.request.user)), **self.form.chosen())
        return with_free(peers, case.onsite_start_on, case.onsite_end_on)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        case, page = self.case, context["page_obj"]
        facts = queries.facts_about(case, [profile.user for profile in page], self.request.user)
        rows = [
            {
                "profile": profile,
                "warnings": queries.warnings_about_person(case, profile.user, facts, with_commitments=False),
                "commitments": facts.commitments_of(profile.user_id),
                "earlier": facts.earlier.get(profile.user_id, []),
            }
            for profile in page
        ]
        role, replaces = _lead_to(self.request)
        return context | {
            "rows": rows,
            "role": role,
            "replaces": replaces,
        }


class MemberAdd(WhileReplacing, CompositionForm):
    template_name = "teams/composition/add.html"
    submit_text = "Propose"
    success_message = "Proposed. Invite them when you are ready."

    @property
    def replacing(self) -> bool:
        return self.replaced is not None

    @cached_property
    def profile(self) -> PeerProfile:
        return get_object_or_404(pool(self.request.user), pk=self.kwargs["profile"])

    @cached_property
    def replaced(self) -> TeamMember | None:
        _, pk = _lead_to(self.request)
        if pk is None:
            return None
        return get_object_or_404(TeamMember.objects.filter(team__case=self.case).select_related("user"), pk=pk)

    def get_title(self) -> str:
        if self.replaced:
            return f"Replace {self.replaced.user.full_name} by {self.profile.user.full_name}"
        return f"Propose {self.profile.user.full_name}"

    def get_form_class(self) -> Any:
        return forms.ReplaceForm if self.replaced else forms.PlaceForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"profile": self.profile}

    def get_initial(self) -> dict[str, Any]:
        role, _ = _lead_to(self.request)
        return {"role": role, "post_printed": self.profile.post_as_printed}

    def get_back_url(self) -> str:
        query = self.request.META.get("QUERY_STRING", "")
        return self.case_url("composition:member-search") + (f"?{query}" if query else "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = queries.facts_about(self.case, [self.profile.user], self.request.user)
        return super().get_context_data(**kwargs) | {
            "profile": self.profile,
            "warnings": queries.warnings_about_person(self.case, self.profile.user, facts),
            "earlier": facts.earlier.get(self.profile.user_id, []),
        }

    def save(self, form: Any) -> Any:
        if self.replaced:
            return services.replace_member(
                member=self.replaced, user=self.profile.user, by=self.request.user, **form.cleaned_data
            )
        return services.propose_member(
            case=self.case, user=self.profile.user, by=self.request.user, **form.cleaned_data
        )


class MemberEdit(MemberMixin, CompositionForm):
    success_message = "Place updated"
    form_class = forms.ChangePlaceForm
    changes = "member"

    def get_title(self) -> str:
        return f"Place of {self.member.user.full_name}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"profile": getattr(self.member.user, "peer_profile", None)}

    def save(self, form: Any) -> Any:
        return services.change_member(member=self.member, by=self.request.user, **form.cleaned_data)


class MemberWithdraw(MemberMixin, CompositionForm):
    permission_required = "teams.withdraw_member"
    form_class = forms.ReasonForm
    submit_text = "Take off the team"
    success_message = "Taken off the team. Their access has ended."
    intro = "Their access to the peer challenge ends now. They will be told, without the reason."
    warning = True
    # Possible at any stage: a peer may have to leave a team that is onsite.
    stage = ""  # type: ignore[assignment]

    def get_title(self) -> str:
        return f"Take {self.member.user.full_name} off the team"

    def save(self, form: Any) -> Any:
        return services.withdraw_member(member=self.member, by=self.request.user, **form.cleaned_data)


# ------------------------------------------------------------------ confirming


class TeamConfirm(WhileReplacing, CompositionForm):
    permission_required = "teams.confirm_team"
    refusal_reason = "Only the peer challenge manager or a programme manager confirms the team."
    template_name = "teams/composition/confirm.html"
    title = "Confirm the team"
    is_decision = True
    submit_text = "Confirm the team"
    success_message = "Team confirmed. Its peers can now open the peer challenge. They and the council have been told."
    brings = WITH_TEAM

    @property
    def replacing(self) -> bool:
        newcomers = queries.newcomers(queries.standing_of(self.case))
        return bool(newcomers) and all(member.replaces_id for member in newcomers)

    @cached_property
    def needs(self) -> list[queries.Need]:
        return queries.needs_of(self.case, queries.standing_of(self.case))

    def facts(self) -> queries.Facts:
        """Of those who said yes: asked once for the page."""
        case, user = self.case, self.request.user
        accepted = [member.user for member in queries.standing_of(case) if member.state == MemberState.ACCEPTED]
        return access.read_once(case, "facts", lambda: queries.facts_about(case, accepted, user))

    @cached_property
    def double_booked(self) -> list[str]:
        booked = {} if days_held(self.case) == (None, None) else on_another_team(self.facts().committed)
        return told(services.not_let_yet(self.case, booked))

    def get_form_class(self) -> Any:
        """A reason for each thing that a programme manager alone may let pass, and for nothing else."""
        asked = (bool(self.needs), bool(self.double_booked))
        if not self.request.user.has_perm("teams.waive_team_needs", self.case):
            asked = (False, False)
        return {
            (False, False): forms.ConfirmForm,
            (True, False): forms.WaiveForm,
            (False, True): forms.DoubleBookingForm,
            (True, True): forms.WaiveBothForm,
        }[asked]

    def get_initial(self) -> dict[str, Any]:
        return {"version": queries.team_of(self.case).version}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case = self.case
        team = queries.team_of(case)
        members = queries.standing_of(case)
        accepted = [member for member in members if member.state == MemberState.ACCEPTED]
        warnings = queries.warnings_about_team(case, accepted, self.facts())
        warnings += [
            f"{member.user.full_name} has not answered yet and joins only when you confirm the team again."
            for member in members
            if member.state == MemberState.INVITED
        ]
        if team.shared_at is None:
            warnings.append("The council has not been asked for its view of the team.")
        if members[0].awaits_objection if members else team.pk and queries.open_objections(team).exists():  # type: ignore[attr-defined]
            warnings.append("The council has objected and the LGA has not decided yet. Decide first.")
        return super().get_context_data(**kwargs) | {
            "team": team,
            "members": accepted,
            "needs": self.needs,
            "warnings": warnings,
        }

    def save(self, form: Any) -> Any:
        return services.confirm_team(
            case=self.case,
            version=form.cleaned_data["version"],
            waiver_reason=form.cleaned_data.get("waiver_reason", ""),
            double_booking_reason=form.cleaned_data.get("double_booking_reason", ""),
            by=self.request.user,
        )

    def current_texts(self, form: Any) -> dict[str, Any]:
        names = [str(member) for member in queries.accepted_members(self.case)]
        return {"Who has accepted now": "; ".join(names) or "No one"}


class TeamReopen(CompositionForm):
    permission_required = "teams.reopen_team"
    refusal_reason = "Only the peer challenge manager or a programme manager reopens the team."
    form_class = forms.ReasonForm
    title = "Reopen the team"
    intro = "Peers who have access keep it. Confirm the team again when the changes are made."
    submit_text = "Reopen the team"
    success_message = "The team is open again"

    def save(self, form: Any) -> Any:
        return services.reopen_team(case=self.case, by=self.request.user, **form.cleaned_data)
