"""The address of a page that anybody can open: what is published stands at one, and is not known by any other."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from django.core.validators import URLValidator

from cpc.components import forms
from cpc.components.forms import ValidationError
from cpc.components.text import visible_text

# Mail programs wrap an address in one of their own, which runs out and tells whose mailbox it came from.
WRAPPED = {"safelinks.protection.outlook.com": "url", "google.com": "q", "slack-redir.net": "url", "facebook.com": "u"}
WRAPPED_FOR_GOOD = (
    "urldefense.com", "urldefense.proofpoint.com", "mimecast.com", "protect-eu.mimecast.com", "linkprotect.cudasvc.com",
)  # fmt: skip
# Where only people of the organisation are let in.
INSIDE = (
    "sharepoint.com",
    "onedrive.live.com",
    "1drv.ms",
    "teams.microsoft.com",
    "office.com",
    "outlook.com",
    "yammer.com",
)
PRIVATE_ENDINGS = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "corp", "home", "private", "invalid", "onion",
)  # fmt: skip
NUMBER = re.compile(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+))*", re.I)


class NotPublic(ValueError):
    """The message says why nobody outside could open the address, and what to enter."""


def _is(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def unwrapped(address: str) -> str:
    """The address inside the one that a mail program made of it."""
    for _each in range(3):
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".").lower()
        name = next((field for wrapper, field in WRAPPED.items() if _is(host, wrapper)), "")
        inside = parse_qs(parts.query).get(name, [""])[0] if name else ""
        if not re.match("https?://", inside, re.I):
            return address
        address = inside
    return address


def public_address(typed: str) -> str:
    """The address as it is published. Raises NotPublic for one that opens for some people only."""
    try:
        address = unwrapped(visible_text(typed).strip())
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".").lower()
        parts.port  # noqa: B018 - raises ValueError for a port that is none
    except ValueError as error:
        raise NotPublic("Enter a web address in the correct format, like https://www.example.gov.uk/report") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise NotPublic("Enter a web address that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise NotPublic("The address has a name or password before the host. Enter it without them")
    if any(_is(host, name) for name in WRAPPED_FOR_GOOD) or _is(host, "safelinks.protection.outlook.com"):
        raise NotPublic("This address was made by an email program. Open the page and copy the address from there")
    if any(_is(host, name) for name in INSIDE):
        raise NotPublic(
            "This address opens for people of one organisation only. Enter the address of the page on the public website"
        )
    if ":" in host or NUMBER.fullmatch(host):
        raise NotPublic("The host is a number, which is no public address. Enter the name of the website")
    if "." not in host or host.startswith("intranet.") or any(_is(host, name) for name in PRIVATE_ENDINGS):
        raise NotPublic(
            "This address opens inside one network only. Enter the address of the page on the public website"
        )
    return address


class PublicAddressField(forms.URLField):
    """Where a report or a plan stands for everybody to read."""

    def to_python(self, value: object) -> str:
        address = super().to_python(value)
        if not address:
            return address
        try:
            return super().to_python(public_address(address))
        except NotPublic as error:
            try:
                URLValidator()(address)
            except ValidationError:
                # No web address at all: the field's own checks say so.
                return address
            raise ValidationError(str(error), code="not_public") from error
