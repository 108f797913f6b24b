"""Nonsense sent to every address: query strings, ids in the path and every field of every form (QUALITY, "500s").

Nothing may end in a 500 or take more than a second; a form that comes back says what is wrong beside the field and at
the top, with everything that was typed. What a try changes is undone. Each field gets a few of the values, the same ones
at every run; `FUZZ_ALL=1 pytest tests/architecture/test_fuzz.py` sends them all.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from cpc.components.text import printable
from tests.addresses import arguments, own_url_names, url_names
from tests.architecture.test_permission_matrix import BACKEND
from tests.factories.accounts import make_invitation
from tests.factories.assessments import word_upload
from tests.factories.world import EVERYBODY, World, make_world
from tests.filling import DATE_PARTS, Field, PostForm, fill, parse, post_forms
from tests.html import problems
from tests.opening import open_for_work, who_opens

ALL = bool(os.environ.get("FUZZ_ALL"))
# How many of the nasty values a field or a filter gets in an everyday run.
TRIES = 1000 if ALL else 3
LIMIT = 1.0
LOGIN = "/accounts/login/"

# Four tests, so that two processes share the work. The first part of an address's name -> which test asks it.
PARTS = {
    "register": {
        "dashboard",
        "accounts",
        "audit",
        "councils",
        "peers",
        "deadlines",
        "reminders",
        "notifications",
        "documents",
        "drafts",
        "cycle",
        "due",
        "carried",
        "reorganisations",
        "",
    },
    "case": {"cases", "scheduling"},
    "before": {"composition", "self_assessment"},
    "after": {"onsite", "report", "action_plan", "progress_review"},
}

RIGHT_TO_LEFT = "\u202eשלום \u2066مرحبا"
ODD = "👩🏽‍🚒 Z͑ͫ̓a̴l̡g͢o \ufeff\u200b ﷽ ½ İı ß\u2028\u0085"
LONG = "x" * 10_000
HUGE = str(10**30)
# Half of a character, which UTF-8 has no bytes for; sent as they would be.
SURROGATE = b"a\xed\xa0\x80b\xff"

TEXTS: list[Any] = ["", LONG, "null\0byte", RIGHT_TO_LEFT, ODD, SURROGATE, "-1", HUGE, "   ", ["one", "two"], "<file>", "\x07\x1b", "٣", "1e5", "²", "<b>&quot;</b>{{ x }}%s%(x)s"]  # fmt: skip
CHOICES: list[Any] = [None, "", "no such", HUGE, "0", "-1", "null\0", "²", "٣", SURROGATE, ["1", "2"], LONG, "<file>", "1.5", [str(n) for n in range(300)]]  # fmt: skip
HIDDEN: list[Any] = [None, "", "abc", HUGE, "-1", "null\0", SURROGATE, LONG, ["1", "2"], "<file>", "²", "1e5"]
DATES: list[Any] = [
    ("31", "2", "2027"), ("1", "1", "0"), ("1", "1", "0000"), ("1", "1", "99999"), ("-1", "-1", "-2027"),
    (HUGE, HUGE, HUGE), ("first", "of", "May"), ("1", "", ""), ("", "", ""), ("1\0", "1", "2027"), ("²", "1", "2027"),
    ("٣", "1", "2027"), ("0", "0", "0"), (LONG, "1", "2027"), ("1", "1", "1900"), ("31", "12", "2200"), ("1.5", "1", "2027"),
    ("1", "1", "9999"), (ODD, RIGHT_TO_LEFT, "2027"),
]  # fmt: skip
FILES: list[Any] = [None, "text where a file is wanted", ("empty.docx", b""), ("x" * 300 + ".docx", b"text"), ("no-ending", b"text"), ("a.exe", b"MZ")]  # fmt: skip
VALUES = {"text": TEXTS, "textarea": TEXTS, "password": TEXTS, "choice": CHOICES, "choices": CHOICES, "hidden": HIDDEN, "date": DATES, "file": FILES}  # fmt: skip

QUERIES: list[str] = ["", "1000000000", "-1", "abc", HUGE, "%00", "%ED%A0%80%FF", "²", "x" * 3000, "31-02-2027", "1&{name}=2", "[]", quote(ODD), "0", "1e5", "%", "';--"]  # fmt: skip
IDS = [0, 2**31, 2**63 - 1, 2**63, 10**30, 10**4000]
SLUGS = ["no-such", "x" * 3000, "0", "-", "_"]


def some(values: list[Any], seed: str) -> list[Any]:
    return values if len(values) <= TRIES else random.Random(seed).sample(values, TRIES)


class Recorder(QueryDict):
    """A query string that remembers which of its values a page asks for."""

    asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def getlist(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().getlist(key, default)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)


class Fuzzer:
    """One part of the service under fire. What is wrong is collected, so that one run tells of everything."""

    def __init__(self, world: World) -> None:
        self.world = world
        # Signed in before the first try: a session made in one would be undone with it.
        self.clients = {person: Client() for person in EVERYBODY}
        for person, client in self.clients.items():
            client.force_login(world.people[person], backend=BACKEND)
        self.wrong: list[str] = []
        self.slow: list[tuple[float, str]] = []
        self.number = 0

    # What a form that comes back is sent with; pages of django-allauth send 200.
    refusals = {409, 422}

    def before_each(self) -> None:
        """For a test that must make something ready before each try."""

    def ask(self, client: Client, method: str, url: str, what: str, **kwargs: Any) -> Any:
        """The answer, with all it changed undone; None when there was none. More than a second of the processor must be so thrice."""
        for attempt in (1, 2, 3):
            self.before_each()
            savepoint = transaction.savepoint()
            began = time.process_time()
            try:
                response = client.generic(method, url, **kwargs)
                response.shown = response.getvalue().decode(errors="replace")
            except Exception as error:  # whatever it is would be a 500
                last = traceback.extract_tb(error.__traceback__)[-1]
                self.wrong.append(f"{what}: {error!r:.300} at {last.filename}:{last.lineno}")
                return None
            finally:
                took = time.process_time() - began
                transaction.savepoint_rollback(savepoint)
                # Messages of tries that were undone would pile up in the cookie.
                client.cookies.pop("messages", None)
            self.number += 1
            if took <= LIMIT:
                break
            if attempt == 3:
                self.wrong.append(f"{what}: takes {took:.1f} s")
        self.slow.append((took, what))
        if response.status_code >= 500 or response.get("Location", "").startswith(f"{LOGIN}?next"):
            self.wrong.append(f"{what}: answers {response.status_code}")
        return response

    # -------------------------------------------------------------- query strings

    def query_strings(self, name: str, url: str, monkeypatch: Any) -> None:
        client = self.clients[who_opens(name)]
        Recorder.asked = set()
        with monkeypatch.context() as patch:
            # A property, since Django's own is computed once a request.
            patch.setattr(WSGIRequest, "GET", property(lambda request: Recorder(request.META.get("QUERY_STRING", ""))))
            page = self.ask(client, "GET", url, f"{name}")
        if page is None or page.status_code == 405:
            return
        asked = sorted(Recorder.asked - {"next"} if not name.startswith("documents") else Recorder.asked)
        # A page that reads nothing is asked once, with everything at once.
        for key in asked:
            for value in some(QUERIES, f"{name}?{key}"):
                query = f"{quote(key)}={value.replace('{name}', key)}"
                self.ask(client, "GET", f"{url}?{query[:4000]}", f"{name}?{query[:80]}")
        everything = "&".join(
            f"{key}={value}" for key in [*asked, "page", "q", "x"] for value in ("%ED%A0%80", "1e9", "-1")
        )
        self.ask(client, "GET", f"{url}?{everything}", f"{name}?{everything[:80]}")

    # -------------------------------------------------------------- ids in the path

    def paths(self, name: str, route: str) -> None:
        wanted = arguments(name, self.world)
        client = self.clients[who_opens(name)]
        for key, value in wanted.items():
            for nasty in some(IDS if isinstance(value, int) else SLUGS, f"{name}:{key}"):
                if key == "kind":
                    continue
                what = f"{name} with {key}={str(nasty)[:30]}"
                url = reverse(name, kwargs=wanted | {key: nasty})
                for method in ("GET", "POST"):
                    response = self.ask(client, method, url, f"{method} {what}")
                    if response is not None and response.status_code not in answers_to_ids(name, method):
                        self.wrong.append(f"{method} {what}: answers {response.status_code}")

    # -------------------------------------------------------------- forms

    def forms(self, name: str, url: str) -> None:
        client = self.clients[who_opens(name)]
        page = self.ask(client, "GET", url, name)
        if page is None:
            return
        if page.status_code == 405:
            for body in ("", "x=1", "version=abc", "sending=%00", urlencode({"reason": LONG, "version": HUGE})):
                self.post(client, name, url, body)
            return
        for form in post_forms(page.shown, url):
            fill(form)
            self.one_form(client, name, form)

    def post(self, client: Client, what: str, url: str, body: str) -> Any:
        return self.ask(client, "POST", url, what, data=body, content_type="application/x-www-form-urlencoded")

    def one_form(self, client: Client, name: str, form: PostForm) -> None:
        validated: set[str] = set()
        for each in form.fields.values():
            for value in some(VALUES[each.kind], f"{name}.{each.name}"):
                sent, files = with_value(form, each, value)
                what = f"{name}: {each.name}={value!r:.60}"
                if files:
                    data = {key: as_text(one) for key, one in sent.items()} | files
                    response = self.multipart(client, form.action, what, data)
                else:
                    body = "&".join(
                        f"{quote(key)}={as_percent(one)}" for key, ones in sent.items() for one in as_list(ones)
                    )
                    response = self.post(client, what, form.action, body)
                if response is not None and response.status_code in self.refusals:
                    self.came_back(what, form, sent, response)
                    if each.name not in validated or ALL:
                        self.wrong += [f"{what}: {problem}" for problem in problems(response.shown)]
                    validated.add(each.name)
                elif response is not None and response.status_code not in {302, 400, 403, 404, 410}:
                    self.wrong.append(f"{what}: answers {response.status_code}")

    def multipart(self, client: Client, url: str, what: str, data: dict[str, Any]) -> Any:
        return self.ask(
            client, "POST", url, what, data=encode_multipart(BOUNDARY, data), content_type=MULTIPART_CONTENT
        )

    def came_back(self, what: str, form: PostForm, sent: dict[str, Any], response: Any) -> None:
        """Named at the top and beside a field, and nothing typed is lost."""
        root = parse(response.shown)
        summary = next(
            (each for each in root.iter("div") if "govuk-error-summary" in (each.get("class") or "").split()), None
        )
        if summary is None:
            self.wrong.append(f"{what}: no error summary")
            return
        links = [link.get("href")[1:] for link in summary.iter("a")]
        ids = {each.get("id"): each for each in root.iter() if isinstance(each.tag, str) and each.get("id")}
        messages = [each for each in root.iter("p") if "govuk-error-message" in (each.get("class") or "").split()]
        if links and len(messages) < len(set(links)):
            self.wrong.append(f"{what}: {len(links)} errors at the top, {len(messages)} beside fields")
        self.wrong += [f"{what}: the error leads to {each}, which is not there" for each in links if each not in ids]
        again = next(
            (each for each in post_forms(root, form.action) if set(each.fields) >= set(form.fields) - HIDDEN_KEYS), None
        )
        if again is None:
            self.wrong.append(f"{what}: the form is gone")
            return
        for field in form.fields.values():
            typed, shown = typed_and_shown(field, sent, again.fields.get(field.name))
            if typed != shown:
                self.wrong.append(f"{what}: {field.name} came back as {shown!r:.80}, typed was {typed!r:.80}")


# Pages that remove: what is gone already is said so there.
REMOVALS = {
    "peers:window-remove",
    "onsite:session-remove",
    "action_plan:action-remove",
    "report:recommendation-remove",
    "self_assessment:contributor-remove",
}


def answers_to_ids(name: str, method: str) -> set[int]:
    """Not there, not yours, or, to somebody who typed meanwhile, the form with the sentence that it is gone."""
    return {302, 403, 404, 405} | ({422} if method == "POST" else set()) | ({200} if name in REMOVALS else set())


HIDDEN_KEYS = {"form_key", "client_key", "version"}


def with_value(form: PostForm, field: Field, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is sent, and the files, when this field is answered with nonsense."""
    sent = form.sent()
    files: dict[str, Any] = {each.name: word_upload() for each in form.fields.values() if each.kind == "file"}
    if field.kind == "date":
        sent |= {f"{field.name}-{part}": one for part, one in zip(DATE_PARTS, value, strict=True)}
    elif value is None:
        sent.pop(field.name, None)
        files.pop(field.name, None)
    elif isinstance(value, tuple):
        files[field.name] = SimpleUploadedFile(*value)
    elif value == "<file>":
        sent.pop(field.name, None)
        files[field.name] = SimpleUploadedFile("name.txt", b"a file where text is wanted")
    else:
        files.pop(field.name, None)
        sent[field.name] = value
    return sent, files


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def as_percent(value: Any) -> str:
    return quote_from_bytes(value) if isinstance(value, bytes) else quote(value)


def as_text(value: Any) -> Any:
    return [as_text(each) for each in value] if isinstance(value, list) else value.decode(errors="replace") if isinstance(value, bytes) else value  # fmt: skip


def on_page(value: Any) -> str:
    """A typed text as the page can show it: what cannot be printed is gone, line ends are one character."""
    text = as_text(value)
    return printable(text[-1] if isinstance(text, list) else text).replace("\r\n", "\n")


def typed_and_shown(field: Field, sent: dict[str, Any], again: Field | None) -> tuple[Any, Any]:
    """What somebody typed and what the page shows; equal where there is nothing to compare."""
    if again is None or field.kind in {"hidden", "file", "password"}:
        return "", ""
    if field.kind == "date":
        return [on_page(sent[f"{field.name}-{part}"]).strip() for part in DATE_PARTS], [again.value[part] for part in DATE_PARTS]  # fmt: skip
    if field.name not in sent:
        return "", ""
    if field.kind == "choice":
        typed = on_page(sent[field.name])
        return (typed, again.value) if typed in field.choices else ("", "")
    if field.kind == "choices":
        chosen = [each for each in as_list(sent[field.name]) if each in field.choices]
        return sorted(chosen), sorted(again.value)
    typed, shown = on_page(sent[field.name]), again.value
    # One line cannot hold a line end; a browser sends none.
    return typed, shown


def names_of(part: str) -> Iterator[tuple[str, str]]:
    routes = dict(url_names())
    for name in own_url_names():
        package = name.rpartition(":")[0]
        if package in PARTS[part]:
            yield name, routes[name]


def test_every_address_belongs_to_a_part():
    known = set().union(*PARTS.values())
    assert {name.rpartition(":")[0] for name in own_url_names()} <= known


# Pages of django-allauth that anybody, or anybody signed in, may fill in.
DOOR = ["account_login", "account_reset_password", "account_request_login_code", "account_change_password"]


@pytest.mark.long
def test_nonsense_at_the_door(db, monkeypatch):
    world = make_world()
    fuzzer = Fuzzer(world)
    # Nobody is locked out between two tries.
    monkeypatch.setattr(fuzzer, "before_each", cache.clear)
    monkeypatch.setattr(fuzzer, "refusals", {200, 409, 422})
    _, token = make_invitation(by=world.people["administrator"])
    pages = {reverse(name): fuzzer.clients["coordinator"] if "change" in name else Client() for name in DOOR}
    pages[reverse("accounts:invitation-accept", kwargs={"token": token})] = Client()
    for url, client in pages.items():
        for form in post_forms(fuzzer.ask(client, "GET", url, url).shown, url):
            fill(form)
            fuzzer.one_form(client, url, form)
    assert fuzzer.number > 30
    assert fuzzer.wrong == [], f"{len(fuzzer.wrong)} wrong\n" + "\n".join(fuzzer.wrong)


@pytest.mark.long
@pytest.mark.parametrize("part", PARTS)
def test_nonsense_is_answered_kindly(db, monkeypatch, part):
    world = make_world()
    fuzzer = Fuzzer(world)
    began = time.monotonic()
    for name, route in names_of(part):
        savepoint = transaction.savepoint()
        open_for_work(world.case, name)
        url = reverse(name, kwargs=arguments(name, world))
        fuzzer.query_strings(name, url, monkeypatch)
        fuzzer.paths(name, route)
        fuzzer.forms(name, url)
        transaction.savepoint_rollback(savepoint)
    connection.check_constraints()
    assert fuzzer.number > 300
    print(f"\n{part}: {fuzzer.number} requests in {time.monotonic() - began:.1f} s; slowest:")
    print("\n".join(f"  {took:.2f} s  {what}" for took, what in sorted(fuzzer.slow, reverse=True)[:5]))
    assert fuzzer.wrong == [], f"{len(fuzzer.wrong)} wrong\n" + "\n".join(fuzzer.wrong)
