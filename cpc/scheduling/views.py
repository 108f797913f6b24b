"""Pages of stage 1."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.base_views import CaseAction, CasePage, StageFormPage
from cpc.cases.models import CaseRole, FocusArea
from cpc.cases.stages import Stage
from cpc.casework.held_days import places_of
from cpc.casework.services import hand_over_case
from cpc.components.pages import found_or_gone, still_there
from cpc.scheduling import forms, services
from cpc.scheduling.length import usual_length
from cpc.scheduling.models import Scope
from cpc.scheduling.queries import date_warnings, interventions_of, load_of, manager_of, scope_of
from cpc.scheduling.stage import outstanding


class SchedulingPage(CasePage):
    permission_required = "cpc.view_scheduling"
    template_name = "cpc/scheduling/detail.html"
    brings = ("scope__intervention",)
    active: str = Stage.SCHEDULING
    stage: str = Stage.SCHEDULING

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        case = self.case
        warnings: list[str] = []
        load = ""
        start_on, end_on = case.onsite_start_on, case.onsite_end_on
        worth_warning = not case.is_over and self.request.user.is_lga_staff
        if start_on and end_on and end_on >= timezone.localdate() and worth_warning:
            warnings = date_warnings(case, start_on, end_on, self.request.user)
            load = load_of(case, start_on, end_on)
        return context | {
            "scope": scope_of(case),
            "focus_areas": case.focus_areas.all(),
            "date_changes": list(case.date_changes.select_related("agreed_by")),
            "warnings": warnings,
            "load": load,
            "manager": manager_of(case),
            "outstanding": outstanding(case, self.request.user)
            if case.stage == Stage.SCHEDULING and not case.is_over
            else [],
        }


class SchedulingForm(StageFormPage):
    active: str = Stage.SCHEDULING
    stage: str = Stage.SCHEDULING
    permission_required = "cpc.change_scope"

    def get_success_url(self) -> str:
        return self.case_url("scheduling:detail")


class PurposeEdit(SchedulingForm):
    title = "What is this peer challenge for?"
    form_class = forms.PurposeForm
    success_message = "Purpose saved"
    changes = "scope"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"interventions": interventions_of(self.case)}

    @cached_property
    def scope(self) -> Scope:
        return scope_of(self.case)

    def save(self, form: Any) -> Any:
        return services.record_purpose(case=self.case, by=self.request.user, **form.cleaned_data)


class MeetingEdit(SchedulingForm):
    title = "Set-up meeting"
    form_class = forms.MeetingForm
    success_message = "Set-up meeting saved"
    changes = "scope"

    @cached_property
    def scope(self) -> Scope:
        return scope_of(self.case)

    def save(self, form: Any) -> Any:
        return services.record_set_up_meeting(case=self.case, by=self.request.user, **form.cleaned_data)


class DatesEdit(SchedulingForm):
    permission_required = "cpc.agree_dates"
    title = "Onsite dates"
    template_name = "cpc/scheduling/dates.html"
    success_message = "Dates agreed. Everyone on the peer challenge has been told."
    submit_text = "Agree these dates"
    # Dates may still move while the stages after scheduling are worked on.
    stage: str = ""
    active: str = Stage.SCHEDULING
    shown_warnings: list[str] = []
    load = ""

    def get_form_class(self) -> Any:
        # A programme manager alone may let somebody be on two confirmed teams on one day.
        may_waive = self.request.user.role == Role.PROGRAMME_MANAGER and bool(places_of(self.case))
        return forms.WaivingDatesForm if may_waive else forms.DatesForm

    def get_initial(self) -> dict[str, Any]:
        return {
            "start_on": self.case.onsite_start_on,
            "end_on": self.case.onsite_end_on,
            "half_day": forms.YES if self.case.onsite_half_day else forms.NO,
            "is_virtual": forms.YES if self.case.is_virtual else forms.NO,
            "version": self.case.version,
        }

    def save(self, form: Any) -> Any:
        try:
            return services.agree_dates(
                case=self.case,
                by=self.request.user,
                seen_warnings=self.request.POST.getlist("seen"),
                **form.cleaned_data,
            )
        except services.UnreadWarnings as error:
            self.shown_warnings = error.warnings
            self.load = load_of(self.case, form.cleaned_data["start_on"], form.cleaned_data["end_on"])
            raise

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "warnings": self.shown_warnings,
            "load": self.load,
            "usual_length": usual_length(self.case),
            "online_length": usual_length(self.case, is_virtual=True),
        }

    def current_texts(self, form: Any) -> dict[str, Any]:
        case = self.case
        return {
            "First onsite day": case.onsite_start_on,
            "Last onsite day": case.onsite_end_on,
            "The last day is half a day": case.onsite_half_day,
            "Held online": case.is_virtual,
            "Stage": case.get_stage_display(),
        }


class ManagerEdit(SchedulingForm):
    permission_required = "cpc.name_manager"
    title = "Peer challenge manager"
    form_class = forms.ManagerForm
    success_message = "Peer challenge manager named. They have been told."
    stage: str = ""
    active: str = Stage.SCHEDULING

    def get_form_kwargs(self) -> dict[str, Any]:
        people = User.objects.active().filter(role__in=[Role.PEER_CHALLENGE_MANAGER, Role.PROGRAMME_MANAGER])
        return super().get_form_kwargs() | {"people": people}

    def get_initial(self) -> dict[str, Any]:
        manager = manager_of(self.case)
        return {"manager": manager.user_id, "version": manager.pk} if manager else {"version": 0}

    def current_texts(self, form: Any) -> dict[str, Any]:
        manager = manager_of(self.case)
        return {"Peer challenge manager": manager.user.full_name if manager else "No one"}

    def save(self, form: Any) -> Any:
        return hand_over_case(
            case=self.case,
            role=CaseRole.PEER_CHALLENGE_MANAGER,
            to=form.cleaned_data["manager"],
            version=form.cleaned_data["version"],
            by=self.request.user,
        )


class FocusAreaAdd(SchedulingForm):
    title = "Add an area of focus"
    form_class = forms.FocusAreaForm
    success_message = "Area of focus added"

    def get_initial(self) -> dict[str, Any]:
        return {"version": 0}

    def save(self, form: Any) -> Any:
        cleaned = form.cleaned_data
        return services.add_focus_area(
            case=self.case, name=cleaned["name"], description=cleaned["description"], by=self.request.user
        )


class FocusAreaMixin:
    case: Any
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def area(self) -> FocusArea:
        return found_or_gone(self.request, self.case.focus_areas.all(), self.kwargs["pk"], gone=FocusArea())


class FocusAreaEdit(FocusAreaMixin, SchedulingForm):
    title = "Area of focus"
    form_class = forms.FocusAreaForm
    success_message = "Area of focus saved"
    changes = "area"

    def save(self, form: Any) -> Any:
        still_there(self.area, "This area of focus was removed while you were writing, so nothing was saved.")
        return services.change_focus_area(area=self.area, by=self.request.user, **form.cleaned_data)


class FocusAreaRemove(FocusAreaMixin, CaseAction):
    permission_required = "cpc.change_scope"
    active: str = Stage.SCHEDULING
    stage: str = Stage.SCHEDULING
    submit_text = "Remove this area of focus"
    success_message = "Area of focus removed"
    warning = True

    def get_title(self) -> str:
        return f"Remove “{self.area.name}”?"

    def perform(self) -> Any:
        still_there(self.area, "This area of focus was already removed.")
        return services.remove_focus_area(area=self.area, by=self.request.user)

    def get_success_url(self) -> str:
        return self.case_url("scheduling:detail")
