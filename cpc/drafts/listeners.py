"""Signing out on purpose ends what the browser remembers of the person."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver


@receiver(user_logged_out, dispatch_uid="drafts.signed_out")
def signed_out(sender: Any, *, request: Any, **kwargs: Any) -> None:
    if request is not None:
        request.is_signed_out = True
