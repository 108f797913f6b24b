"""Pages of the case as a whole: overview, moves, state, people, deadlines, history, documents."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from councils.models import Council
from councils.queries import Leadership, leadership_at
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.models import Event
from cpc.audit.waivers import WAIVERS
from cpc.cases import access
from cpc.cases.base_views import CaseAction, CaseFormPage, CaseMixin, CasePage
from cpc.cases.history import latest_events, timeline_for, waivers_of
from cpc.cases.in_force import host_councils
from cpc.cases.models import (
    COUNCIL_CASE_ROLES,
    LGA_CASE_ROLES,
    PEER_CASE_ROLES,
    Case,
    CaseMembership,
    CaseRole,
    GateOverride,
)
from cpc.cases.queries import members_of, outstanding_of
from cpc.cases.stages import PLUGINS, Outstanding, Stage, next_stage, row_of, send_backs, stages_of
from cpc.casework import forms, services
from cpc.components.pages import ServiceForm
from cpc.deadlines.forms import ExplainDeadlineForm, ReviseDeadlineForm
from cpc.deadlines.models import Deadline, DeadlineState
from cpc.deadlines.order import out_of_order
from cpc.deadlines.services import explain_lateness, revise_deadline, what_follows
from cpc.documents.forms import DocumentForm
from cpc.documents.models import Document
from cpc.documents.services import add_document
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses.queries import lasting_pauses
from cpc.reminders.recipients import people_of_side


def side_of(user: Any) -> str:
    """Whose turn it is when it is this person's, in the words of `Outstanding.whose`."""
    return "LGA" if user.is_lga_staff else "Council" if user.is_council_user else "Peer team"


def sides_of(case: Case) -> list[tuple[str, list[CaseMembership]]]:
    """The people on a case by the side that they are on."""
    members = list(members_of(case))
    sides = [("Peer team", PEER_CASE_ROLES), ("Council", COUNCIL_CASE_ROLES), ("LGA", LGA_CASE_ROLES)]
    return [(name, [member for member in members if member.role in roles]) for name, roles in sides]


class CaseDetail(CasePage):
    permission_required = "cpc.open_case"
    template_name = "cpc/casework/detail.html"
    active = "overview"

    @cached_property
    def case(self) -> Case:
        # Few cases have overrides or paused reminders: whether there are any is asked with the case, so that most pages
        # need not read them.
        paused = lasting_pauses().filter(Q(case=OuterRef("pk")) | Q(council=OuterRef("council")))
        cases = self.visible_cases().annotate(
            has_overrides=Exists(GateOverride.objects.filter(case=OuterRef("pk"))),
            has_waivers=Exists(Event.objects.filter(case=OuterRef("pk"), verb__in=sorted(WAIVERS))),
            has_pauses=Exists(paused),
        )
        brings = ["has_peers", *(plugin.row for plugin in PLUGINS.values() if plugin.row)]
        case = get_object_or_404(cases.bringing(*brings), reference=self.kwargs["reference"])
        access.remember_readings(case, brought=[name.partition("__")[0] for name in brings])
        return case

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A contributor sees nothing of the case but the section they were asked to write (R30).
        if not request.user.has_perm("cpc.view_case", self.case):
            return redirect("self_assessment:detail", reference=self.case.reference)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        case, user = self.case, self.request.user
        following = next_stage(case.kind, case.template_version, case.stage)
        outstanding = outstanding_of(case, user)
        return context | {
            "outstanding": outstanding,
            "side_by_side": [] if case.is_over else self.side_by_side(),
            "next_stage_name": Stage(following).label if following else "",
            "counts_for_cycle": row_of(case.kind).counts_for_cycle,
            "may_override": bool(outstanding)
            and all(item.waivable for item in outstanding)
            and user.has_perm("cpc.override_gate", case),
            "send_backs": send_backs(case.kind, case.template_version, case.stage),
            "people": sides_of(case),
            "reader_side": side_of(user),
            "sees_telephones": access.is_case_lga(user, case),
            "lately": latest_events(case, user) if user.has_perm("cpc.view_case_history", case) else [],
            "led_then": self.led_then(),
            "overrides": self.overrides(),
            "waivers": self.waivers(),
            "reminder_pauses": self.reminder_pauses(),
            "deadlines": case.deadlines.filter(state=DeadlineState.OPEN).order_by("due_on")[:5],
        }

    def reminder_pauses(self) -> list[ReminderPause]:
        """What holds reminders of this case back, for the LGA: why a council is left alone is not for its own eyes."""
        case = self.case
        if case.is_over or not self.request.user.is_lga_staff or not case.has_pauses:  # type: ignore[attr-defined]
            return []
        return list(lasting_pauses().filter(Q(case=case) | Q(council=case.council_id))[:5])

    def overrides(self) -> list[tuple[GateOverride, list[Outstanding]]]:
        """R102: core steps that were changed, with what was outstanding in this reader's words."""
        case = self.case
        if not case.has_overrides:  # type: ignore[attr-defined]
            return []
        rows = list(case.gate_overrides.select_related("made_by"))
        for row in rows:
            row.case = case
        return [(row, row.items_for(self.request.user)) for row in rows]

    def waivers(self) -> list[Event]:
        """R102: what else was let pass inside a stage; the overrides of gates stand beside, with what was outstanding."""
        if not self.case.has_waivers:  # type: ignore[attr-defined]
            return []
        return waivers_of(self.case, self.request.user, but="case_advanced_with_override")

    def led_then(self) -> Leadership | None:
        """Who led the council when the team was onsite, once that is over (R8)."""
        case = self.case
        if case.onsite_start_on is None or case.onsite_end_on is None or case.onsite_end_on >= timezone.localdate():
            return None
        return leadership_at(case.council, case.onsite_start_on)

    def side_by_side(self) -> list[tuple[str, list[Outstanding]]]:
        """Still to do in later stages that are already worked on, by the reader's name of the stage."""
        rows = []
        for row in stages_of(self.case.kind, self.case.template_version):
            if row.stage == self.case.stage or not access.stage_is_writable(self.case, row.stage):
                continue
            items = PLUGINS[row.stage].outstanding(self.case, self.request.user)
            if items:
                name = row.council_name if self.request.user.is_council_user else row.staff_name
                rows.append((name, items))
        return rows


class CaseStart(ServiceForm):
    """There is no case yet, so this is no form about one."""

    permission_required = "cpc.add_case"
    template_name = "cpc/casework/start.html"
    form_class = forms.StartCaseForm
    title = "Start a peer challenge"
    submit_text = "Start"
    asked = ("council",)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"councils": Council.objects.in_programme()}

    def save(self, form: Any) -> Case:
        joint = form.cleaned_data["joint_council"]
        return services.start_case(
            council=form.cleaned_data["council"],
            joint_councils=[joint] if joint else [],
            kind=form.cleaned_data["kind"],
            off_cycle_reason=form.cleaned_data["off_cycle_reason"],
            by=self.request.user,
        )

    def get_back_url(self) -> str:
        return reverse("dashboard:pipeline")

    def get_success_message(self, form: Any) -> str:
        return f"Peer challenge of {self.saved.title} started"

    def get_success_url(self) -> str:
        return reverse("scheduling:detail", kwargs={"reference": self.saved.reference})


class WhileUnderWay(CaseMixin):
    """A change that ends with the case. Whoever runs it and comes too late, as with a second click on the last
    sign-off, is told so on the case's page; to everybody else it is refused as ever."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if self.case.is_over and access.manages_case(request.user, self.case):
            why_not = f"This peer challenge is {self.case.get_state_display().lower()}, so nothing was changed."
            if request.method == "POST" and isinstance(self, ServiceForm) and not self.is_second_click():
                # The page that refuses shows what was typed.
                raise PermissionDenied(why_not)
            messages.warning(request, why_not)
            return redirect("cases:detail", reference=self.case.reference)
        return super().dispatch(request, *args, **kwargs)

    def is_second_click(self) -> bool:
        """They ended it themselves a moment ago."""
        case, at = self.case, self.case.state_changed_at
        is_theirs = case.state_changed_by_id == self.request.user.pk
        return is_theirs and at is not None and timezone.now() - at < timedelta(minutes=1)


class CaseAdvance(WhileUnderWay, CaseAction):
    permission_required = "cpc.advance_case"

    def get_title(self) -> str:
        return f"Finish {self.case.get_stage_display()}?"

    def get_text(self) -> str:
        following = next_stage(self.case.kind, self.case.template_version, self.case.stage)
        if following is None:
            return "The peer challenge will be closed. Its record stays and can be read for years."
        return f"The peer challenge will move on to {Stage(following).label}."

    submit_text = "Finish this stage"
    success_message = "Stage finished"

    def hidden(self) -> dict[str, Any]:
        return {"from_stage": self.case.stage}

    def perform(self) -> Any:
        return services.advance_case(
            case=self.case, from_stage=self.request.POST.get("from_stage", ""), by=self.request.user
        )

    def get_success_url(self) -> str:
        return self.case_url("cases:detail")


class CaseFormAtOverview(CaseFormPage):
    active = "overview"

    def get_success_url(self) -> str:
        return self.case_url("cases:detail")


class CaseOverride(WhileUnderWay, CaseFormAtOverview):
    permission_required = "cpc.override_gate"
    form_class = forms.OverrideForm
    title = "Finish this stage with things still to do"
    submit_text = "Finish this stage"
    success_message = "Stage finished. The reason is shown on the peer challenge."
    warning = True
    template_name = "cpc/casework/override.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"outstanding": outstanding_of(self.case, self.request.user)}

    def save(self, form: Any) -> Any:
        return services.advance_case(
            case=self.case,
            from_stage=self.request.POST.get("from_stage", ""),
            by=self.request.user,
            override_reason=form.cleaned_data["reason"],
        )


class CaseSendBack(WhileUnderWay, CaseFormAtOverview):
    permission_required = "cpc.send_back_case"
    form_class = forms.SendBackForm
    title = "Send the peer challenge back"
    submit_text = "Send back"
    success_message = "The peer challenge has gone back. Everyone on it has been told."
    template_name = "cpc/casework/send_back.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not send_backs(self.case.kind, self.case.template_version, self.case.stage):
            messages.warning(
                request, f"{self.case.get_stage_display()} is the first stage, so there is nothing to go back to."
            )
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        # The stage that the page was about: to a case that has moved since, the service says so.
        stage = self.request.POST.get("from_stage", self.case.stage)
        return super().get_form_kwargs() | {
            "kind": self.case.kind,
            "version": self.case.template_version,
            "stage": stage if stage in Stage.values else self.case.stage,
        }

    def save(self, form: Any) -> Any:
        return services.send_back_case(
            case=self.case,
            from_stage=self.request.POST.get("from_stage", ""),
            to_stage=form.cleaned_data["to_stage"],
            reason=form.cleaned_data["reason"],
            by=self.request.user,
        )


class CasePostpone(WhileUnderWay, CaseFormAtOverview):
    permission_required = "cpc.postpone_case"
    form_class = forms.PostponeForm
    title = "Postpone the peer challenge"
    submit_text = "Postpone"
    success_message = "Postponed. Everyone on the peer challenge has been told."

    def save(self, form: Any) -> Any:
        return services.postpone_case(case=self.case, by=self.request.user, **form.cleaned_data)


class CasePause(WhileUnderWay, CaseFormAtOverview):
    permission_required = "cpc.pause_case"
    form_class = forms.ReasonForm
    title = "Pause the peer challenge"
    intro = "Nothing can be changed and no reminders are sent until someone resumes it."
    submit_text = "Pause"
    success_message = "Paused. Everyone on the peer challenge has been told."

    def save(self, form: Any) -> Any:
        return services.pause_case(case=self.case, by=self.request.user, **form.cleaned_data)


class CaseCancel(WhileUnderWay, CaseFormAtOverview):
    permission_required = "cpc.cancel_case"
    form_class = forms.ReasonForm
    title = "Cancel the peer challenge"
    intro = "This cannot be undone. The record stays, reminders stop, and the council can start a new peer challenge."
    submit_text = "Cancel the peer challenge"
    success_message = "Cancelled. Everyone on the peer challenge has been told."
    warning = True

    def save(self, form: Any) -> Any:
        return services.cancel_case(case=self.case, by=self.request.user, **form.cleaned_data)


class CaseResume(WhileUnderWay, CaseAction):
    permission_required = "cpc.resume_case"
    title = "Resume the peer challenge?"
    text = "Work and reminders start again, and everyone on the peer challenge will be told."
    submit_text = "Resume"
    success_message = "The peer challenge is under way again"

    def perform(self) -> Any:
        return services.resume_case(case=self.case, by=self.request.user)

    def get_success_url(self) -> str:
        return self.case_url("cases:detail")


class CasePeople(CasePage):
    permission_required = "cpc.view_case_people"
    template_name = "cpc/casework/people.html"
    active = "people"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"groups": sides_of(self.case)}


def addable_roles(case: Case, kind: str) -> list[CaseRole]:
    if kind == "lga":
        return [CaseRole.SUPPORT_OFFICER, CaseRole.PRINCIPAL_ADVISER, CaseRole.PEER_CHALLENGE_MANAGER]
    # A contributor writes a section of the position statement, where there is one.
    contributor = [CaseRole.CONTRIBUTOR] if case.has_stage(Stage.SELF_ASSESSMENT) else []
    return [CaseRole.COORDINATOR, CaseRole.CHIEF_EXECUTIVE, CaseRole.LEADER, *contributor]


class MemberAdd(CaseFormPage):
    permission_required = "cpc.change_case_people"
    form_class = forms.MemberForm
    active = "people"
    submit_text = "Add"
    success_message = "Added"

    def get_title(self) -> str:
        return "Add someone from the LGA" if self.kwargs["kind"] == "lga" else "Add someone from the council"

    def get_form_kwargs(self) -> dict[str, Any]:
        people = User.objects.active()
        if self.kwargs["kind"] == "lga":
            people = people.filter(
                role__in=[
                    Role.PROGRAMME_MANAGER,
                    Role.PRINCIPAL_ADVISER,
                    Role.PEER_CHALLENGE_MANAGER,
                    Role.SUPPORT_OFFICER,
                ]
            )
        else:
            people = people.filter(council_id__in=host_councils(self.case, timezone.localdate()))
        return super().get_form_kwargs() | {"people": people, "roles": addable_roles(self.case, self.kwargs["kind"])}

    def save(self, form: Any) -> Any:
        return services.add_member(
            case=self.case,
            user=form.cleaned_data["user"],
            role=form.cleaned_data["role"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return self.case_url("cases:people")


class MembershipMixin(CaseMixin):
    @cached_property
    def membership(self) -> CaseMembership:
        return get_object_or_404(CaseMembership.objects.select_related("user"), case=self.case, pk=self.kwargs["pk"])


class MemberRemove(MembershipMixin, CaseFormPage):
    permission_required = "cpc.change_case_people"
    form_class = forms.ReasonForm
    active = "people"
    submit_text = "Remove from the peer challenge"
    success_message = "Removed. Their access has ended."
    warning = True

    def get_title(self) -> str:
        return f"Remove {self.membership.user.full_name} from the peer challenge"

    def save(self, form: Any) -> Any:
        return services.remove_member(membership=self.membership, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        # Who has taken themselves off does not see the case any more.
        if Case.objects.visible_to(self.request.user).filter(pk=self.case.pk).exists():
            return self.case_url("cases:people")
        return reverse("dashboard:home")


class CaseDeadlines(CasePage):
    permission_required = "cpc.view_case_deadlines"
    template_name = "cpc/casework/deadlines.html"
    active = "deadlines"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Asked of the case itself: its deadlines share what it has read of its people.
        deadlines = self.case.deadlines.select_related("explained_by").order_by("due_on", "pk")
        # Within one case the answer hangs on whose deadline it is and how it stands: asked once for each kind.
        may: dict[tuple[str, str, bool], tuple[bool, bool]] = {}
        user = self.request.user
        for each in deadlines:
            key = (each.owner_role, each.state, each.days_late > 0)
            if key not in may:
                may[key] = (user.has_perm("cpc.revise_deadline", each), user.has_perm("cpc.explain_deadline", each))
        sides = {each.owner_role for each in deadlines if each.state == DeadlineState.OPEN}
        today = timezone.localdate()
        return super().get_context_data(**kwargs) | {
            "deadlines": deadlines,
            "nobody": [why for side in sorted(sides) if (why := people_of_side(self.case, side, today).instead)],
            "revisable": {each.pk for each in deadlines if may[each.owner_role, each.state, each.days_late > 0][0]},
            "explainable": {each.pk for each in deadlines if may[each.owner_role, each.state, each.days_late > 0][1]},
            "has_clocks": bool(row_of(self.case.kind).clocks),
            "out_of_order": out_of_order(deadlines) if user.is_lga_staff and not self.case.is_over else [],
        }


class DeadlineRevise(CaseFormPage):
    """Late is normal business: reason, new date, who agreed; the first date is kept for ever."""

    permission_required = "cpc.revise_deadline"
    form_class: Any = ReviseDeadlineForm
    active = "deadlines"
    submit_text = "Agree the new date"
    success_message = "New date agreed. The first date stays on record."
    changes = "deadline"
    writes: tuple[str, ...] | None = ("due_on",)

    @cached_property
    def deadline(self) -> Deadline:
        return get_object_or_404(Deadline.objects.select_related("case"), case=self.case, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.deadline

    def get_title(self) -> str:
        return f"New date for: {self.deadline.name}"

    def save(self, form: Any) -> Deadline:
        return revise_deadline(deadline=self.deadline, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        now = self.deadline
        return {"New date": now.due_on, "Why the date changes": now.late_reason, "Who agreed it": now.agreed_with}

    def get_success_url(self) -> str:
        return self.case_url("cases:deadlines")


class DeadlineExplain(DeadlineRevise):
    """A promise that was met late: the reason, given afterwards."""

    permission_required = "cpc.explain_deadline"
    form_class = ExplainDeadlineForm
    submit_text = "Save"
    success_message = "Reason saved"
    writes = ()

    def get_title(self) -> str:
        return f"Why it was late: {self.deadline.name}"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"reason": self.deadline.explanation}

    def save(self, form: Any) -> Deadline:
        return explain_lateness(deadline=self.deadline, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Why it was late": self.deadline.explanation}


class CaseHistory(CasePage):
    permission_required = "cpc.view_case_history"
    template_name = "cpc/casework/history.html"
    active = "history"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "page_obj": timeline_for(self.case, self.request.user, page=self.request.GET.get("page"))
        }


class CaseDocuments(CasePage):
    """The LGA's own papers of the case."""

    permission_required = "cpc.view_case_file"
    template_name = "cpc/casework/documents.html"
    active = "documents"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "documents": Document.objects.visible_to(self.request.user).filter(case=self.case, kind="case_file"),
        }


class CaseDocumentAdd(CaseFormPage):
    permission_required = "cpc.view_case_file"
    form_class = DocumentForm
    title = "Add a paper to the LGA papers"
    intro = "Only the LGA's people on this peer challenge can read it."
    submit_text = "Upload"
    success_message = "Paper added"
    active = "documents"

    def save(self, form: Any) -> Any:
        return add_document(
            case=self.case,
            kind="case_file",
            title=form.cleaned_data["title"],
            upload=form.cleaned_data["upload"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return self.case_url("cases:documents")


class CycleStartEdit(CaseFormAtOverview):
    permission_required = "cpc.change_cycle_start"
    template_name = "cpc/casework/cycle_start.html"
    form_class = forms.CycleStartForm
    title = "Five-year cycle starts on"
    success_message = "Day changed"
    version_of = "case"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"on": self.case.cycle_start_on or self.case.onsite_end_on}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        clocks = [] if self.case.is_over else what_follows(self.case, "onsite_end")
        return super().get_context_data(**kwargs) | {
            "following": [each for each in clocks if not each.why_not],
            "staying": [each for each in clocks if each.why_not],
        }

    def save(self, form: Any) -> Any:
        return services.change_cycle_start(case=self.case, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Day": self.case.cycle_start_on, "Stage": self.case.get_stage_display()}
