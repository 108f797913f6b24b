"""Pages of stage 4."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from assessments.onsite import forms, services
from assessments.onsite.models import DailyTalk, FinalFeedback, Finding, FindingState, OnsiteDay, Session
from assessments.onsite.permissions import reads_findings, sees_off_record
from assessments.onsite.queries import days_of, feedback_of, findings_for, findings_in_brief, overlaps, peers_of
from assessments.onsite.stage import outstanding
from cpc.cases import access
from cpc.cases.base_views import CaseAction, CaseMixin, CasePage, StageFormPage
from cpc.cases.commitments import How, commitments, told
from cpc.cases.stages import Stage
from cpc.components.pages import found_or_gone, still_there


class OnsiteSection(CaseMixin):
    active: str = Stage.ONSITE
    stage: str = Stage.ONSITE

    def get_success_url(self) -> str:
        return self.case_url("onsite:detail")


class OnsitePage(OnsiteSection, CasePage):
    """The days: the timetable for everybody on the case, the talks and the way to findings for the team."""

    permission_required = "assessments.view_onsite"
    template_name = "assessments/onsite/detail.html"
    brings = ("final_feedback",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user: Any = self.request.user
        inside = reads_findings(user, self.case)
        days: list[dict[str, Any]] = [
            {"day": day, "sessions": list(day.sessions.all()), "talks": list(day.talks.all())}
            for day in days_of(self.case)
        ]
        for row in days:
            row["overlaps"] = overlaps(row["sessions"])
        may_change = context["writable"] and user.has_perm("assessments.change_timetable", self.case)
        counts = {"hypothesis": 0, "developing": 0, "confirmed": 0, "dropped": 0}
        findings = findings_in_brief(self.case, user)
        for each in findings:
            counts[each.state] += each.is_readable
        return context | {
            "days": days,
            "inside": inside,
            # R43: the council sees that there is a session off the record, and when.
            "sees_off_record": sees_off_record(user, self.case),
            "elsewhere": self.elsewhere() if may_change else [],
            "today": timezone.localdate(),
            "counts": counts,
            "feedback": feedback_of(self.case),
            "may_log": context["writable"] and user.has_perm("assessments.log_finding", self.case),
            "may_change": may_change,
            "may_record_talk": context["writable"] and user.has_perm("assessments.record_talk", self.case),
            "may_record_feedback": context["writable"]
            and user.has_perm("assessments.record_final_feedback", self.case),
            "outstanding": outstanding(
                self.case, user, talks=[talk for row in days for talk in row["talks"]], findings=findings
            )
            if inside and self.case.stage == Stage.ONSITE and not self.case.is_over
            else [],
        }

    def elsewhere(self) -> list[str]:
        """Who of the team has something else on these days, as far as whoever builds the timetable may know it."""
        case = self.case
        if case.onsite_start_on is None or case.onsite_end_on is None or case.onsite_end_on < timezone.localdate():
            return []
        names = {peer.user_id: peer.user.full_name for peer in peers_of(case)}
        user = self.request.user
        found = commitments(names, case.onsite_start_on, case.onsite_end_on, but=case, reader=user)
        if access.is_case_lga(user, case):
            return told(found)
        # Others learn that somebody is needed elsewhere, not by whom or what for, nor who else is asking them.
        promised = {How.ON_TEAM, How.ACCEPTED, How.HOSTS}
        away = [name for person, name in names.items() if any(each.how in promised for each in found.get(person, ()))]
        return [f"{name} is needed elsewhere on some of these days. Ask the peer challenge manager." for name in away]


class OnsiteForm(OnsiteSection, StageFormPage):
    """A form about the days onsite."""


class SessionForm(OnsiteForm):
    permission_required = "assessments.change_timetable"
    form_class = forms.SessionForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "days": OnsiteDay.objects.filter(case=self.case),
            "peers": peers_of(self.case),
            "off_record": sees_off_record(self.request.user, self.case),
        }


class SessionAdd(SessionForm):
    title = "Add a session"
    success_message = "Session added"

    def get_initial(self) -> dict[str, Any]:
        return {"version": 0, "day": self.request.GET.get("day")}

    def save(self, form: Any) -> Any:
        cleaned = self.typed(form)
        return services.add_session(case=self.case, by=self.request.user, **cleaned | {"peers": list(cleaned["peers"])})


class SessionMixin:
    """An off-the-record session is the team's to change: the council sees its kind and time only (R43)."""

    case: Any
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def session(self) -> Session:
        sessions = Session.objects.select_related("day").filter(day__case=self.case)
        if not sees_off_record(self.request.user, self.case):
            sessions = sessions.exclude(kind="off_record")
        return found_or_gone(self.request, sessions, self.kwargs["pk"], gone=Session())


class SessionEdit(SessionMixin, SessionForm):
    title = "Change a session"
    success_message = "Session saved. Its peers have been told."
    changes = "session"

    def save(self, form: Any) -> Any:
        still_there(self.session, "This session was removed while you were writing, so nothing was saved.")
        cleaned = form.cleaned_data | {"peers": list(form.cleaned_data["peers"])}
        return services.change_session(session=self.session, by=self.request.user, **cleaned)

    def words_of(self, row: Session, name: str) -> Any:
        if name == "peers" and row.pk:
            return ", ".join(peer.user.full_name for peer in row.peers.select_related("user"))
        return super().words_of(row, name)


class SessionRemove(SessionMixin, OnsiteForm):
    permission_required = "assessments.change_timetable"
    title = "Remove a session"
    form_class = forms.ReasonForm
    submit_text = "Remove"
    success_message = "Session removed"
    warning = True

    def save(self, form: Any) -> Any:
        still_there(self.session, "This session was already removed.")
        return services.remove_session(session=self.session, by=self.request.user, **form.cleaned_data)


class FindingBoard(OnsiteSection, CasePage):
    """Findings per area of focus (R35)."""

    permission_required = "assessments.view_findings"
    template_name = "assessments/onsite/findings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user: Any = self.request.user
        state = self.request.GET.get("state", "")
        findings = findings_for(self.case, user)
        if state in FindingState.values:
            findings = findings.filter(state=state)
        by_area: dict[int, list[Finding]] = {}
        for finding in findings[:500]:
            by_area.setdefault(finding.focus_area_id, []).append(finding)
        areas = [{"area": area, "findings": by_area.get(area.pk, [])} for area in self.case.focus_areas.all()]
        return context | {
            "areas": areas,
            "state": state,
            "states": FindingState.choices,
            "may_log": context["writable"] and user.has_perm("assessments.log_finding", self.case),
        }


class FindingAdd(OnsiteForm):
    permission_required = "assessments.log_finding"
    title = "Log a finding"
    form_class = forms.FindingForm
    submit_text = "Log it"
    success_message = "Logged"
    is_shared = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"areas": self.case.focus_areas.all()}

    def get_initial(self) -> dict[str, Any]:
        return {"client_key": uuid.uuid4(), "focus_area": self.request.GET.get("area")}

    def save(self, form: Any) -> Any:
        return services.log_finding(case=self.case, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.case_url("onsite:findings")


class FindingMixin(OnsiteSection):
    """A finding among those that the person may read; any other is not there."""

    @cached_property
    def finding(self) -> Finding:
        return get_object_or_404(findings_for(self.case, self.request.user), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.finding

    def get_success_url(self) -> str:
        return self.case_url("onsite:findings")


class FindingEdit(FindingMixin, OnsiteForm):
    permission_required = "assessments.change_finding"
    title = "Change a finding"
    form_class = forms.FindingEditForm
    success_message = "Finding saved"
    is_shared = True
    shared_text = "finding"
    changes = "finding"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"areas": self.case.focus_areas.all()}

    def save(self, form: Any) -> Any:
        return services.change_finding(finding=self.finding, by=self.request.user, **form.cleaned_data)


class FindingEndorse(FindingMixin, CaseAction):
    permission_required = "assessments.endorse_finding"
    title = "Endorse this finding?"
    text = "A finding is agreed when both the lead member peer and the lead officer peer have endorsed it."
    submit_text = "Endorse"
    success_message = "Finding endorsed"
    template_name = "assessments/onsite/endorse.html"

    def seen_version(self) -> int:
        return self.finding.version

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"finding": self.finding}

    def perform(self) -> Any:
        return services.endorse_finding(finding=self.finding, version=self.posted_version, by=self.request.user)


class TalkRecord(OnsiteForm):
    permission_required = "assessments.record_talk"
    form_class = forms.TalkForm
    success_message = "Recorded"
    changes = "talk"

    @cached_property
    def talk(self) -> DailyTalk:
        return get_object_or_404(DailyTalk.objects.select_related("day"), day__case=self.case, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return f"{self.talk.get_pair_display()}, {self.talk.day}"

    def save(self, form: Any) -> Any:
        return services.record_talk(talk=self.talk, by=self.request.user, **form.cleaned_data)


class FeedbackEdit(OnsiteForm):
    permission_required = "assessments.record_final_feedback"
    title = "Final feedback"
    form_class = forms.FeedbackForm
    success_message = "Final feedback recorded"
    changes = "feedback"

    @cached_property
    def feedback(self) -> FinalFeedback:
        return FinalFeedback.objects.filter(case=self.case).first() or FinalFeedback(case=self.case)

    def get_initial(self) -> dict[str, Any]:
        initial = super().get_initial()
        return initial | {"held_on": initial["held_on"] or self.case.onsite_end_on}

    def save(self, form: Any) -> Any:
        return services.record_final_feedback(case=self.case, by=self.request.user, **form.cleaned_data)
