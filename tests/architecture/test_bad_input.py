"""The mistakes that people make, in every form that gives them the chance: each is told what to do, nothing is lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cpc.documents.scanning import EICAR
from tests.addresses import arguments, own_url_names
from tests.architecture.test_permission_matrix import BACKEND
from tests.factories.world import World, make_world
from tests.filling import PostForm, beside, fill, parse, post_forms
from tests.opening import answers, open_for_work, who_opens

TITLE = "A title that is too long " + 275 * "x"
# What takes fewer than 300 characters says how many, or how it is written.
TOO_LONG = re.compile(
    r"must be (\d+) characters or fewer\. You entered 300\."
    r"|must be a time, like 9:30 or 2pm|must be a whole number|Enter a whole number|Enter a(n email| web) address in the correct format"
)


def forms_of(world: World, names: list[str]) -> Iterator[tuple[str, Client, PostForm]]:
    """The forms of these pages, sensibly filled in, with somebody signed in who may send them."""
    for name in names:
        savepoint = transaction.savepoint()
        open_for_work(world.case, name)
        client = Client()
        client.force_login(world.people[who_opens(name)], backend=BACKEND)
        url = reverse(name, kwargs=arguments(name, world))
        page = client.get(url)
        if page.status_code == 200 and page.get("Content-Type", "").startswith("text/html"):
            for form in post_forms(page.content.decode(), url):
                fill(form)
                yield name, client, form
        transaction.savepoint_rollback(savepoint)


def refused(name: str, client: Client, form: PostForm, changes: dict[str, Any]) -> Any:
    """The page that comes back; None when it was saved. What was changed is undone."""
    savepoint = transaction.savepoint()
    try:
        response = client.post(form.action, form.sent() | answers(name, form) | changes)
    finally:
        transaction.savepoint_rollback(savepoint)
    assert response.status_code in {302, 422}, f"{name} answers {response.status_code} to {changes}"
    return parse(response.content.decode()) if response.status_code == 422 else None


def shown(page: Any, form: PostForm, name: str) -> Any:
    return post_forms(page, form.action)[0].fields[name].value


@pytest.mark.long
def test_title_of_300_characters_and_31_february_in_every_form(db):
    world = make_world()
    wrong = []
    asked: Counter[str] = Counter()
    for name, client, form in forms_of(world, own_url_names()):
        for field in form.fields.values():
            asked[field.kind] += 1
            if field.kind == "text":
                page = refused(name, client, form, {field.name: TITLE})
                if page is None:
                    continue  # it may be as long as that
                limit = TOO_LONG.search(beside(page, field.name))
                if not limit or int(limit[1] or 0) >= 300:
                    wrong.append(f"{name}: {field.name}: {beside(page, field.name)!r}")
                if shown(page, form, field.name) != TITLE:
                    wrong.append(f"{name}: {field.name} did not come back as it was typed")
            elif field.kind == "date":
                typed = {"day": "31", "month": "2", "year": "2027"}
                page = refused(name, client, form, {f"{field.name}-{part}": value for part, value in typed.items()})
                if page is None or not beside(page, field.name).endswith("must be a real date"):
                    wrong.append(f"{name}: {field.name} takes 31 February, or says nothing")
                elif shown(page, form, field.name) != typed:
                    wrong.append(f"{name}: {field.name} did not come back as it was typed")
    assert wrong == []
    assert asked["text"] > 30 and asked["date"] > 20


MEGABYTE = 1024 * 1024
UPLOADS = [
    "cases:document-add",
    "self_assessment:pack-document-add",
    "report:draft-add",
    "progress_review:report-add",
    "documents:new-version",
]
BAD_FILES = [
    ("paper.docx", b"", "The selected file is empty"),
    ("paper.docx", b"MZ\x90\0" + 100 * b"\0", "not a real .docx file"),
    ("setup.exe", b"MZ\x90\0" + 100 * b"\0", "must be Word"),
    ("paper.txt", EICAR, "virus was found"),
    ("paper.txt", (MEGABYTE + 1) * b"a", "must be 1 MB or smaller"),
]


def test_wrong_file_on_every_page_that_takes_one(db, settings):
    """All nasty files, and one of 60 MB, are in tests/cpc/documents/test_uploads.py; here, that each page is as careful."""
    settings.DOCUMENT_MAX_BYTES = MEGABYTE
    wrong, asked = [], set()
    for name, client, form in forms_of(make_world(), UPLOADS):
        [upload] = [field.name for field in form.fields.values() if field.kind == "file"]
        for file_name, content, words in BAD_FILES:
            asked.add(name)
            page = refused(name, client, form, {upload: SimpleUploadedFile(file_name, content)})
            if page is None or words not in beside(page, upload):
                wrong.append(f"{name}: {words}: {'saved' if page is None else beside(page, upload)}")
                continue
            wrong += [
                f"{name}: {each.name} did not come back as it was typed"
                for each in form.fields.values()
                if each.kind in {"text", "textarea"} and shown(page, form, each.name) != each.value
            ]
    assert wrong == []
    assert asked == set(UPLOADS)
