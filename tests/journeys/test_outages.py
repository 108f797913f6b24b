"""One part after the other is away while people read and write: what does not need it goes on, the rest gets our own page.

Prints the table: part, role, action, and what was answered; and the slowest answer about the service's health.
"""

from __future__ import annotations

import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.test import Client, override_settings

from cpc.config import health
from cpc.config.cache import RedisOrMemory, RedisOrNothing
from cpc.config.database.base import SILENCE, DatabaseWrapper
from cpc.demo import embedded
from cpc.documents import scanning
from cpc.documents.models import DocumentVersion
from cpc.notifications import services
from tests.cpc.documents.object_store import object_store
from tests.cpc.documents.test_views import add, download, page
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db(transaction=True)

HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Cache-Control")
HEALTH = ("alive", "ready")
NOBODY_LISTENS = 1
# Part -> action -> what is answered in place of what is answered when all is well. What hangs is called silent.
DIFFERENT: dict[str, dict[str, int]] = {
    "redis": {},
    "redis silent": {},
    "mail": {},
    "mail silent": {},
    "scanner": {},
    "scanner silent": {},
    "store": {"download": 503, "upload": 422},
}
_numbers = count(1)


def cache_settings(url: str) -> dict[str, Any]:
    options = {"LOCATION": url, "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1.0}}
    kinds = {"default": RedisOrMemory, "sessions": RedisOrNothing}
    return {
        name: options | {"BACKEND": f"{kind.__module__}.{kind.__name__}", "KEY_PREFIX": name}
        for name, kind in kinds.items()
    }


class World:
    def __init__(self, settings: Any, monkeypatch: pytest.MonkeyPatch, redis: embedded.Redis, store: Any) -> None:
        self.settings, self.monkeypatch, self.redis, self.store = settings, monkeypatch, redis, store

    @contextmanager
    def away(self, part: str) -> Iterator[None]:
        port = NOBODY_LISTENS
        with ExitStack() as stack:
            if part.endswith(" silent"):
                # Who connects is never answered.
                line = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
                port = line.getsockname()[1]
            patch = stack.enter_context(self.monkeypatch.context())
            patch.setattr(health, "PARTS", health.parts())
            self._take_away(part.removesuffix(" silent"), port, stack, patch)
            yield

    def _take_away(self, part: str, port: int, stack: ExitStack, patch: pytest.MonkeyPatch) -> None:
        if part == "mail":
            smtp = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
            stack.enter_context(override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, **smtp))
        elif part == "scanner":
            stack.enter_context(override_settings(CLAMD_ADDRESS=f"127.0.0.1:{port}"))
            patch.setattr("cpc.documents.services.WORKER_TIMEOUT", 1.0)
            stack.callback(scanning.SILENCE.end)
        elif part == "postgresql":
            connections.close_all()
            connect = DatabaseWrapper.get_new_connection

            def elsewhere(wrapper: Any, parameters: Any) -> Any:
                return connect(wrapper, parameters | {"host": "127.0.0.1", "port": port, "connect_timeout": 2})

            patch.setattr(DatabaseWrapper, "get_new_connection", elsewhere)
            stack.callback(SILENCE.end)
        elif part == "store":
            self.store.stop()
            stack.callback(self.store.start)
        elif port == NOBODY_LISTENS:
            self.redis.stop()
            stack.callback(self.redis.start)
        else:
            assert self.redis.process
            self.redis.process.send_signal(signal.SIGSTOP)
            stack.callback(self.redis.process.send_signal, signal.SIGCONT)


@pytest.fixture
def world(settings, monkeypatch) -> Iterator[World]:
    monkeypatch.setattr(services, "HINTS", [])
    with tempfile.TemporaryDirectory(prefix="cpc-") as folder, object_store() as store:
        redis = embedded.Redis(Path(folder)).start()
        settings.CACHES = cache_settings(redis.url())
        settings.STORAGES = settings.STORAGES | {"documents": store.settings()}
        monkeypatch.setattr(DocumentVersion._meta.get_field("file"), "storage", storages["documents"])
        yield World(settings, monkeypatch, redis, store)
        redis.stop()


@pytest.mark.long
def test_each_part_away_in_turn(world):
    with transaction.atomic():
        staged = make_staged()
        document = add(staged)
    boss = make_user("programme_manager")
    addresses = {"my work": "/my-work/", "pipeline": "/pipeline/", "case": f"/cases/{staged.case.reference}/"}
    file, form = download(document), page(document, "new-version")
    people = {
        "programme manager": boss,
        "challenge manager": staged.manager,
        "coordinator": staged.coordinator,
        "leader": staged.leader,
        "lead member peer": staged.lead_member,
        "administrator": staged.administrator,
    }
    clients: dict[str, Client] = {}
    for name, person in people.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    slowest = 0.0

    def ask(client: Client, action: str) -> Any:
        nonlocal slowest
        if action == "upload":
            return client.post(form, {"upload": SimpleUploadedFile("n.txt", f"words {next(_numbers)}".encode())})
        if action == "sign-in code":
            # Each time somebody else, from elsewhere: the limits are not what is tried here.
            number = next(_numbers)
            email = {"email": f"somebody.{number}@example.org"}
            return client.post("/accounts/login/code/", email, REMOTE_ADDR=f"192.0.2.{number}")
        if action in HEALTH:
            began = time.monotonic()
            answer = client.get("/healthz" if action == "alive" else "/readyz")
            slowest = max(slowest, time.monotonic() - began)
            return answer
        return client.get({"download": file, "sign-in page": "/accounts/login/"}.get(action) or addresses[action])

    def round_of() -> dict[tuple[str, str], Any]:
        found = {
            ("nobody", action): ask(Client(raise_request_exception=False), action)
            for action in (*HEALTH, "sign-in page", "sign-in code")
        }
        for name in people:
            for action in (*addresses, "download", "upload"):
                found[name, action] = ask(clients[name], action)
        return found

    well = {key: answer.status_code for key, answer in round_of().items()}
    assert well["challenge manager", "upload"] == 302
    assert well["nobody", "ready"] == 200
    wrong, table = [], []
    for part in (*DIFFERENT, "postgresql", "postgresql silent"):
        with world.away(part):
            began = time.monotonic()
            found = round_of()
            table.append(f"{part:<18}{len(found)} answers in {time.monotonic() - began:.1f} s")
        for (name, action), answer in found.items():
            wanted = well[name, action]
            if part.startswith("postgresql"):
                wanted = 200 if action == "alive" or (action == "sign-in page" and answer.status_code == 200) else 503
            elif wanted in {200, 302}:
                wanted = DIFFERENT[part].get(action, wanted)
            table.append(f"{part:<18}{name:<19}{action:<14}{answer.status_code}")
            if answer.status_code != wanted:
                wrong.append(f"{table[-1]}, not {wanted}")
            if answer.status_code >= 500 and action not in HEALTH and "app-header" not in answer.content.decode():
                wrong.append(f"{table[-1]}: not our own page")
            wrong += [f"{table[-1]}: no {header}" for header in HEADERS if header not in answer.headers]
        # All is well again, and nobody was signed out.
        after = {key: answer.status_code for key, answer in round_of().items()}
        wrong += [f"after {part}: {key} {after[key]}, not {well[key]}" for key in well if after[key] != well[key]]
    print("\n" + "\n".join(table) + f"\nslowest answer about health: {slowest:.2f} s")
    assert wrong == [], "\n".join(wrong)
