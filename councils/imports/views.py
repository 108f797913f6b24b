"""Pages of imports: a file comes in, is read by a worker, looked through, applied or discarded; the last is undone."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import View

from councils.imports import services
from councils.imports.forms import ImportForm
from councils.imports.registry import IMPORTERS, title_of
from councils.imports.templates import as_csv, as_xlsx, template_of
from councils.models import ImportRun, ImportState, Outcome
from cpc.components.mixins import PermissionRequired
from cpc.components.pages import Confirm, ListPage, ServiceForm
from cpc.components.spreadsheets import attachment, table_bytes


class ImportList(ListPage):
    permission_required = "councils.import_data"
    file_name = "imports"
    columns = {
        "File": "file_name",
        "Source": lambda run: title_of(run.source),
        "State": "get_state_display",
        "Added": "added",
        "Changed": "changed",
        "Refused": "refused",
        "Outside the register": "outside",
        "Uploaded": "uploaded_at",
        "Uploaded by": "uploaded_by.full_name",
    }
    template_name = "councils/imports/list.html"

    def get_rows(self) -> QuerySet[ImportRun]:
        return ImportRun.objects.light()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"rows": [{"run": run, "title": title_of(run.source)} for run in context["page_obj"]]}


class ImportAdd(ServiceForm):
    permission_required = "councils.import_data"
    template_name = "councils/imports/add.html"
    form_class = ImportForm
    title = "Import a file"
    submit_text = "Upload"
    # The page that it leads to shows the file being read.
    success_message = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        templates = [(source, each.title) for source, each in IMPORTERS.items() if template_of(each)]
        return super().get_context_data(**kwargs) | {"templates": templates}

    def get_back_url(self) -> str:
        return reverse("councils:import-list")

    def get_success_url(self) -> str:
        return reverse("councils:import-detail", kwargs={"pk": self.saved.pk})

    def save(self, form: Any) -> ImportRun:
        return services.receive_file(
            source=form.cleaned_data["source"],
            file_name=form.cleaned_data["upload"].name,
            content=form.cleaned_data["content"],
            scan=form.cleaned_data["scan"],
            by=self.request.user,
        )


class ImportTemplate(PermissionRequired, View):
    """An empty file of our own form, with what its columns hold."""

    permission_required = "councils.import_data"
    ending = "csv"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        columns = template_of(IMPORTERS.get(self.kwargs["source"]))
        if not columns:
            raise Http404("No source of our own form has this name.")
        content = as_csv(columns) if self.ending == "csv" else as_xlsx(columns)
        return attachment(content, f"{self.kwargs['source']}.{self.ending}")


class ImportMixin(PermissionRequired):
    permission_required = "councils.import_data"
    kwargs: dict[str, Any]

    @cached_property
    def run(self) -> ImportRun:
        return get_object_or_404(ImportRun.objects.light(), pk=self.kwargs["pk"])


class ImportDetail(ImportMixin, ListPage):
    """What one file would change, or changed: each outcome is a list of its own."""

    template_name = "councils/imports/detail.html"

    @cached_property
    def numbers(self) -> dict[Outcome, int]:
        return {outcome: getattr(self.run, outcome.value) for outcome in Outcome}

    @cached_property
    def shown(self) -> Outcome:
        """What was asked for, or else the first that is not empty, refusals first: they need somebody."""
        asked = self.request.GET.get("show", "")
        if asked in Outcome.values:
            return Outcome(asked)
        order = [Outcome.REFUSED, Outcome.ADDED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.OUTSIDE]
        return next((outcome for outcome in order if self.numbers[outcome]), Outcome.REFUSED)

    def get_rows(self) -> Any:
        return self.run.lines.filter(outcome=self.shown)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run, shown = self.run, self.shown
        return super().get_context_data(**kwargs) | {
            "run": run,
            "title": title_of(run.source),
            "notes": run.notes,
            "questions": run.questions,
            "is_reading": run.state in {ImportState.WAITING, ImportState.RUNNING},
            "is_being_applied": run.state in services.BEING_APPLIED,
            "is_being_undone": run.state in services.BEING_UNDONE,
            "may_apply": run.state == ImportState.CHECKED and run.added + run.changed > 0,
            "may_decide": run.state in services.READ_ALREADY,
            "may_undo": run.state == ImportState.APPLIED and services.last_applied() == run.pk,
            "tabs": [
                {
                    "text": f"{outcome.label} ({self.numbers[outcome]:,})",
                    "href": f"?show={outcome.value}",
                    "active": outcome == shown,
                }
                for outcome in Outcome
            ],
            "shown": shown,
            "is_taken": shown not in services.NOT_TAKEN,
            "query_string": f"show={shown.value}",
        }


class ImportRefusals(ImportMixin, View):
    """Every refusal as a file to work through; or, if that is asked for, every line outside the register."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("show") == Outcome.OUTSIDE:
            shown = Outcome.OUTSIDE
            lines = self.run.lines.filter(outcome=shown)
            told = [(line.line, *cells) for line in lines for cells in line.details]
        else:
            shown = Outcome.REFUSED
            told = [
                tuple(refusal[name] for name in ("line", "column", "value", "reason")) for refusal in self.run.refusals
            ]
        rows = [[str(number), *cells] for number, *cells in told]
        content = table_bytes(["Line", "Column", "Value", "Reason"], rows, ending="csv", sheet="")
        return attachment(content, f"{shown.value}-{self.run.pk}.csv")


class ImportAct(ImportMixin, Confirm):
    """Asks once, and does it by a service. A refusal stands where the button was."""

    stays = True

    def get_text(self) -> str:
        return self.text.format(run=self.run, title=title_of(self.run.source))

    def get_success_url(self) -> str:
        return reverse("councils:import-detail", kwargs={"pk": self.run.pk})


class ImportApply(ImportAct):
    title = "Apply this import?"
    text = (
        "“{run.file_name}” ({title}) adds {run.added:,} and changes {run.changed:,} entries of the register. "
        "Refused lines change nothing. Only the last import can be undone."
    )
    submit_text = "Apply"
    success_message = "The import will be applied now. This page shows how far it has come"
    already = "Someone has asked for this import to be applied already, so nothing more was done"

    template_name = "councils/imports/apply.html"

    def seen_version(self) -> int:
        return self.run.version

    def hidden(self) -> dict[str, Any]:
        # Who presses the button has read the questions above it.
        return super().hidden() | ({"agreed": "yes"} if self.run.questions else {})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.run.questions:
            context |= {"questions": self.run.questions, "submit_text": "All of this is right: apply"}
        return context

    def perform(self) -> bool:
        agreed = self.request.POST.get("agreed") == "yes"
        return services.ask_to_apply(run=self.run, version=self.posted_version, agreed=agreed, by=self.request.user)


class ImportDiscard(ImportAct):
    title = "Discard this file?"
    text = "Nothing in the register is changed. “{run.file_name}” is no longer kept."
    submit_text = "Discard"
    success_message = "The file is discarded"
    warning = True

    def perform(self) -> Any:
        return services.discard_import(run=self.run, by=self.request.user)


class ImportReread(ImportAct):
    title = "Read this file again?"
    text = "“{run.file_name}” is compared with the register as it is now."
    submit_text = "Read again"
    success_message = "The file is being read again"

    def perform(self) -> Any:
        return services.reread_import(run=self.run, by=self.request.user)


class ImportUndo(ImportAct):
    title = "Undo this import?"
    text = "All that “{run.file_name}” ({title}) changed in the register becomes as it was before."
    submit_text = "Undo"
    success_message = "The import will be undone now. This page shows how far it has come"
    already = "Someone has asked for this import to be undone already, so nothing more was done"
    warning = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self.run.kept:
            return context
        # The next press of the button is a decision made knowing what stays.
        return context | {
            "text": f"{self.run.failure} You can undo the rest and leave this as it is.",
            "submit_text": "Undo the rest",
            "hidden": {"leave_changed": "yes"},
        }

    def perform(self) -> Any:
        leave_changed = self.request.POST.get("leave_changed") == "yes"
        return services.ask_to_undo(run=self.run, leave_changed=leave_changed, by=self.request.user)
