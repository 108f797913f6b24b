"""Reads one mail from standard input, as a mail server pipes it: a delivery report marks its message as come back."""

import email
import sys
from typing import Any

from django.core.management.base import BaseCommand

from cpc.notifications.bounces import came_back, mark_came_back


class Command(BaseCommand):
    help = "Read a delivery report from standard input (docs/operations.md). Anything else is let pass."

    def handle(self, *args: Any, **options: Any) -> None:
        found = came_back(email.message_from_bytes(sys.stdin.buffer.read(10 * 1024 * 1024)))
        if found is None:
            self.stdout.write("Not a report of a mail of this service that did not arrive.")
            return
        message, why = found
        if mark_came_back(pk=message.pk, reason=why):
            self.stdout.write(f"Message {message.pk} came back.")
        else:
            self.stdout.write(f"Message {message.pk} is known to have come back, or was sent again since.")
