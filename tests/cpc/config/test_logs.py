"""What the service logs: each line with its request and person, none with what somebody typed or a secret address."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator

import pytest
import sentry_sdk
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from sentry_sdk.transport import Transport

from cpc.accounts.models import User
from cpc.config import logs, sentry
from cpc.config.celery import app
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict]]]:
    """What a production process would have written so far."""
    written = io.StringIO()
    found = logs.configuration("INFO", as_json=True)
    found["handlers"]["console"]["stream"] = written
    logging.config.dictConfig(found)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.config.dictConfig(settings.LOGGING)


def requests(found: list[dict]) -> list[dict]:
    return [line for line in found if line["event"] == "request"]


@pytest.mark.django_db
def test_request_is_logged_with_number_person_and_thing(client_for, lines):
    staged = make_staged()
    answer = client_for(staged.manager).get(reverse("cases:detail", args=[staged.case.reference]))
    (line,) = requests(lines())
    assert line["request"] == answer["X-Request-ID"]
    assert line["person"] == staged.manager.pk
    assert (line["method"], line["status"], line["level"]) == ("GET", 200, "info")
    assert line["reference"] == staged.case.reference
    assert staged.manager.email not in json.dumps(line)


@pytest.mark.django_db
def test_tokens_and_queries_are_not_logged(client, lines):
    client.get("/invitations/a-very-secret-token/?name=Somebody")
    client.get("/no-such-page/for-somebody/")
    written = json.dumps(lines())
    assert "a-very-secret-token" not in written
    assert "omebody" not in written
    assert len(requests(lines())) == 2


@pytest.mark.django_db
def test_number_of_a_proxy_is_kept_and_nonsense_is_not(client, lines):
    assert client.get("/accounts/login/", headers={"x-request-id": "f" * 32})["X-Request-ID"] == "f" * 32
    assert client.get("/accounts/login/", headers={"x-request-id": 'a"\n{}'})["X-Request-ID"] != 'a"\n{}'


@pytest.mark.django_db
def test_health_questions_are_not_logged(client, lines):
    client.get("/healthz")
    assert requests(lines()) == []


# Put together here, so that no line of the source that a traceback quotes holds it.
TYPED = "-".join(["what", "somebody", "typed"])


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The People page breaks with an error that quotes a row."""

    def broken(*args: object, **kwargs: object) -> None:
        local = TYPED
        raise IntegrityError(f"duplicate key value violates unique constraint\nDETAIL:  Key (name)=({local}) exists.")

    monkeypatch.setattr("cpc.accounts.views.PeopleList.get_context_data", broken)


def open_broken_page() -> tuple[User, str]:
    person = make_user("administrator")
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(reverse("accounts:user-list") + f"?q={TYPED}")
    assert answer.status_code == 500
    # Whoever calls for help can quote the number that the log has.
    assert f"The number of this request is {answer['X-Request-ID']}." in answer.content.decode()
    return person, answer["X-Request-ID"]


@pytest.mark.django_db
def test_error_is_logged_without_the_values_of_the_row(breaking, lines):
    person, number = open_broken_page()
    found = [line for line in lines() if "exception" in line]
    assert [(line["request"], line["person"]) for line in found] == [(number, person.pk)]
    assert "IntegrityError" in found[0]["exception"]
    assert TYPED not in json.dumps(lines())


@pytest.mark.django_db
def test_sentry_gets_the_place_and_nothing_of_the_words(breaking):
    sent: list[dict] = []

    class Kept(Transport):
        def capture_envelope(self, envelope):  # type: ignore[no-untyped-def]
            if event := envelope.get_event():
                sent.append(event)

    try:
        sentry.start("http://key@localhost/1", "tests", transport=Kept)
        _person, number = open_broken_page()
        sentry_sdk.flush()
    finally:
        sentry_sdk.init()
    (event,) = [event for event in sent if event.get("exception")]
    assert event["tags"]["request"] == number
    assert [value["type"] for value in event["exception"]["values"]] == ["IntegrityError"]
    written = json.dumps(event, default=str)
    assert TYPED not in written
    assert "sessionid" not in written


def test_line_of_a_task_names_it(lines):
    @app.task(name="tests.say_something")
    def say_something() -> None:
        logging.getLogger("tests").warning("half way")

    say_something.apply()
    (line,) = [line for line in lines() if line["event"] == "half way"]
    assert line["task"] == "tests.say_something"
    assert line["task_id"]
    logging.getLogger("tests").warning("afterwards")
    assert "task" not in lines()[-1]
