"""Download by permission, new version, removal, and who opened a file."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.generic import View

from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused
from cpc.components.pages import ServiceForm
from cpc.documents import services
from cpc.documents.document_kinds import mark_for
from cpc.documents.errors import AlreadyRemoved
from cpc.documents.forms import NewVersionForm, RemoveForm
from cpc.documents.marking import CannotMark, marked
from cpc.documents.models import Document, DocumentVersion, DocumentView
from cpc.documents.store import pieces_of


class DocumentDownload(PermissionRequired, View):
    """The file itself, always as an attachment and never kept by a cache."""

    permission_required = "cpc.read_document"
    http_method_names = ["get", "head"]

    @cached_property
    def version(self) -> DocumentVersion:
        # The same 404 for what is not there, what was removed and what this person may not know of.
        wanted = get_object_or_404(DocumentVersion, pk=self.kwargs["pk"])
        document = get_object_or_404(Document.objects.visible_to(self.request.user), pk=wanted.document_id)
        version = next((each for each in document.versions.all() if each.pk == wanted.pk), None)
        if version is None:
            raise Http404("No such version for this person.")
        return version

    def get_permission_object(self) -> DocumentVersion:
        return self.version

    def get(self, request: Any, pk: int) -> Any:
        version = self.version
        if version.is_infected:
            return TemplateResponse(request, "cpc/documents/infected.html", {"version": version}, status=403)
        try:
            pieces = pieces_of(version.file)
        except FileNotFoundError as error:
            raise Http404("The file is missing from the storage.") from error
        size = version.size
        mark = mark_for(request.user, version)
        if mark:
            try:
                copy = marked(b"".join(pieces), version.content_type, mark)
            except CannotMark as error:
                # Whoever may have a marked copy only gets none without it.
                return TemplateResponse(request, "cpc/documents/unmarked.html", {"error": error}, status=403)
            pieces, size = iter([copy]), len(copy)
        if request.method == "GET":
            services.log_view(version=version, by=request.user)
        response = StreamingHttpResponse(pieces, content_type=version.content_type)
        response["Content-Disposition"] = content_disposition_header(True, version.original_name)
        response["Content-Length"] = str(size)
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


class DocumentForm(ServiceForm):
    """A form about one document that goes back to the page it was opened from."""

    permission_required = "cpc.write_document"

    @cached_property
    def document(self) -> Document:
        return get_object_or_404(Document.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Document:
        return self.document

    def get_success_url(self) -> str:
        wanted = self.request.GET.get("next", "")
        # The address that the list gave; nowhere outside this service.
        if wanted and url_has_allowed_host_and_scheme(wanted, {self.request.get_host()}, self.request.is_secure()):
            return wanted
        return reverse("cases:detail", kwargs={"reference": self.document.case.reference})

    def get_caption(self) -> str:
        return self.document.title

    def refused(self, form: Any, error: Refused) -> HttpResponse:
        if not isinstance(error, AlreadyRemoved):
            return super().refused(form, error)
        messages.info(self.request, error.message)
        return HttpResponseRedirect(self.get_success_url())


class DocumentNewVersion(DocumentForm):
    form_class = NewVersionForm
    title = "Add a new version"
    submit_text = "Upload"

    def save(self, form: Any) -> DocumentVersion:
        return services.add_version(document=self.document, upload=form.cleaned_data["upload"], by=self.request.user)

    def done(self, form: Any) -> HttpResponse:
        if not getattr(self.saved, "is_repeat", False):
            return super().done(form)
        number = self.saved.number
        messages.info(self.request, f"This is the same file as version {number}, so nothing was added")
        return HttpResponseRedirect(self.get_success_url())

    def get_success_message(self, form: Any) -> str:
        return f"Version {self.saved.number} added"


class DocumentRemove(DocumentForm):
    form_class = RemoveForm
    title = "Remove this document"
    submit_text = "Remove"
    warning = True
    success_message = "Document removed"

    def save(self, form: Any) -> None:
        services.remove_document(document=self.document, reason=form.cleaned_data["reason"], by=self.request.user)


class DocumentViews(PermissionRequired, View):
    """Who opened which version, newest first."""

    permission_required = "cpc.view_document_views"
    refusal_reason = "Only the LGA's people see who opened a document."

    @cached_property
    def document(self) -> Document:
        return get_object_or_404(Document.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Document:
        return self.document

    def get(self, request: Any, pk: int) -> HttpResponse:
        rows = DocumentView.objects.filter(version__in=list(self.document.versions.all())).select_related(
            "version", "viewed_by"
        )
        return TemplateResponse(request, "cpc/documents/views.html", {"document": self.document, "rows": rows[:200]})
