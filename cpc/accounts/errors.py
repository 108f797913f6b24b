"""Refusals of the account services. Each text is a sentence for the person who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpc.accounts.models import Invitation


class AccountError(Exception):
    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        # The form field the message belongs beside; empty for the form as a whole.
        self.field = field


class StaleAccount(AccountError):
    """Somebody saved first."""


class InvitationWaits(AccountError):
    """The address has an invitation already: it can be sent again."""

    def __init__(self, message: str, invitation: Invitation | None) -> None:
        super().__init__(message, field="email")
        self.invitation = invitation


class AddressLinkClosed(AccountError):
    """A link that changes no address."""


class InvitationClosed(AccountError):
    """A link that makes no account. `reason`: unknown, expired, withdrawn, used, refused."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
