"""Whom the LGA writes to at a council. Each change is announced inside its transaction (councils.events)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction

from councils.events import announce
from councils.models import Contact, Council
from councils.queries import contacts_before
from councils.services import STALE
from cpc.components.errors import Refused
from cpc.components.text import NotAnAddress, email_address
from cpc.components.versioned import check_version


def _check_open_contact(*, council: Council, role: str, email: str, but_not: int = 0) -> None:
    held = Contact.objects.filter(council=council, role=role, email=email, ended_on=None).exclude(pk=but_not).first()
    if held:
        raise Refused(
            f"{held.name} is a contact with this address already. Change that contact, or record their last day first.",
            field="email",
        )


def _address(typed: str) -> str:
    try:
        return email_address(typed)
    except NotAnAddress as error:
        raise Refused(str(error), field="email") from error


def _contact_words(contact: Contact) -> dict[str, Any]:
    # An address has no place in a record that is never deleted.
    return {"name": contact.name, "contact_role": contact.get_role_display(), "contact_id": contact.pk}


@transaction.atomic
def add_contact(
    *, council: Council, role: str, name: str, email: str, phone: str, started_on: date, by: Any
) -> Contact:
    """Whom the LGA writes to, from a day that may be still to come. The same again is the same contact."""
    Council.objects.select_for_update().get(pk=council.pk)
    facts: dict[str, Any] = {
        "role": role,
        "name": name.strip(),
        "email": _address(email),
        "phone": phone.strip(),
        "started_on": started_on,
    }
    same = Contact.objects.filter(council=council, ended_on=None, **facts).first()
    if same:
        return same
    _check_open_contact(council=council, role=role, email=facts["email"])
    contact = Contact.objects.create(council=council, **facts)
    announce("contact_added", by=by, council=council, data=_contact_words(contact))
    return contact


@transaction.atomic
def change_contact(*, contact: Contact, name: str, email: str, phone: str, version: int, by: Any) -> Contact:
    """A name, address or number corrected. The same again changes nothing."""
    council = Council.objects.select_for_update().get(pk=contact.council_id)
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    wanted = (name.strip(), _address(email), phone.strip())
    if (contact.name, contact.email, contact.phone) == wanted:
        return contact
    check_version(contact, version, STALE)
    if contact.ended_on is None:
        _check_open_contact(council=council, role=contact.role, email=wanted[1], but_not=contact.pk)
    contact.name, contact.email, contact.phone = wanted
    contact.version += 1
    contact.save(update_fields=["name", "email", "phone", "version"])
    announce("contact_changed", by=by, council=council, data=_contact_words(contact))
    return contact


@transaction.atomic
def end_contact(*, contact: Contact, ended_on: date, version: int, by: Any) -> Contact:
    """The last day of a contact, for the first time or corrected. The same day again changes nothing."""
    council = Council.objects.select_for_update().get(pk=contact.council_id)
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.ended_on == ended_on:
        return contact
    check_version(contact, version, STALE)
    if ended_on < contact.started_on:
        raise Refused(
            f"The last day must be the same as or after the first, {contact.started_on:%-d %B %Y}", field="ended_on"
        )
    contact.ended_on = ended_on
    contact.version += 1
    contact.save(update_fields=["ended_on", "version"])
    announce(
        "contact_ended",
        by=by,
        council=council,
        data=_contact_words(contact) | {"ended_on": ended_on.isoformat()},
    )
    return contact


@transaction.atomic
def bring_over_contacts(*, council: Council, contacts: Collection[Contact], started_on: date, by: Any) -> list[Contact]:
    """People of the councils before become contacts of the one that follows, from a day on. Whoever is one
    already stays as they are, so that the same again adds nobody."""
    Council.objects.select_for_update().get(pk=council.pk)
    if not {contact.pk for contact in contacts} <= {contact.pk for contact in contacts_before(council)}:
        raise Refused("Choose contacts of the councils before this one", field="contacts")
    held = {(each.role, each.email) for each in Contact.objects.filter(council=council, ended_on=None)}
    added = []
    for contact in contacts:
        who = (contact.role, contact.email)
        if who not in held:
            held.add(who)
            facts = {name: getattr(contact, name) for name in ("role", "name", "email", "phone")}
            added.append(add_contact(council=council, started_on=started_on, by=by, **facts))
    return added
