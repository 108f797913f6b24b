"""Files that come in to be imported are checked and scanned as documents are."""

from __future__ import annotations

import io

from councils.imports.files import text_of
from councils.imports.uploads import register_check, register_scanner
from cpc.components.incoming.text import FileUnreadable
from cpc.components.scan_states import ScanResult
from cpc.documents.archives import check_office
from cpc.documents.checks import check_text, clean_name, digest_of
from cpc.documents.errors import UploadRefused
from cpc.documents.scanning import WORKER_TIMEOUT, scan, scan_in_request


def check_import(name: str, content: bytes) -> None:
    """Which kinds of file there are, and how large they may be, the import itself has said by now."""
    try:
        extension = clean_name(name).rpartition(".")[2].lower()
        digest_of(io.BytesIO(content))
        if extension == "xlsx":
            check_office(io.BytesIO(content), extension)
        else:
            # An import reads more encodings than a document may have.
            check_text(io.BytesIO(text_of(content).encode()), extension)
    except UploadRefused as error:
        raise FileUnreadable(str(error)) from error


def scan_import(content: bytes, *, somebody_waits: bool) -> ScanResult:
    file = io.BytesIO(content)
    return scan_in_request(file, len(content)) if somebody_waits else scan(file, timeout=WORKER_TIMEOUT)


register_check(check_import)
register_scanner(scan_import)
