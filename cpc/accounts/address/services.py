"""Changing one's e-mail address: the old one is told at once, the new one is changed to when its holder says so."""

from __future__ import annotations

import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from cpc.accounts.address.models import AddressChange
from cpc.accounts.errors import AddressLinkClosed
from cpc.accounts.events import announce, mail_wanted
from cpc.accounts.models import User
from cpc.accounts.services import hash_of
from cpc.components.errors import Refused
from cpc.components.text import email_address

NOT_KNOWN = "This link does not belong to your account, or it was not copied whole."


def _mail(kind: str, user: User, email: str, **values: str) -> None:
    mail_wanted.send(sender=AddressChange, kind=kind, to=user, email=email, values=values)


def _day(change: AddressChange) -> str:
    return f"{timezone.localtime(change.expires_at):%-d %B %Y at %H:%M}"


@transaction.atomic
def ask_address_change(*, email: str, client: str, by: User) -> AddressChange:
    """Send a link to the new address and tell the old one. Raises Refused.

    Whether somebody else has the new address is not said on the page: that address is told.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    email = email_address(email)
    if email == user.email.lower():
        raise Refused("This is your address already", field="email")
    user.address_changes.filter(confirmed_at__isnull=True, replaced_at__isnull=True).update(replaced_at=timezone.now())
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    change = AddressChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=email,
        token_hash=hash_of(token),
        asked_at=now,
        expires_at=now + timedelta(hours=settings.ADDRESS_CHANGE_HOURS),
    )
    announce("address_change_asked", by=user, user=user, data={"name": user.full_name, "client": client})
    _mail("address_change_asked", user, user.email, new_email=email, client=client, until=_day(change))
    if User.objects.filter(email=email).exists():
        mail_wanted.send(sender=AddressChange, kind="address_taken", to=None, email=email, values={})
    else:
        link = f"/people/account/address/{token}/"
        _mail("address_change_confirm", user, email, url=link, until=_day(change))
    return change


def find_change(*, token: str, user: User) -> AddressChange:
    """The change of a link, for the page that asks. Raises AddressLinkClosed."""
    return _open(AddressChange.objects.filter(token_hash=hash_of(token), user=user).first())


def _open(change: AddressChange | None) -> AddressChange:
    if change is None:
        raise AddressLinkClosed(NOT_KNOWN)
    if change.confirmed_at:
        raise AddressLinkClosed("Your address was changed by this link already.")
    if not change.is_open():
        raise AddressLinkClosed("This link does not work any more. Ask for the change again.")
    return change


@transaction.atomic
def confirm_address_change(*, token: str, client: str, by: User) -> User:
    """From now on this is their address, to sign in with and for every mail. Raises AddressLinkClosed."""
    user = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    found = AddressChange.objects.select_for_update(of=("self",)).filter(token_hash=hash_of(token), user=user).first()
    change = _open(found)
    old = user.email
    try:
        with transaction.atomic():
            user.email = change.new_email
            user.version += 1
            user.save(update_fields=["email", "version"])
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    except IntegrityError as error:
        raise AddressLinkClosed("Someone else has an account with this address by now.") from error
    change.confirmed_at = timezone.now()
    change.save(update_fields=["confirmed_at"])
    announce(
        "address_changed",
        by=user,
        user=user,
        data={"name": user.full_name, "client": client, "old_email": old.lower(), "new_email": user.email},
    )
    for address in (old, user.email):
        _mail("address_changed", user, address, new_email=user.email, client=client)
    return user
