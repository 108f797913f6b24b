"""Pages of stage 3."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from assessments.self_assessment import forms, services
from assessments.self_assessment.models import PositionStatement, SectionContributor, StatementSection, StatementState
from assessments.self_assessment.pack import parts_of
from assessments.self_assessment.permissions import reads_all, reads_writing
from assessments.self_assessment.queries import (
    PARTS,
    compare,
    own_sections,
    prompts,
    released_words,
    sections_of,
    statement_of,
    was_asked_to_write,
    words_now,
)
from assessments.self_assessment.stage import outstanding
from assessments.self_assessment.word import statement_as_word
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.base_views import CaseAction, CaseMixin, CasePage, StageFormPage
from cpc.cases.in_force import host_councils
from cpc.cases.stages import Stage
from cpc.components.errors import AlreadyMoved

# Why nobody writes a section of a statement in this state.
WHY_CLOSED: dict[str, str] = {
    StatementState.SUBMITTED: "The position statement is submitted. Take it back to go on writing.",
    StatementState.FINAL: "The position statement is final. It can be changed again if the LGA reopens it.",
}


class StatementSectionMixin(CaseMixin):
    active: str = Stage.SELF_ASSESSMENT
    stage: str = Stage.SELF_ASSESSMENT

    @cached_property
    def statement(self) -> PositionStatement:
        return statement_of(self.case) or PositionStatement(case=self.case)

    def get_success_url(self) -> str:
        return self.case_url("self_assessment:detail")


class StatementPage(StatementSectionMixin, CasePage):
    permission_required = "assessments.view_position_statement"
    template_name = "assessments/self_assessment/detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Once dates are agreed the council may begin, whoever looks first; an area added later gets its section too.
        if access.stage_is_writable(self.case, Stage.SELF_ASSESSMENT) and services.lacks_sections(self.case):
            self.statement = services.ensure_sections(self.case)
            access.remember_readings(self.case)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user: Any = self.request.user
        statement = self.statement
        sees_all = user.has_perm("assessments.read_position_statement", self.case)
        reads_pack = user.has_perm("assessments.read_pack", self.case)
        is_peer = access.is_team(user, self.case)
        sections = list(sections_of(self.case)) if sees_all else list(own_sections(self.case, user))
        writing = statement.state in services.WRITABLE
        host = access.is_host(user, self.case)
        return context | {
            "statement": statement,
            "sections": sections,
            "reads_all": sees_all,
            "reads_pack": reads_pack,
            "is_peer": is_peer,
            "released": released_words(statement) if is_peer and reads_pack and statement.pk else [],
            "documents": self.case.documents.filter(kind="pack").visible_to(user).select_related(None)
            if reads_pack
            else [],
            # The words and the council's comments on them stay readable when nothing can be written any more.
            "opens_sections": host or access.is_contributor(user, self.case),
            "may_submit": context["writable"] and writing and host,
            "may_recall": context["writable"] and statement.state == StatementState.SUBMITTED and host,
            "may_decide": context["writable"]
            and statement.state == StatementState.SUBMITTED
            and user.has_perm("assessments.finalise_position_statement", self.case),
            "may_reopen": context["writable"]
            and statement.state == StatementState.FINAL
            and user.has_perm("assessments.finalise_position_statement", self.case),
            "may_release": context["writable"] and user.has_perm("assessments.release_pack", self.case),
            "may_add_documents": context["writable"] and user.has_perm("assessments.add_pack_document", self.case),
            "snapshots": list(statement.snapshots.all()) if statement.pk and sees_all else [],
            "outstanding": outstanding(self.case, user)
            if context["writable"] and statement.pk and not is_peer and context["sees_overview"]
            else [],
        }


class StatementRead(StatementSectionMixin, CasePage):
    """All sections on one page, to read or print. Peers read the released draft only."""

    permission_required = "assessments.read_pack"
    template_name = "assessments/self_assessment/read.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        words: list[dict[str, Any]] = []
        if reads_writing(user, self.case):
            words = words_now(self.case)
        elif self.statement.pk and (reads_all(user, self.case) or access.is_team(user, self.case)):
            words = released_words(self.statement)
        return super().get_context_data(**kwargs) | {"words": words, "parts": parts_of(self.case, user)}


class StatementCompare(StatementSectionMixin, CasePage):
    permission_required = "assessments.read_position_statement"
    template_name = "assessments/self_assessment/compare.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        newer = get_object_or_404(self.statement.snapshots, number=self.kwargs["number"])
        older = get_object_or_404(self.statement.snapshots, number=self.kwargs["number"] - 1)
        return super().get_context_data(**kwargs) | {"older": older, "newer": newer, "sections": compare(older, newer)}


class StatementWord(StatementSectionMixin, View):
    """R27: the council takes its statement with it at any time, also after the case ends."""

    permission_required = "assessments.export_position_statement"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = HttpResponse(
            statement_as_word(self.case),
            content_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        )
        response["Content-Disposition"] = f'attachment; filename="position-statement-{self.case.reference}.docx"'
        return response


class StatementForm(StatementSectionMixin, StageFormPage):
    """A form about the position statement or its pack."""


class SectionMixin(StatementSectionMixin):
    """The section named in the address, among those that the person may see; the permission is asked of it."""

    @cached_property
    def section(self) -> StatementSection:
        user: Any = self.request.user
        seen = sections_of(self.case) if access.is_host(user, self.case) else own_sections(self.case, user)
        return get_object_or_404(seen, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.section


class SectionEdit(SectionMixin, StatementForm):
    permission_required = "assessments.write_section"
    form_class = forms.SectionForm
    success_message = "Section saved"
    is_shared = True
    shared_text = "section"
    template_name = "assessments/self_assessment/section.html"
    changes = "section"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            if request.method != "POST" or not was_asked_to_write(kwargs["reference"], request.user):
                raise
            return self.taken_off(request)

    def taken_off(self, request: HttpRequest) -> HttpResponse:
        """Somebody taken off while writing keeps their words. The page holds nothing else: the section is not there."""
        context = {
            "title": "What you wrote was not saved",
            "why_not": "You are no longer among those who write this section. Copy your words if you need them.",
            "parts": [(label, request.POST.get(part, "")) for part, label in PARTS],
            "back_url": reverse("dashboard:home"),
            "form": self.form_class(),
        }
        return TemplateResponse(request, self.template_name, context, status=404)

    def get_title(self) -> str:
        return self.section.focus_area.name

    def why_not(self) -> str:
        return super().why_not() or WHY_CLOSED.get(self.section.statement.state, "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_host = access.is_host(self.request.user, self.case)
        return super().get_context_data(**kwargs) | {
            "section": self.section,
            "parts": [(label, getattr(self.section, part)) for part, label in PARTS],
            "prompts": prompts(),
            "comments": self.section.comments.select_related("written_by") if is_host else [],
            "contributors": self.section.contributors.select_related("user") if is_host else [],
            "is_host": is_host,
        }

    def save(self, form: Any) -> Any:
        return services.change_section(section=self.section, by=self.request.user, **form.cleaned_data)


class ContributorAdd(SectionMixin, StatementForm):
    permission_required = "assessments.comment_section"
    form_class = forms.ContributorForm
    submit_text = "Ask them"
    success_message = "Email sent"

    def get_title(self) -> str:
        return f"Ask someone to write on {self.section.focus_area.name}"

    def get_form_kwargs(self) -> dict[str, Any]:
        councils = host_councils(self.case, timezone.localdate())
        return super().get_form_kwargs() | {
            "people": User.objects.active().filter(council_id__in=councils).exclude(role="peer")
        }

    def save(self, form: Any) -> Any:
        return services.add_contributor(section=self.section, user=form.cleaned_data["user"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.case_url("self_assessment:section-edit", pk=self.section.pk)


class ContributorRemove(StatementSectionMixin, CaseAction):
    permission_required = "assessments.manage_contributors"
    submit_text = "Take off"
    success_message = "Taken off. What they wrote stays."
    # Somebody's access can be ended at any time.
    stage: str = ""

    @cached_property
    def contributor(self) -> SectionContributor | None:
        found = SectionContributor.objects.select_related("section__statement", "section__focus_area", "user")
        return found.filter(section__statement__case=self.case, pk=self.kwargs["pk"]).first()

    def get_title(self) -> str:
        name = self.contributor.user.full_name if self.contributor else "this person"
        return f"Take {name} off the section?"

    def perform(self) -> Any:
        if self.contributor is None:
            raise AlreadyMoved("This person was already taken off the section.")
        return services.remove_contributor(contributor=self.contributor, by=self.request.user)


class SectionCommentAdd(SectionMixin, StatementForm):
    permission_required = "assessments.comment_section"
    form_class = forms.CommentForm
    submit_text = "Add"
    success_message = "Comment added"
    # The council may go on talking among itself until the case is over.
    stage: str = ""

    def get_title(self) -> str:
        return f"Comment on {self.section.focus_area.name}"

    def save(self, form: Any) -> Any:
        return services.add_section_comment(section=self.section, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.case_url("self_assessment:section-edit", pk=self.section.pk)


class StatementAction(StatementSectionMixin, CaseAction):
    permission_required = "assessments.submit_position_statement"


class StatementSubmit(StatementAction):
    title = "Submit the position statement?"
    text = "The LGA reads it. You can take it back until the LGA accepts it."
    submit_text = "Submit"
    success_message = "Submitted. The LGA has been told."

    def perform(self) -> Any:
        return services.submit_statement(case=self.case, by=self.request.user)


class StatementRecall(StatementAction):
    title = "Take the position statement back?"
    text = "You can go on writing and submit it again."
    submit_text = "Take it back"
    success_message = "You can go on writing"

    def perform(self) -> Any:
        return services.recall_statement(case=self.case, by=self.request.user)


class StatementFinalise(StatementAction):
    permission_required = "assessments.finalise_position_statement"
    title = "Accept the position statement as final?"
    text = "The council can no longer change it unless you reopen it."
    submit_text = "Accept"
    success_message = "Accepted. You can release the pack."

    def seen_version(self) -> int:
        return self.statement.version

    def perform(self) -> Any:
        return services.finalise_statement(case=self.case, version=self.posted_version, by=self.request.user)


class StatementReturn(StatementForm):
    permission_required = "assessments.return_position_statement"
    title = "Return the position statement"
    form_class = forms.ReturnForm
    submit_text = "Return"
    success_message = "Returned. The council has been told."
    version_of = "statement"

    def current_texts(self, form: Any) -> dict[str, Any]:
        newest = self.statement.snapshots.last()
        return {"Newest draft": str(newest), "Submitted": newest.taken_at} if newest else {}

    def save(self, form: Any) -> Any:
        return services.return_statement(case=self.case, by=self.request.user, **form.cleaned_data)


class StatementReopen(StatementForm):
    permission_required = "assessments.finalise_position_statement"
    title = "Reopen the position statement"
    form_class = forms.ReasonForm
    submit_text = "Reopen"
    success_message = "The council can write again"

    def save(self, form: Any) -> Any:
        return services.reopen_statement(case=self.case, by=self.request.user, **form.cleaned_data)


class PackDocumentAdd(StatementForm):
    permission_required = "assessments.add_pack_document"
    title = "Add a paper to the pack"
    intro = "The peer team reads it once the pack is released."
    form_class = forms.PackDocumentForm
    submit_text = "Upload"
    success_message = "Paper added to the pack"

    def save(self, form: Any) -> Any:
        return services.add_pack_document(case=self.case, by=self.request.user, **form.cleaned_data)


class PackRelease(StatementForm):
    permission_required = "assessments.release_pack"
    title = "Release the pack to the peer team"
    intro = "The peers can read the last submitted position statement and every paper of the pack, and will be told by email."
    form_class = forms.ReleaseForm
    submit_text = "Release"
    success_message = "Released. The peer team has been told."

    def save(self, form: Any) -> Any:
        return services.release_pack(case=self.case, override_reason=form.cleaned_data["reason"], by=self.request.user)


class PackWithdraw(StatementForm):
    permission_required = "assessments.release_pack"
    title = "Withdraw the pack from the peer team"
    form_class = forms.ReasonForm
    submit_text = "Withdraw"
    success_message = "Withdrawn. The peers can no longer read it."
    warning = True

    def save(self, form: Any) -> Any:
        return services.withdraw_pack(case=self.case, by=self.request.user, **form.cleaned_data)
