"""Nine equal posts at once, to every page that creates something: one record, and the others are told kindly (QUALITY).

Each form is posted once and that is undone; what nine posts in as many threads leave behind must then be what the one
left: the same rows in every table, the events and messages among them. Pages that change what stands are asked too.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from tests.addresses import arguments, own_url_names
from tests.architecture.test_permission_matrix import BACKEND
from tests.factories.assessments import word_upload
from tests.factories.world import World, make_world
from tests.filling import PostForm, fill, post_forms
from tests.html import problems
from tests.opening import answers, open_case, who_opens

NINE = 9
# What these do would leave nothing for the pages after them. Tests of their own folders press them twice.
ENDING = {
    "accounts:invitation-withdraw", "accounts:user-deactivate", "accounts:user-role", "councils:tenure-end",
    "councils:contact-end", "councils:succession-remove", "councils:code-take-back",
    "councils:seats-remove",
    "councils:import-apply", "councils:import-discard", "councils:import-reread", "councils:import-undo",
    "cases:advance", "cases:override", "cases:send-back", "cases:cancel", "cases:pause", "cases:postpone",
    "cases:member-remove", "peers:window-remove", "composition:member-withdraw", "composition:invitation-decline",
    "self_assessment:contributor-remove", "onsite:session-remove", "report:recommendation-remove",
    "report:release-withdraw", "action_plan:action-remove", "action_plan:outcome-reopen", "documents:remove", "deadlines:calendar-remove",
    "reorganisations:discard", "reorganisations:put-in-force", "reorganisations:undo",
    "reorganisations:successor-remove", "reorganisations:predecessor-remove", "drafts:discard",
}  # fmt: skip
# Where a Word file is not what the page asks for.
FILES = {"councils:import-add": ("neighbours.csv", b"AREACD,1\n")}
# Every page that makes something new. A page that joins them must be filled in well enough to be asked here.
CREATING = {
    "accounts:user-invite", "councils:tenure-add", "councils:control-add", "councils:poll-add",
    "councils:code-change", "councils:seats-add", "councils:seats-change",
    "councils:contact-add", "councils:contacts-bring-over", "councils:import-add",
    "reorganisations:add", "reorganisations:new-council-add", "reorganisations:continuing-add",
    "reorganisations:predecessors-add",
    "cycle:hand-over", "cycle:hand-over-several", "cycle:reminder-pause-add", "cases:reminder-pause-add", "cycle:contact-add", "cycle:conversation-record", "cycle:support-add", "cycle:journey-add",
    "cycle:mentoring-add",
    "peers:add", "peers:window-add", "cases:start", "cases:member-add", "cases:document-add",
    "scheduling:focus-area-add", "composition:member-add", "composition:comment-add", "composition:consultation-add",
    "composition:invitation", "composition:conflicts", "self_assessment:contributor-add", "self_assessment:comment-add",
    "self_assessment:submit", "self_assessment:pack-document-add", "onsite:session-add", "onsite:finding-add",
    "report:draft-add", "report:release", "report:correction-add", "report:recommendation-add", "report:recommendation-edit",
    "action_plan:answer-edit", "action_plan:action-add", "action_plan:action-progress", "action_plan:comment-add", "action_plan:outcome-settle", "progress_review:report-add",
    "progress_review:summary-edit",
    "documents:new-version", "deadlines:calendar-add", "reminders:rule-add", "reminders:rule-edit", "reminders:rule-off",
    "reminders:rule-restore", "reminders:pause-add", "reminders:own-pause-add",
}  # fmt: skip
# Rows that tell of another.
RECORDED = {"cpc_event", "cpc_message"}
# A worker reads the file once the post is kept, which it is not where one post alone is undone.
READ_AFTERWARDS = "councils_importline"


def counted() -> dict[str, int]:
    """Rows of every table of ours."""
    models = [
        model
        for app in ("councils", "cpc", "teams", "assessments")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    ]
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables))  # noqa: S608
        return dict(cursor.fetchall())


def gained(before: dict[str, int]) -> dict[str, int]:
    rows = {table: number - before[table] for table, number in counted().items() if number != before[table]}
    rows.pop(READ_AFTERWARDS, None)
    return rows


Files = dict[str, tuple[str, bytes]]


def send(client: Client, action: str, data: dict[str, Any], files: Files) -> Any:
    return client.post(action, data | {key: SimpleUploadedFile(*file) for key, file in files.items()})


def at_once(session: str, action: str, data: dict[str, Any], files: Files) -> list[Any]:
    """The answers to nine equal posts of one person that arrive together."""
    start = Barrier(NINE)

    def one(number: int) -> Any:
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = session
        start.wait()
        try:
            return send(client, action, data, files)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(NINE) as pool:
        return list(pool.map(one, range(NINE)))


def signed_in(world: World, name: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[who_opens(name)], backend=BACKEND)
    return client


def form_of(client: Client, url: str) -> PostForm | None:
    page = client.get(url)
    if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
        return None
    forms = post_forms(page.content.decode(), url)
    return forms[0] if forms else None


def untold(responses: list[Any]) -> list[str]:
    """Answers that leave somebody alone: anything but the way on, or the form with a sentence that says why. Nobody else
    saved first where all say the same, so a conflict is none of them."""
    found = [f"answers {each.status_code}" for each in responses if each.status_code not in {302, 422}]
    pages = [each.content.decode() for each in responses if each.status_code in {409, 422}]
    found += [] if all("There is a problem" in page for page in pages) else ["no sentence says why"]
    # They are alike but for the token.
    return found + (problems(pages[0]) if pages else [])


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_nine_equal_posts_make_one_record():
    world = make_world()
    content = word_upload().read()
    creating, asked, wrong = set(), 0, []
    for name in own_url_names():
        if name in ENDING:
            continue
        open_case(world.case, name)
        client = signed_in(world, name)
        form = form_of(client, reverse(name, kwargs=arguments(name, world)))
        if form is None:
            continue
        fill(form)
        data = form.sent() | answers(name, form)
        file = FILES.get(name, ("paper.docx", content))
        files = {each.name: file for each in form.fields.values() if each.kind == "file"}
        before = counted()
        with transaction.atomic():
            alone = send(client, form.action, data, files)
            single = gained(before)
            transaction.set_rollback(True)
        if alone.status_code != 302 or not single:
            if name in CREATING:
                wrong.append(f"{name} created nothing: {alone.status_code}")
            continue
        if any(number > 0 for table, number in single.items() if table not in RECORDED):
            creating.add(name)
        asked += 1
        responses = at_once(client.session.session_key, form.action, data, files)
        wrong += [f"{name}: {each}" for each in untold(responses)]
        nine = gained(before)
        if nine != single:
            wrong.append(
                f"{name}: one post leaves {single}, nine leave {nine}: {Counter(r.status_code for r in responses)}"
            )
    assert wrong == [], "\n".join(wrong)
    assert creating == CREATING
    assert asked > 50
