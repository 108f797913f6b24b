"""Pages of imports: a file comes in, is read by a worker, looked through, applied or discarded; the last is undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from councils.imports import services
from councils.imports.forms import ImportApplyForm, ImportForm
from councils.imports.registry import IMPORTERS, title_of
from councils.imports.templates import as_csv, as_xlsx, template_of
from councils.models import ImportRun, ImportState, Outcome
from cpc.components.errors import Refused, Stale
from cpc.components.mixins import PermissionRequired
from cpc.components.spreadsheets import csv_bytes, harmless

PAGE_SIZE = 25


class ImportList(PermissionRequired, TemplateView):
    permission_required = "councils.import_data"
    template_name = "councils/imports/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(ImportRun.objects.light(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        rows = [{"run": run, "title": title_of(run.source)} for run in page]
        return super().get_context_data(**kwargs) | {"page_obj": page, "rows": rows}


class ImportAdd(PermissionRequired, TemplateView):
    permission_required = "councils.import_data"
    template_name = "councils/imports/add.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": "Import a file",
            "submit_text": "Upload",
            "back_url": reverse("councils:import-list"),
            "templates": [(source, each.title) for source, each in IMPORTERS.items() if template_of(each)],
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=ImportForm()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        run = services.receive_file(
            source=form.cleaned_data["source"],
            file_name=form.cleaned_data["upload"].name,
            content=form.cleaned_data["content"],
            scan=form.cleaned_data["scan"],
            by=request.user,
        )
        return redirect("councils:import-detail", pk=run.pk)


class ImportTemplate(PermissionRequired, View):
    """An empty file of our own form, with what its columns hold."""

    permission_required = "councils.import_data"
    ending = content_type = ""
    write: Callable[..., bytes]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        columns = template_of(IMPORTERS.get(self.kwargs["source"]))
        if not columns:
            raise Http404("No source of our own form has this name.")
        name = f"{self.kwargs['source']}.{self.ending}"
        return HttpResponse(
            type(self).write(columns),
            content_type=self.content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
        )


class ImportTemplateCsv(ImportTemplate):
    ending, content_type, write = "csv", "text/csv; charset=utf-8", staticmethod(as_csv)


class ImportTemplateXlsx(ImportTemplate):
    ending, write = "xlsx", staticmethod(as_xlsx)
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportMixin(PermissionRequired):
    permission_required = "councils.import_data"
    kwargs: dict[str, Any]

    @cached_property
    def run(self) -> ImportRun:
        return get_object_or_404(ImportRun.objects.light(), pk=self.kwargs["pk"])


class ImportDetail(ImportMixin, TemplateView):
    """What one file would change, or changed: each outcome is a list of its own."""

    template_name = "councils/imports/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run
        numbers = {outcome: getattr(run, outcome.value) for outcome in Outcome}
        wanted = self.request.GET.get("show", "")
        shown = next((outcome for outcome in Outcome if outcome == wanted), None)
        # What was asked for, or else the first that is not empty, refusals first: they need somebody.
        order = [Outcome.REFUSED, Outcome.ADDED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.OUTSIDE]
        shown = shown or next((outcome for outcome in order if numbers[outcome]), Outcome.REFUSED)
        page = Paginator(run.lines.filter(outcome=shown), PAGE_SIZE).get_page(self.request.GET.get("page"))
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
                    "text": f"{outcome.label} ({numbers[outcome]:,})",
                    "href": f"?show={outcome.value}",
                    "active": outcome == shown,
                }
                for outcome in Outcome
            ],
            "shown": shown,
            "is_taken": shown not in services.NOT_TAKEN,
            "page_obj": page,
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
        rows = [["Line", "Column", "Value", "Reason"]]
        rows += [[str(number), *map(harmless, cells)] for number, *cells in told]
        return HttpResponse(
            csv_bytes(rows),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{shown.value}-{self.run.pk}.csv"',
                "Cache-Control": "private, no-store",
            },
        )


class ImportAct(ImportMixin, TemplateView):
    """Asks once, and does it by a service. A refusal stands where the button was."""

    template_name = "components/confirm_page.html"
    title = text = submit_text = success_message = repeat_message = ""
    warning = False

    def act(self) -> Any:
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "title": self.title,
            "text": self.text.format(run=self.run, title=title_of(self.run.source)),
            "submit_text": self.submit_text,
            "warning": self.warning,
            "back_url": reverse("councils:import-detail", kwargs={"pk": self.run.pk}),
        } | super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            done = self.act()
        except Refused as error:
            # As it is now, not as it was when the page was asked for.
            self.__dict__.pop("run", None)
            return self.refused(error)
        if done is False:
            messages.info(request, self.repeat_message)
        else:
            messages.success(request, self.success_message)
        return redirect("councils:import-detail", pk=self.run.pk)

    def refused(self, error: Refused) -> HttpResponse:
        return self.render_to_response(self.get_context_data(why_not=error.message), status=422)


class ImportApply(ImportAct):
    title = "Apply this import?"
    text = (
        "“{run.file_name}” ({title}) adds {run.added:,} and changes {run.changed:,} entries of the register. "
        "Refused lines change nothing. Only the last import can be undone."
    )
    submit_text = "Apply"
    success_message = "The import will be applied now. This page shows how far it has come"
    repeat_message = "Somebody has asked for this import to be applied already, so nothing more was done"

    template_name = "councils/imports/apply.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {"hidden": {"version": self.run.version}}
        if self.run.questions:
            # Who presses the button has read the questions above it.
            context["hidden"]["agreed"] = "yes"
            context |= {"questions": self.run.questions, "submit_text": "All of this is right: apply"}
        return context

    @cached_property
    def form(self) -> ImportApplyForm:
        return ImportApplyForm(self.request.POST)

    def act(self) -> Any:
        self.form.is_valid()
        version = self.form.cleaned_data["version"]
        agreed = self.request.POST.get("agreed") == "yes"
        return services.ask_to_apply(run=self.run, version=version, agreed=agreed, by=self.request.user)

    def refused(self, error: Refused) -> HttpResponse:
        if not isinstance(error, Stale):
            return super().refused(error)
        self.form.add_error(None, error.message)
        # The next press of the button is a decision made knowing what it would change now.
        return self.render_to_response(self.get_context_data(form=self.form), status=409)


class ImportDiscard(ImportAct):
    title = "Discard this file?"
    text = "Nothing in the register is changed. “{run.file_name}” is no longer kept."
    submit_text = "Discard"
    success_message = "The file is discarded"
    warning = True

    def act(self) -> Any:
        return services.discard_import(run=self.run, by=self.request.user)


class ImportReread(ImportAct):
    title = "Read this file again?"
    text = "“{run.file_name}” is compared with the register as it is now."
    submit_text = "Read again"
    success_message = "The file is being read again"

    def act(self) -> Any:
        return services.reread_import(run=self.run, by=self.request.user)


class ImportUndo(ImportAct):
    title = "Undo this import?"
    text = "All that “{run.file_name}” ({title}) changed in the register becomes as it was before."
    submit_text = "Undo"
    success_message = "The import will be undone now. This page shows how far it has come"
    repeat_message = "Somebody has asked for this import to be undone already, so nothing more was done"
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

    def act(self) -> Any:
        leave_changed = self.request.POST.get("leave_changed") == "yes"
        return services.ask_to_undo(run=self.run, leave_changed=leave_changed, by=self.request.user)
