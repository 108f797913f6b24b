"""PDF files, read by their own structure: who may open them, and whether they run anything."""

from __future__ import annotations

import re
import zipfile
from collections import deque
from typing import Any, BinaryIO

import pypdf
from pypdf import PasswordType, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from cpc.documents.errors import UploadRefused
from cpc.documents.formats import mismatch

LOCKED = "The selected file is protected by a password. Save it without a password"
RUNS = "PDF files that run a program cannot be uploaded. Print it to a new PDF and select that"
FORM_RUNS = (
    "The selected file is a form to fill in that can run a program. Open it, choose Print and then Save as PDF, and select"
    " the new file: what was filled in stays"
)
ACTIONS = {"/JavaScript", "/Launch"}
# An honest report has some thousands; of what lies beyond, the words are looked for.
MOST_OBJECTS = 20_000
AS_WORDS = re.compile(rb"/(JavaScript|JS|Launch)(?![A-Za-z0-9])")
# What pypdf raises for a file that it cannot make out.
UNREADABLE = (
    pypdf.errors.PyPdfError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    RecursionError,
    OSError,
)


def check_pdf(file: BinaryIO, extension: str) -> tuple[str, ...]:
    content = file.read()
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise mismatch(extension)
    # Two files in one: some programs would open what stands behind the PDF, or a zip archive that begins inside it.
    if content[content.rindex(b"%%EOF") + 5 :].strip(b"\0\t\n\r\f ") or zipfile.is_zipfile(file):
        raise mismatch(extension)
    file.seek(0)
    try:
        reader = PdfReader(file, strict=False)
        # With an owner's password only, everybody may open the file.
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise UploadRefused(LOCKED)
        runs, is_form = _runs(reader, content)
    except UNREADABLE as error:
        _check_as_words(content, error)
        return ()
    if runs:
        raise UploadRefused(FORM_RUNS if is_form else RUNS)
    return ()


def _check_as_words(content: bytes, error: Exception) -> None:
    """A file that is out of order is judged by its words, as strictly as may be."""
    if re.search(rb"/Encrypt(?![A-Za-z0-9])", content):
        raise UploadRefused(LOCKED) from error
    if AS_WORDS.search(content):
        raise UploadRefused(RUNS) from error


def _runs(reader: PdfReader, content: bytes) -> tuple[bool, bool]:
    """Whether anything that the file refers to is a script or starts a program, and whether it is a form."""
    is_form = bool(reader.root_object.get("/AcroForm"))
    waiting: deque[Any] = deque([reader.trailer])
    seen: set[int] = set()
    runs = False
    while waiting and not runs:
        each = waiting.popleft()
        if isinstance(each, IndirectObject):
            if each.idnum in seen:
                continue
            seen.add(each.idnum)
            if len(seen) > MOST_OBJECTS:
                return bool(AS_WORDS.search(content)), is_form
            each = each.get_object()
        if isinstance(each, DictionaryObject):
            # The values of a stream's dictionary, not its content: what a page says is no instruction.
            runs = each.get("/S") in ACTIONS or "/JS" in each or "/JavaScript" in each
            waiting.extend(each.values())
        elif isinstance(each, ArrayObject):
            waiting.extend(each)
    return runs, is_form
