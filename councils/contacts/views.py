"""Whom the LGA writes to at a council, and the people of the councils before it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from councils import forms, queries
from councils.contacts import services as contact_services
from councils.models import Contact
from councils.views import CouncilForm, CouncilMixin
from cpc.components.pages import ListPage


def any_to_bring_over(people: list[Any]) -> bool:
    return any(not each.is_here for each in people)


class ContactList(CouncilMixin, ListPage):
    permission_required = "councils.view_contacts"
    file_name = "contacts"
    columns = {
        "Name": "name",
        "Role": "get_role_display",
        "Address": "email",
        "Phone": "phone",
        "Since": "started_on",
        "Until": "ended_on",
    }
    template_name = "councils/contacts/list.html"

    def get_rows(self) -> QuerySet[Contact]:
        return queries.contacts(self.council)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "council": self.council,
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
    changes = "contact"

    @cached_property
    def contact(self) -> Contact:
        return get_object_or_404(Contact, council=self.council, pk=self.kwargs["pk"])


class ContactChange(ContactForm):
    form_class = forms.ContactChangeForm
    title = "Change a contact"
    success_message = "The contact is changed"

    def get_intro(self) -> str:
        return self.contact.get_role_display()

    def save(self, form: Any) -> Any:
        return contact_services.change_contact(contact=self.contact, by=self.request.user, **form.cleaned_data)


class ContactEnd(ContactForm):
    form_class = forms.EndContactForm
    title = "Record the last day of a contact"
    success_message = "The last day is recorded"

    def get_intro(self) -> str:
        return str(self.contact)

    def save(self, form: Any) -> Any:
        return contact_services.end_contact(contact=self.contact, by=self.request.user, **form.cleaned_data)


class ContactsBringOver(CouncilForm):
    title = "Bring contacts over from the councils before"
    success_message = "The contacts are brought over"
    back_to = "councils:contact-list"
    form_class = forms.BringOverForm
    intro = "Whoever you choose is a contact of this council too. Nothing changes at the council that they come from."
    submit_text = "Bring over"

    @cached_property
    def people(self) -> list[Contact]:
        return queries.contacts_before(self.council)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"people": self.people}

    def get_initial(self) -> dict[str, Any]:
        today = timezone.localdate()
        return {"started_on": max(self.council.start_on or today, today)}

    def why_not(self) -> str:
        there_is = any_to_bring_over(self.people)
        return "" if there_is else "There is no one left to bring over from the councils before this one."

    def save(self, form: Any) -> Any:
        return contact_services.bring_over_contacts(
            council=self.council,
            contacts=form.chosen(),
            started_on=form.cleaned_data["started_on"],
            by=self.request.user,
        )
