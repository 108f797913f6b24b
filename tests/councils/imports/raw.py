"""The whole files as their publishers made them, where somebody has put them; tests never need them."""

import os
from pathlib import Path

from councils.imports.services import apply_import, check_file

FOLDERS = [
    Path(__file__).resolve().parents[4] / "shared/data/raw",
    Path(os.environ.get("REFERENCE_DATA") or "/nowhere"),
]


def raw_file(name: str) -> list[bytes]:
    """Its content, once; nothing where it is absent."""
    found = [folder / name for folder in FOLDERS if (folder / name).is_file()]
    return [path.read_bytes() for path in found[:1]]


def twice(
    source: str, content: bytes, *, agreed: bool = False
) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """Added, changed, unchanged, refused: of the file, and of the same file when it has been applied."""
    counts = []
    for _ in range(2):
        run = check_file(source=source, file_name="file", content=content, by=None)
        counts.append((run.added, run.changed, run.unchanged, run.refused))
        if len(counts) == 1:
            apply_import(run=run, agreed=agreed, by=None)
    return counts[0], counts[1]
