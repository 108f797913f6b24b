"""Errors sent to Sentry: where it broke and in which request, and nothing of what people wrote or who they are.

What is confidential here (findings, drafts, notes) passes through variables and request bodies: neither is sent.
"""

from __future__ import annotations

from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

# Of a request, what may leave the service. Addresses may hold an invitation's token, headers a cookie.
KEPT_OF_REQUEST = ("method",)


def without_words(event: Any, hint: Any) -> Any:
    """The event without the request's address and headers, texts of errors and breadcrumbs, with our number of the request."""
    event["request"] = {name: event.get("request", {}).get(name) for name in KEPT_OF_REQUEST}
    event.pop("breadcrumbs", None)
    event.pop("user", None)
    for error in (event.get("exception") or {}).get("values") or []:
        # The text of an error may quote what was typed; its kind and its place do not.
        error["value"] = ""
    event.setdefault("tags", {}).update(structlog.contextvars.get_contextvars())
    return event


def start(dsn: str, environment: str, **options: Any) -> None:
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        integrations=[DjangoIntegration(transaction_style="url"), CeleryIntegration()],
        before_send=without_words,
        **options,
    )
