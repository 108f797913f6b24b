"""A page with one form that a service saves."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.db.models import ForeignKey, ManyToManyField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.generic import FormView

from cpc.components.errors import Refused, Stale
from cpc.components.mixins import PermissionRequired
from cpc.components.pages.reading import read_anew


class ServiceForm(PermissionRequired, FormView):  # type: ignore[type-arg]
    """Subclasses give `form_class`, `title`, where it leads and `save(form)`, which calls the service.

    A Refused appears beside the field it names, or at the top (422). A Stale shows both texts and keeps the form filled
    (409); the next press is a decision made knowing both. What stands already is saved: a second click is nobody else.

    A page that changes a row says in `changes` which of its own attributes finds it. The fields of the form that the row
    has are filled from it and are told from it after a stale save, so that a field is named in its form alone. `value_of`
    and `words_of` are for fields that a page shows in another way; `writes` names the fields where the form has others
    that only share their names with some of the row's.
    """

    http_method_names = ["get", "head", "post", "options"]
    template_name = "components/form_page.html"
    title = ""
    caption = ""
    intro = ""
    submit_text = "Save"
    success_message = "Saved"
    warning = False
    changes = ""
    # The attribute that finds the row whose version the form carries, where that is another one.
    version_of = ""
    writes: tuple[str, ...] | None = None
    # Hidden fields that carry what the person had read; the first is that of the row itself.
    seen_fields: tuple[str, ...] = ("version",)
    # The field that counts how often the row was saved.
    counter = "version"
    # A decision about what the page shows, and not words that are written: a stale one was made about something else.
    is_decision = False
    # Fields that a link to the page may fill.
    asked: tuple[str, ...] = ()
    # What several people write: typed words go to the server while they are typed, colleagues are seen (cpc/drafts).
    # `shared_text` is the kind whose versions are kept of the row that the page changes.
    is_shared = False
    shared_text = ""
    request: Any
    kwargs: dict[str, Any]
    saved: Any = None

    # ------------------------------------------------------------------ what a page says of itself

    def save(self, form: Any) -> Any:
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    @property
    def row(self) -> Any:
        return getattr(self, self.changes) if self.changes else None

    @property
    def versioned(self) -> Any:
        return getattr(self, self.version_of) if self.version_of else self.row

    def get_title(self) -> str:
        return self.title

    def get_caption(self) -> str:
        return self.caption

    def get_intro(self) -> str:
        return self.intro

    def get_back_url(self) -> str:
        return self.get_success_url()

    def get_success_message(self, form: Any) -> str:
        return self.success_message

    def why_not(self) -> str:
        """Why there is no form here; empty when there is."""
        return ""

    # ------------------------------------------------------------------ a field is named once

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The fields that are filled from the row and told from it."""
        if self.writes is not None or self.row is None:
            return self.writes or ()
        known = {field.name for field in self.row._meta.get_fields()}
        form_class: Any = self.get_form_class()
        return tuple(name for name in form_class.base_fields if name in known and name not in self.seen_fields)

    def value_of(self, row: Any, name: str) -> Any:
        """What stands in a field of the row, as the form is filled with it."""
        field = row._meta.get_field(name)
        if isinstance(field, ManyToManyField):
            return [each.pk for each in getattr(row, name).all()] if row.pk else []
        return getattr(row, field.attname)

    def words_of(self, row: Any, name: str) -> Any:
        """The same, as a page tells it."""
        field = row._meta.get_field(name)
        if isinstance(field, ManyToManyField):
            return ", ".join(str(each) for each in getattr(row, name).all()) if row.pk else ""
        if isinstance(field, ForeignKey):
            return str(getattr(row, name) or "")
        return getattr(row, f"get_{name}_display")() if field.choices else getattr(row, name)

    def get_initial(self) -> dict[str, Any]:
        initial = {name: self.request.GET.get(name) for name in self.asked}
        initial |= {name: self.value_of(self.row, name) for name in self.written}
        if self.versioned is not None:
            initial[self.seen_fields[0]] = getattr(self.versioned, self.counter)
        return initial

    def current_texts(self, form: Any) -> dict[str, Any]:
        """Label -> what stands in the database now, for the page that shows both texts of a stale save."""
        return {str(form.fields[name].label): self.words_of(self.row, name) for name in self.written}

    def typed(self, form: Any) -> dict[str, Any]:
        """What was typed, without what the person had read: for a service that makes something new."""
        return {name: value for name, value in form.cleaned_data.items() if name not in self.seen_fields}

    # ------------------------------------------------------------------ asked and answered

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        own = {
            "title": self.get_title(),
            "caption": self.get_caption(),
            "intro": self.get_intro(),
            "submit_text": self.submit_text,
            "warning": self.warning,
            "back_url": self.get_back_url(),
        }
        return own | context

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # In place of the form, so that nobody writes what cannot be saved. A post still brings back what was typed.
        return self.render_to_response(self.get_context_data(why_not=self.why_not()))

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            self.saved = self.save(form)
        except Stale as error:
            return self.stale(form, error)
        except Refused as error:
            return self.refused(form, error)
        return self.done(form)

    def refused(self, form: Any, error: Refused) -> HttpResponse:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return self.form_invalid(form)

    def stale(self, form: Any, error: Stale) -> HttpResponse:
        read_anew(self)
        changed = self.get_form().changed_data
        if not self.is_decision and changed == [self.seen_fields[0]]:
            # A second click: what stands is what was typed, so there are no two texts.
            return self.done(form)
        form.add_error(None, error.message)
        differing = {str(form.fields[name].label) for name in changed if name in form.fields}
        context = self.get_context_data(
            form=self.refreshed(form), stale_texts=self.current_texts(form), stale_differing=differing
        )
        return self.render_to_response(context, status=409)

    def refreshed(self, form: Any) -> Any:
        """The typed form with what stands now in its hidden fields: the next press is made knowing it."""
        now = self.get_initial()
        form.data = form.data.copy()
        for name in self.seen_fields:
            if name in form.fields and name in now:
                form.data[form.add_prefix(name)] = str(now[name])
        return form

    def done(self, form: Any) -> HttpResponse:
        # What was typed is no draft any more. A page that leads elsewhere without this has saved nothing.
        self.request.is_saved = True
        message = self.get_success_message(form)
        if message:
            messages.success(self.request, message)
        return HttpResponseRedirect(self.get_success_url())
