"""What the service logs: one line of JSON a happening, with the request or task and the person it belongs to.

No line holds what somebody typed, a name or an address of mail; of an address on the service only its pattern and the
numbers in it, since some addresses are secrets (an invitation's link). A request's number is on the error page and in
the header X-Request-ID, so that who calls for help can quote it.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog
from celery.signals import task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

access_log = structlog.stdlib.get_logger("access")

# What a request's number from a proxy may look like; anything else gets one of ours.
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Parts of an address that say which thing was asked for. Others, such as a token, are never logged.
LOGGED_PARTS = frozenset({"pk", "reference", "slug", "number", "position"})
# Asked every few seconds by machines; logged only when something is wrong.
HEALTH = frozenset({"/healthz", "/readyz"})

CURRENT: ContextVar[HttpRequest | None] = ContextVar("current", default=None)


def person_of(request: HttpRequest | None) -> int | None:
    """Who is signed in, if the request has asked for them already: a log line costs no statement."""
    user: Any = getattr(request, "user", None)
    loaded = getattr(user, "_wrapped", user)
    return getattr(loaded, "pk", None)


def add_person(logger: Any, method: str, event: Any) -> Any:
    if (person := person_of(CURRENT.get())) is not None:
        event.setdefault("person", person)
    return event


# What PostgreSQL adds to an error: the values of the row.
DETAILS = re.compile(r"^(DETAIL|CONTEXT|HINT|LINE \d+):.*\n?", re.MULTILINE)


def without_details(logger: Any, method: str, event: Any) -> Any:
    if isinstance(event.get("exception"), str):
        event["exception"] = DETAILS.sub("", event["exception"])
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    add_person,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(level: str, as_json: bool) -> dict[str, Any]:
    """The LOGGING setting. As JSON for machines; as plain lines on a developer's own screen."""
    renderer: Any = structlog.processors.JSONRenderer()
    if not as_json:
        # Never with the values of variables, whatever library for that is installed.
        renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([structlog.processors.format_exc_info, without_details] if as_json else []),
                    renderer,
                ],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Each would be logged a second time: the access log has the status, and the error its own line.
            "django.server": {"level": "ERROR"},
            "django.request": {"level": "ERROR"},
        },
    }


def what_was_asked(request: HttpRequest) -> dict[str, Any]:
    """The address without anything secret: its pattern, and the parts that name a thing."""
    match = request.resolver_match
    if match is None:
        return {"route": None}
    return {"route": match.route} | {name: part for name, part in match.kwargs.items() if name in LOGGED_PARTS}


class RequestLogMiddleware:
    """Gives each request its number, and logs what was answered, to whom, and how long it took."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-ID", "")
        number = sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        request.number = number  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=number)
        CURRENT.set(request)
        begun = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = number
            self.log(request, response, round((time.perf_counter() - begun) * 1000))
        finally:
            CURRENT.set(None)
        return response

    def log(self, request: HttpRequest, response: HttpResponse, milliseconds: int) -> None:
        if request.path in HEALTH and response.status_code < 500:
            return
        access_log.log(
            logging.WARNING if response.status_code >= 500 else logging.INFO,
            "request",
            method=request.method,
            status=response.status_code,
            milliseconds=milliseconds,
            **what_was_asked(request),
        )


@task_prerun.connect
def begin_task(task_id: str = "", task: Any = None, **kwargs: Any) -> None:
    CURRENT.set(None)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@task_postrun.connect
def end_task(**kwargs: Any) -> None:
    structlog.contextvars.clear_contextvars()
