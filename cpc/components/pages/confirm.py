"""A question before something is done by one press."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.generic import TemplateView

from cpc.components.errors import Refused, Stale
from cpc.components.forms import Form, VersionField
from cpc.components.mixins import PermissionRequired
from cpc.components.pages.reading import read_anew


class Confirm(PermissionRequired, TemplateView):
    """GET asks, POST does it: a plain form, so it works without JavaScript.

    Subclasses give `title`, `text`, where it leads and `perform()`, which calls the service and returns False where
    nothing was left to do: a second press is told so by `already`. `seen_version()` is the version of what the person
    reads before the press; it comes back as `posted_version`. A refusal is told on the page that it leads to, or, where
    `stays` is True, in place of the button.
    """

    template_name = "components/confirm_page.html"
    title = ""
    text = ""
    submit_text = "Confirm"
    success_message = "Done"
    already = ""
    warning = False
    stays = False
    request: Any
    kwargs: dict[str, Any]

    def perform(self) -> Any:
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    def get_success_url(self) -> str:
        raise ImproperlyConfigured(f"{type(self).__name__} does not say where it leads.")

    def get_title(self) -> str:
        return self.title

    def get_text(self) -> str:
        return self.text

    def get_success_message(self) -> str:
        return self.success_message

    def get_already(self) -> str:
        return self.already

    def why_not(self) -> str:
        """Why there is no button here; empty when there is."""
        return ""

    def seen_version(self) -> int | None:
        return None

    @property
    def posted_version(self) -> int:
        return VersionField().clean(self.request.POST.get("version"))

    def hidden(self) -> dict[str, Any]:
        """What comes back with the press."""
        version = self.seen_version()
        return {} if version is None else {"version": version}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {
            "title": self.get_title(),
            "text": self.get_text(),
            "submit_text": self.submit_text,
            "warning": self.warning,
            "back_url": self.get_success_url(),
            "hidden": self.hidden(),
        }
        return own | super().get_context_data(**kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(why_not=self.why_not()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            done = self.perform()
        except Refused as error:
            return self.refused(error)
        self.tell(done)
        return HttpResponseRedirect(self.get_success_url())

    def tell(self, done: Any) -> None:
        """What was done, for whoever pressed; `done` is what `perform` returned."""
        if done is False:
            messages.warning(self.request, self.get_already())
        else:
            messages.success(self.request, self.get_success_message())

    def refused(self, error: Refused) -> HttpResponse:
        if not self.stays:
            messages.add_message(self.request, messages.ERROR if error.is_error else messages.WARNING, error.message)
            return HttpResponseRedirect(self.get_success_url())
        # As it is now, not as it was when the page was asked for: the next press is a decision made knowing it.
        read_anew(self)
        form = Form({})
        form.add_error(None, error.message)
        is_stale = isinstance(error, Stale)
        why_not = self.why_not() if is_stale else error.message
        return self.render_to_response(
            self.get_context_data(form=form, why_not=why_not), status=409 if is_stale else 422
        )
