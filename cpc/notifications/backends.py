"""Mail through GOV.UK Notify: a Django e-mail backend, chosen by EMAIL_BACKEND (docs/operations.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from notifications_python_client import NotificationsAPIClient


def notify_client() -> NotificationsAPIClient:
    """Raises ImproperlyConfigured without a key; each error says what Notify answered."""
    if not settings.NOTIFY_API_KEY or not settings.NOTIFY_TEMPLATE_ID:
        raise ImproperlyConfigured("Set NOTIFY_API_KEY and NOTIFY_TEMPLATE_ID to send mail through GOV.UK Notify.")
    return NotificationsAPIClient(settings.NOTIFY_API_KEY, base_url=settings.NOTIFY_URL, timeout=settings.EMAIL_TIMEOUT)


class NotifyEmailBackend(BaseEmailBackend):
    """One template of Notify's with the values `subject` and `body`; plain text, as Notify lays mail out itself.

    Notify drops no copies, so it is asked first whether it has taken a mail of this Message-ID: a worker that died
    before it could write down that a mail was sent sends no second. Attachments do not go with it: every date stands
    in the words too.
    """

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently, **kwargs)
        self.client = notify_client()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return sum(self._send(mail, address) for mail in email_messages for address in mail.recipients())

    def _send(self, mail: EmailMessage, address: str) -> int:
        reference = mail.extra_headers.get("Message-ID", "")
        if not (reference and taken(self.client, reference, address)):
            self.client.send_email_notification(
                email_address=address,
                template_id=settings.NOTIFY_TEMPLATE_ID,
                personalisation={"subject": mail.subject, "body": str(mail.body)},
                reference=reference or None,
            )
        return 1


def taken(client: NotificationsAPIClient, reference: str, address: str) -> dict[str, Any] | None:
    """What Notify knows of the mail with this Message-ID to this address; None when it has not had it."""
    answer = client.get_all_notifications(template_type="email", reference=reference)
    found = answer.get("notifications", [])
    return next((each for each in found if each.get("email_address", "").lower() == address.lower()), None)
