"""What the pages of the cycle about one council share."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from councils.models import Council
from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused, Stale


class CouncilMixin(PermissionRequired):
    """Loads the visible council named in the address; anything else is 404.

    What is for the LGA alone is as if it were not there for everybody else: no page says that a log is kept.
    """

    for_lga_alone = True
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def council(self) -> Council:
        if self.for_lga_alone and not self.request.user.is_lga_staff:
            raise Http404
        return get_object_or_404(Council.objects.visible_to(self.request.user), slug=self.kwargs["slug"])

    def get_permission_object(self) -> Council:
        return self.council

    def council_url(self, url_name: str, **kwargs: Any) -> str:
        return reverse(url_name, kwargs={"slug": self.council.slug, **kwargs})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"council": self.council}  # type: ignore[misc]


class CouncilFormPage(CouncilMixin, TemplateView):
    """A form about one council, saved by a service. Nothing typed is lost, whatever the answer is."""

    template_name = "components/form_page.html"
    form_class: Any = None
    title = ""
    intro = ""
    submit_text = "Save"
    success_message = "Saved"
    success_url_name = ""
    # The hidden field that carries what the person saw; a second press after a stale save is a decision knowing both.
    seen_field = "seen"

    def get_initial(self) -> dict[str, Any]:
        return {}

    def save(self, form: Any) -> Any:
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    def why_not(self) -> str:
        """Why there is no form here; empty when there is."""
        return ""

    def current_texts(self) -> dict[str, Any]:
        """Label -> what is saved now, for somebody whose page was stale."""
        return {}

    def current_seen(self) -> int:
        return 0

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "caption": self.council.name,
            "intro": self.intro,
            "submit_text": self.submit_text,
            "back_url": self.council_url(self.success_url_name),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_class(initial=self.get_initial())
        return self.render_to_response(self.get_context_data(form=form, why_not=self.why_not()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            self.saved = self.save(form)
        except Stale as error:
            form.add_error(None, error.message)
            form.data = form.data.copy()
            form.data[self.seen_field] = str(self.current_seen())
            context = self.get_context_data(form=form, stale_texts=self.current_texts())
            return self.render_to_response(context, status=409)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(request, self.success_message)
        return HttpResponseRedirect(self.council_url(self.success_url_name))
