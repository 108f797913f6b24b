"""What a file must be before it is read. Packages above check and scan the files that come in; they register themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from councils.imports.files import check_upload
from cpc.components.scan_states import ScanResult, ScanState

NOT_SCANNED = ScanResult(ScanState.NOT_SCANNED, "No scanner is set up")
# Called with the name and the content; raises FileUnreadable with a sentence that says what to do.
CHECKS: list[Callable[[str, bytes], None]] = []


class Scanner(Protocol):
    def __call__(self, content: bytes, *, somebody_waits: bool) -> ScanResult: ...


SCANNERS: list[Scanner] = []


def register_check(check: Callable[[str, bytes], None]) -> None:
    if check not in CHECKS:
        CHECKS.append(check)


def register_scanner(scanner: Scanner) -> None:
    if scanner not in SCANNERS:
        SCANNERS.append(scanner)


def check(name: str, content: bytes, endings: tuple[str, ...]) -> None:
    check_upload(name, content, endings)
    for each in CHECKS:
        each(name, content)


def scan(content: bytes, *, somebody_waits: bool) -> ScanResult:
    """Clean only if every scanner says so."""
    result = NOT_SCANNED
    for scanner in SCANNERS:
        result = scanner(content, somebody_waits=somebody_waits)
        if result.state != ScanState.CLEAN:
            break
    return result
