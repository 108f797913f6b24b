"""Whom the LGA writes to at a council, and the people of the councils before it."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import TemplateView

from councils import forms, queries
from councils.contacts import services as contact_services
from councils.models import Contact
from councils.views import PAGE_SIZE, CouncilForm, CouncilMixin


def any_to_bring_over(people: list[Any]) -> bool:
    return any(not each.is_here for each in people)


class ContactList(CouncilMixin, TemplateView):
    permission_required = "councils.view_contacts"
    template_name = "councils/contacts/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(queries.contacts(self.council), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {
            "council": self.council,
            "page_obj": page,
            "is_any_before": any_to_bring_over(queries.contacts_before(self.council)),
            "today": timezone.localdate(),
        }


class ContactAdd(CouncilForm):
    form_class = forms.ContactForm
    title = "Add a contact"
    success_message = "The contact is added"
    back_to = "councils:contact-list"

    def save(self, form: Any) -> Any:
        return contact_services.add_contact(council=self.council, by=self.request.user, **form.cleaned_data)


class ContactForm(CouncilForm):
    """A form about one contact of the council."""

    back_to = "councils:contact-list"

    @cached_property
    def contact(self) -> Contact:
        return get_object_or_404(Contact, council=self.council, pk=self.kwargs["pk"])

    def current_version(self) -> int:
        self.contact.refresh_from_db()
        return self.contact.version


class ContactChange(ContactForm):
    form_class = forms.ContactChangeForm
    title = "Change a contact"
    success_message = "The contact is changed"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"intro": self.contact.get_role_display()}

    def get_initial(self) -> dict[str, Any]:
        contact = self.contact
        return {"name": contact.name, "email": contact.email, "phone": contact.phone, "version": contact.version}

    def current_texts(self) -> dict[str, str]:
        contact = self.contact
        return {"Name": contact.name, "E-mail address": contact.email, "Telephone number": contact.phone}

    def save(self, form: Any) -> Any:
        return contact_services.change_contact(contact=self.contact, by=self.request.user, **form.cleaned_data)


class ContactEnd(ContactForm):
    form_class = forms.EndContactForm
    title = "Record the last day of a contact"
    success_message = "The last day is recorded"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"intro": str(self.contact)}

    def get_initial(self) -> dict[str, Any]:
        return {"ended_on": self.contact.ended_on, "version": self.contact.version}

    def current_texts(self) -> dict[str, str]:
        return {"Last day": f"{self.contact.ended_on:%-d %B %Y}" if self.contact.ended_on else ""}

    def save(self, form: Any) -> Any:
        return contact_services.end_contact(contact=self.contact, by=self.request.user, **form.cleaned_data)


class ContactsBringOver(CouncilForm):
    title = "Bring contacts over from the councils before"
    success_message = "The contacts are brought over"
    back_to = "councils:contact-list"

    @cached_property
    def people(self) -> list[Contact]:
        return queries.contacts_before(self.council)

    @property
    def form_class(self) -> Any:  # type: ignore[override]
        return partial(forms.BringOverForm, people=self.people)

    def get_initial(self) -> dict[str, Any]:
        today = timezone.localdate()
        return {"started_on": max(self.council.start_on or today, today)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        intro = (
            "Whoever you choose is a contact of this council too. Nothing changes at the council that they come from."
        )
        why_not = (
            "" if any_to_bring_over(self.people) else "Nobody of the councils before this one is left to bring over."
        )
        return super().get_context_data(**kwargs) | {"intro": intro, "submit_text": "Bring over", "why_not": why_not}

    def save(self, form: Any) -> Any:
        return contact_services.bring_over_contacts(
            council=self.council,
            contacts=form.chosen(),
            started_on=form.cleaned_data["started_on"],
            by=self.request.user,
        )
