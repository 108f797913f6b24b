"""The object store: files go there and come back in pieces; away, a sentence is told, nothing is lost and sweeps go on."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from cpc.components.scan_states import ScanState
from cpc.documents import services, store, tasks
from cpc.documents.errors import StoreAway
from cpc.documents.forms import STORE_AWAY
from cpc.documents.models import Document, DocumentVersion, DocumentView
from cpc.documents.store import is_there, pieces_of
from tests.cpc.documents.object_store import ObjectStore, object_store
from tests.cpc.documents.test_views import add, download, page
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db


@pytest.fixture
def objects(settings, monkeypatch) -> Iterator[ObjectStore]:
    with object_store() as found:
        settings.STORAGES = settings.STORAGES | {"documents": found.settings()}
        field = DocumentVersion._meta.get_field("file")
        monkeypatch.setattr(field, "storage", storages["documents"])
        yield found


def test_files_go_there_and_come_back(objects, client_for):
    staged = make_staged()
    document = add(staged, text="words")
    assert list(objects.objects.values()) == [b"words"]
    answer = client_for(staged.manager).get(download(document))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"words"
    assert answer["Content-Length"] == "5"
    is_there(storages["documents"])


def test_a_large_file_is_never_in_memory_as_a_whole(objects):
    version = add(make_staged()).versions.get()
    size = 40 * 1024 * 1024
    objects.objects[next(iter(objects.objects))] = bytes(size)
    tracemalloc.start()
    try:
        found = sum(len(piece) for piece in pieces_of(version.file))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == size
    # The stand-in answers from this process, and sends what it holds without a copy.
    assert most < 8 * 1024 * 1024


def test_a_missing_file_is_not_found_and_a_store_that_is_away_is_told(objects, client_for):
    staged = make_staged()
    document = add(staged)
    client = client_for(staged.manager)
    client.raise_request_exception = False
    kept = dict(objects.objects)
    objects.objects.clear()
    assert client.get(download(document)).status_code == 404
    objects.objects |= kept
    objects.stop()
    answer = client.get(download(document))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "not available at the moment" in answer.content.decode()
    assert not DocumentView.objects.exists()
    with pytest.raises(StoreAway):
        is_there(storages["documents"])
    objects.start()
    assert client.get(download(document)).status_code == 200


def test_an_upload_while_it_is_away_is_told_beside_the_field(objects, client_for):
    staged = make_staged()
    document = add(staged)
    objects.stop()
    client = client_for(staged.manager)
    answer = client.post(page(document, "new-version"), {"upload": SimpleUploadedFile("more.txt", b"more words")})
    assert answer.status_code == 422
    assert STORE_AWAY in answer.content.decode()
    assert document.versions.count() == 1


def test_one_that_goes_between_the_check_and_the_keeping_leaves_no_row(objects, client_for, monkeypatch):
    staged = make_staged()
    objects.stop()
    monkeypatch.setattr(store, "is_there", lambda storage: None)
    with pytest.raises(StoreAway):
        add(staged)
    assert not Document.objects.exists()


def test_the_scan_goes_on_with_those_after_it(objects, settings, clamd):
    staged = make_staged()
    versions = [add(staged, title=str(number), text=f"words {number}").versions.get() for number in range(2)]
    DocumentVersion.objects.update(scan_state=ScanState.NOT_SCANNED, scanned_at=None)
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    objects.stop()
    tasks.scan_waiting()
    for version in versions:
        version.refresh_from_db()
        assert (version.scan_state, "StoreAway" in version.scan_note) == (ScanState.NOT_SCANNED, True)
    objects.start()
    clamd(b"stream: OK\0")
    tasks.scan_waiting()
    assert {version.scan_state for version in DocumentVersion.objects.all()} == {ScanState.CLEAN}


def test_nothing_else_is_hidden_by_the_boundary():
    with pytest.raises(ZeroDivisionError), store.told_plainly():
        raise ZeroDivisionError
    assert services.StoreAway is StoreAway
