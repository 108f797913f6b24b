"""Versions, removal, the events they leave, and what the scanner's answers do to a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from cpc.audit.models import Event
from cpc.components.scan_states import ScanState
from cpc.documents import services
from cpc.documents.errors import AlreadyRemoved, UploadRefused
from cpc.documents.models import Document, DocumentVersion
from cpc.documents.scanning import EICAR
from tests.cpc.documents import files
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged():
    return make_staged()


def upload(text: str = "first", name: str = "note.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def add(staged, text="first", title="Scoping note", kind="case_file", by=None) -> Document:
    return services.add_document(case=staged.case, kind=kind, title=title, upload=upload(text), by=by or staged.manager)


def verbs(staged) -> list[str]:
    return list(
        Event.objects.filter(case=staged.case, verb__startswith="document_")
        .order_by("pk")
        .values_list("verb", flat=True)
    )


def test_add_document_stores_the_first_version(staged):
    document = add(staged, title="  Scoping note ")
    version = document.versions.get()
    assert document.title == "Scoping note"
    assert (version.number, version.original_name, version.size) == (1, "note.txt", 5)
    assert version.uploaded_by == staged.manager
    event = Event.objects.get(case=staged.case, verb="document_added")
    # A title may tell what only some may know: the council's and the team's histories do not show it.
    assert (event.audience, event.data["title"], event.by) == ("lga", "Scoping note", staged.manager)


def test_add_version_counts_on_and_keeps_what_was_there(staged):
    document = add(staged)
    for number in (2, 3):
        version = services.add_version(document=document, upload=upload(f"text {number}"), by=staged.support)
        assert version.number == number
    assert [version.number for version in document.versions.all()] == [3, 2, 1]
    assert Document.objects.get().latest.number == 3
    first = document.versions.get(number=1)
    with first.file.open() as kept:
        assert kept.read() == b"first"
    assert verbs(staged) == ["document_added", "document_version_added", "document_version_added"]


def test_the_same_content_again_is_no_version(staged):
    document = add(staged)
    again = services.add_version(document=document, upload=upload("first", "other name.txt"), by=staged.support)
    assert again.is_repeat and again.number == 1
    assert document.versions.count() == 1
    assert verbs(staged) == ["document_added"]


def test_going_back_to_an_earlier_content_is_a_version(staged):
    document = add(staged)
    services.add_version(document=document, upload=upload("second"), by=staged.manager)
    back = services.add_version(document=document, upload=upload("first"), by=staged.manager)
    assert back.number == 3 and not getattr(back, "is_repeat", False)


def test_the_same_upload_again_is_the_same_document(staged):
    first = add(staged)
    again = add(staged, title=" Scoping note")
    assert again == first and again.is_repeat
    assert verbs(staged) == ["document_added"]


@pytest.mark.parametrize("other", [{"text": "second"}, {"title": "Letter"}, {"kind": "pack"}, {"by": "support"}])
def test_what_differs_is_a_document_of_its_own(staged, other):
    first = add(staged)
    if "by" in other:
        other = {"by": staged.people[other["by"]]}
    assert add(staged, **other) != first
    assert Document.objects.count() == 2


def test_after_a_removal_the_same_file_may_be_added_again(staged):
    first = add(staged)
    services.remove_document(document=first, reason="Wrong case", by=staged.manager)
    assert add(staged) != first


def test_add_document_of_an_unknown_kind_is_refused(staged):
    with pytest.raises(ValueError, match="secret is not registered"):
        add(staged, kind="secret")


@pytest.mark.parametrize(("name", "content"), [("renamed.docx", files.EXE), ("eicar.txt", EICAR)])
def test_a_refused_file_leaves_nothing_behind(staged, name, content):
    document = add(staged)
    events = Event.objects.count()
    with pytest.raises(UploadRefused), transaction.atomic():
        services.add_document(
            case=staged.case, kind="case_file", title="Bad", upload=SimpleUploadedFile(name, content), by=staged.manager
        )
    with pytest.raises(UploadRefused), transaction.atomic():
        services.add_version(document=document, upload=SimpleUploadedFile(name, content), by=staged.manager)
    assert (Document.objects.count(), DocumentVersion.objects.count(), Event.objects.count()) == (1, 1, events)


def test_a_row_that_cannot_be_saved_takes_its_file_with_it(staged, monkeypatch):
    written = []

    def broken(version):
        assert version.file.storage.exists(version.file.name)
        written.append((version.file.storage, version.file.name))
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(DocumentVersion, "save", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        add(staged)
    [(storage, name)] = written
    assert not storage.exists(name)
    assert not Document.objects.exists()


def test_remove_document_takes_it_off_the_screen_and_keeps_the_record(staged):
    document = add(staged)
    services.remove_document(document=document, reason=" Wrong case ", by=staged.support)
    document.refresh_from_db()
    assert (document.removed_by, document.removed_reason) == (staged.support, "Wrong case")
    assert not Document.objects.visible_to(staged.manager).exists()
    with document.versions.get().file.open() as kept:
        assert kept.read() == b"first"
    assert Event.objects.get(verb="document_removed").data["reason"] == "Wrong case"


def test_remove_document_asks_for_a_reason(staged):
    document = add(staged)
    with pytest.raises(UploadRefused, match="Enter why"):
        services.remove_document(document=document, reason="  ", by=staged.manager)
    assert Document.objects.get().removed_at is None


def test_a_removed_document_is_neither_removed_again_nor_continued(staged):
    document = add(staged)
    services.remove_document(document=document, reason="Wrong case", by=staged.manager)
    with pytest.raises(AlreadyRemoved, match="already removed"):
        services.remove_document(document=document, reason="Again", by=staged.support)
    with pytest.raises(AlreadyRemoved, match="nothing was added"):
        services.add_version(document=document, upload=upload("second"), by=staged.manager)
    document.refresh_from_db()
    assert document.removed_reason == "Wrong case"
    assert document.versions.count() == 1


# ------------------------------------------------------------------ scans after the upload


@pytest.mark.parametrize(
    ("reply", "state", "scanned"),
    [
        (b"stream: OK\0", ScanState.CLEAN, True),
        (b"stream: Win.Test-1 FOUND\0", ScanState.INFECTED, True),
        (b"INSTREAM size limit exceeded. ERROR\0", ScanState.NOT_SCANNED, False),
    ],
)
def test_scan_version_keeps_the_answer(staged, clamd, reply, state, scanned):
    document = add(staged)
    server = clamd(reply)
    assert services.scan_version(version_id=document.versions.get().pk) == state
    version = document.versions.get()
    assert server.received == b"first"
    assert version.scan_state == state
    assert (version.scanned_at is not None) == scanned
    found = Event.objects.filter(case=staged.case, verb="document_infected")
    assert found.exists() == (state == ScanState.INFECTED)


def test_scan_version_asks_only_about_what_waits(staged, clamd):
    version = add(staged).versions.get()
    server = clamd(b"stream: Win.Test-1 FOUND\0")
    services.scan_version(version_id=version.pk)
    assert services.scan_version(version_id=version.pk) == ""
    assert services.scan_version(version_id=version.pk + 1000) == ""
    assert server.scans == 1
    assert Event.objects.filter(verb="document_infected").count() == 1


def test_scan_version_of_a_missing_file_says_so_and_is_not_clean(staged, clamd):
    version = add(staged).versions.get()
    version.file.storage.delete(version.file.name)
    server = clamd(b"stream: OK\0")
    assert services.scan_version(version_id=version.pk) == ScanState.NOT_SCANNED
    version.refresh_from_db()
    assert "could not be read" in version.scan_note and server.scans == 0


def test_log_view_names_version_and_reader(staged):
    version = add(staged).versions.get()
    view = services.log_view(version=version, by=staged.support)
    assert (view.version, view.viewed_by) == (version, staged.support)
