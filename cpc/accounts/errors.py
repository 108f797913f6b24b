"""Refusals of the account services. Each text is a sentence for the person who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpc.components.errors import Refused

if TYPE_CHECKING:
    from cpc.accounts.models import Invitation


class InvitationWaits(Refused):
    """The address has an invitation already: it can be sent again."""

    def __init__(self, message: str, invitation: Invitation | None) -> None:
        super().__init__(message, field="email")
        self.invitation = invitation


class AddressLinkClosed(Refused):
    """A link that changes no address."""


class InvitationClosed(Refused):
    """A link that makes no account. `reason`: unknown, expired, withdrawn, used, refused."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
