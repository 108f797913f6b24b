"""Private files: a document, its versions, and who opened them."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cpc.components.scan_states import ScanState
from cpc.documents.document_kinds import find_kind, may_read


def document_storage() -> Storage:
    return storages["documents"]


def storage_name(version: DocumentVersion, filename: str) -> str:
    """A name of our own: nothing that a person typed reaches the disk or the bucket."""
    name = uuid.uuid4().hex
    return f"{name[:2]}/{name}"


def _keep_readable(reader: Any, document: Document) -> bool:
    """Leaves of the versions that were read with the document those that this person may read; whether there are any."""
    versions = document.versions.all()
    # All are asked before the first is left out: a rule may ask which is the newest.
    readable = [version for version in versions if may_read(reader, version)]
    versions._result_cache = readable
    return bool(readable)


class DocumentQuerySet(models.QuerySet["Document"]):
    """`visible_to` asks each kind's rule when the rows are read, after every filter that follows it. A document comes with
    the versions that this person may read and no others: lists, titles, sizes and counts know of no other.

    Rules are functions of (user, document), so SQL cannot hold them. Whatever would go round the rules - values,
    use as a subquery - is refused instead of leaking.
    """

    _reader: Any = None

    def visible_to(self, user: Any) -> DocumentQuerySet:
        if not user.is_authenticated:
            return self.none()
        chosen = (
            self.filter(removed_at__isnull=True)
            .select_related("case")
            .prefetch_related(models.Prefetch("versions", DocumentVersion.objects.select_related("uploaded_by")))
        )
        chosen._reader = user
        return chosen

    def _clone(self) -> DocumentQuerySet:
        clone = super()._clone()  # type: ignore[misc]
        clone._reader = self._reader
        return clone

    def _fetch_all(self) -> None:
        if self._reader is not None and self._result_cache is None:
            if self._fields is not None:  # type: ignore[attr-defined]
                raise TypeError("Documents chosen by visible_to are read as objects, not as values.")
            super()._fetch_all()
            rows: list[Any] = self._result_cache or []
            self._result_cache = [row for row in rows if _keep_readable(self._reader, row)]
            return
        super()._fetch_all()

    def __getitem__(self, key: Any) -> Any:
        # A LIMIT would be applied before the rules.
        return list(self)[key] if self._reader is not None else super().__getitem__(key)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        if self._reader is None:
            return super().get(*args, **kwargs)
        found = list(self.filter(*args, **kwargs))
        if not found:
            raise self.model.DoesNotExist("No such document for this person.")
        if len(found) > 1:
            raise self.model.MultipleObjectsReturned("More than one document.")
        return found[0]

    def count(self) -> int:
        return len(self) if self._reader is not None else super().count()

    def exists(self) -> bool:
        return bool(len(self)) if self._reader is not None else super().exists()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        return iter(list(self)) if self._reader is not None else super().iterator(*args, **kwargs)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        if self._reader is not None:
            raise TypeError("Documents chosen by visible_to cannot be a subquery.")
        return super().resolve_expression(*args, **kwargs)


class Document(models.Model):
    """A paper of a case, of a kind that says who reads it. Removed documents stay in the record, not on screen."""

    case = models.ForeignKey("cpc.Case", on_delete=models.PROTECT, related_name="documents")
    council = models.ForeignKey("councils.Council", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_reason = models.TextField(max_length=2000, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        indexes = [models.Index(fields=["case", "kind"], name="document_of_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True, removed_reason="")
                | (Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_reason="")),
                name="document_removed_who_when_why",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_label(self) -> str:
        kind = find_kind(self.kind)
        return kind.label if kind else self.kind

    @property
    def latest(self) -> DocumentVersion | None:
        """The newest version; versions come newest first."""
        return next(iter(self.versions.all()), None)


class DocumentVersion(models.Model):
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    file = models.FileField(storage=document_storage, upload_to=storage_name, max_length=100)
    original_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=120)
    scan_state = models.CharField(max_length=12, choices=ScanState.choices, default=ScanState.NOT_SCANNED)
    scan_note = models.CharField(max_length=200, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_version_number_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="document_version_not_empty"),
            models.CheckConstraint(
                condition=Q(scan_state="not_scanned") | Q(scanned_at__isnull=False),
                name="document_version_scanned_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, version {self.number}"

    @property
    def is_infected(self) -> bool:
        return self.scan_state == ScanState.INFECTED


class DocumentView(models.Model):
    """Somebody downloaded a version. Shown to the LGA."""

    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="views")
    viewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    viewed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-viewed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.viewed_by} opened {self.version}"
