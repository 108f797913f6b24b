"""Adding, replacing, removing and scanning documents."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.components.scan_states import ScanResult, ScanState
from cpc.documents.checks import facts_of, hidden_sentence, in_a_row
from cpc.documents.document_kinds import find_kind
from cpc.documents.errors import AlreadyRemoved, StoreAway, UploadRefused
from cpc.documents.models import Document, DocumentVersion, DocumentView
from cpc.documents.scanning import WORKER_TIMEOUT, scan
from cpc.documents.store import keep, opened

# Called with the id of a version that waits for its scan. Filled by tasks.py: services do not import the queue.
SCAN_HINTS: list[Any] = []


def _record(verb: str, document: Document, by: User | None, **data: Any) -> None:
    # Titles of papers stay with the LGA: a kind may have fewer readers than the case has people.
    record(
        verb=verb,
        by=by,
        case=document.case,
        data={"title": document.title} | data,
        audience="lga",
    )


def _store(document: Document, number: int, upload: UploadedFile, by: User) -> DocumentVersion:
    facts = facts_of(upload)
    if facts.hidden and not getattr(upload, "sent_with_hidden", False):
        raise UploadRefused(hidden_sentence(facts))
    version = DocumentVersion(
        document=document,
        number=number,
        original_name=facts.name,
        size=facts.size,
        sha256=facts.sha256,
        content_type=facts.content_type,
        scan_state=facts.scan.state,
        scan_note=facts.scan.note,
        scanned_at=None if facts.scan.state == ScanState.NOT_SCANNED else timezone.now(),
        uploaded_by=by,
    )
    upload.seek(0)
    keep(version.file, facts.name, upload)
    try:
        version.save()
    except Exception:
        version.file.delete(save=False)
        raise
    if facts.hidden:
        _record("document_sent_with_hidden", document, by, number=number, hidden=in_a_row(facts.hidden))
    if version.scan_state == ScanState.NOT_SCANNED and settings.CLAMD_ADDRESS:
        transaction.on_commit(partial(_hint, version.pk))
    return version


def _hint(pk: int) -> None:
    """Tell a worker that a version waits. A queue that is down loses nothing: the sweep finds the row."""
    for sender in SCAN_HINTS:
        sender(pk)


def _same_upload(case: Case, kind: str, title: str, upload: UploadedFile, by: User) -> Document | None:
    """The document that a second press of the button would add again: the same file, title and person."""
    # Under the case's lock, so that of two presses at once the second sees what the first has added.
    type(case)._base_manager.select_for_update(of=("self",)).get(pk=case.pk)
    rows = Document.objects.filter(case=case, kind=kind, title=title, created_by=by, removed_at__isnull=True)
    digest = facts_of(upload).sha256
    return next((row for row in rows.prefetch_related("versions") if row.latest and row.latest.sha256 == digest), None)


@transaction.atomic
def add_document(*, case: Case, kind: str, title: str, upload: UploadedFile, by: User, council: Any = None) -> Document:
    """Raises UploadRefused for a file that the form would have refused.

    The same upload again adds nothing: the document comes back with `is_repeat` set.
    """
    if find_kind(kind) is None:
        raise ValueError(f"Document kind {kind} is not registered.")
    title = title.strip()
    known = _same_upload(case, kind, title, upload, by)
    if known:
        known.is_repeat = True  # type: ignore[attr-defined]
        return known
    document = Document.objects.create(case=case, council=council, kind=kind, title=title, created_by=by)
    _store(document, 1, upload, by)
    _record("document_added", document, by)
    return document


@transaction.atomic
def add_version(*, document: Document, upload: UploadedFile, by: User) -> DocumentVersion:
    """The next version. The same content again adds nothing: the newest version comes back with `is_repeat` set."""
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.removed_at:
        raise AlreadyRemoved("This document has been removed, so nothing was added.")
    last = document.versions.order_by("-number").first()
    if last and last.sha256 == facts_of(upload).sha256:
        last.is_repeat = True  # type: ignore[attr-defined]
        return last
    # Under the document's lock, so that no two get one number.
    version = _store(document, (last.number if last else 0) + 1, upload, by)
    _record("document_version_added", document, by, number=version.number)
    return version


@transaction.atomic
def remove_document(*, document: Document, reason: str, by: User) -> Document:
    """Off every screen and no longer downloadable; the row and its files stay in the record."""
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.removed_at:
        raise AlreadyRemoved("This document was already removed.")
    if not reason.strip():
        raise UploadRefused("Enter why the document is removed")
    document.removed_at, document.removed_by, document.removed_reason = timezone.now(), by, reason.strip()
    document.save(update_fields=["removed_at", "removed_by", "removed_reason"])
    _record("document_removed", document, by, reason=document.removed_reason)
    return document


def log_view(*, version: DocumentVersion, by: User) -> DocumentView:
    return DocumentView.objects.create(version=version, viewed_by=by)


@transaction.atomic
def scan_version(*, version_id: int) -> str:
    """Scan one version that waits. Safe to run twice; a row that another worker holds is left to it."""
    version = (
        DocumentVersion.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk=version_id, scan_state=ScanState.NOT_SCANNED)
        .first()
    )
    if version is None:
        return ""
    try:
        with opened(version.file) as file:
            result = scan(file, timeout=WORKER_TIMEOUT)
    except (FileNotFoundError, StoreAway) as error:
        # A file that is missing, or a store that is away, must not keep the sweep from those after it.
        result = ScanResult("not_scanned", f"The file could not be read: {type(error).__name__}")
    version.scan_state, version.scan_note = result.state, result.note
    if result.state != ScanState.NOT_SCANNED:
        version.scanned_at = timezone.now()
    version.save(update_fields=["scan_state", "scan_note", "scanned_at"])
    if version.is_infected:
        _record("document_infected", version.document, None, number=version.number)
    return version.scan_state
