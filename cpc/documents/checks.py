"""What a file must be to be accepted. By content, not by what its name or the browser says."""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from PIL import Image, UnidentifiedImageError

from cpc.components.scan_states import ScanResult
from cpc.components.text import DIRECTIONS, has_visible, is_unseen
from cpc.documents.archives import check_office, check_open_document
from cpc.documents.errors import UploadRefused
from cpc.documents.formats import ALLOWED_TEXT, CONTENT_TYPES, HOW, SAME_AS, mismatch
from cpc.documents.pdf_files import check_pdf
from cpc.documents.scanning import EICAR, scan_in_request

MAX_NAME = 220
MAX_PIXELS = 50_000_000
UNUSABLE = "The file name has characters that cannot be used. Rename the file and select it again"
VIRUS_FOUND = "A virus was found in the selected file. Select another file"
WEB_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype|html|head|body|script|svg|iframe)\b", re.I | re.S
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Facts:
    name: str
    size: int
    sha256: str
    content_type: str
    scan: ScanResult
    # What the file holds beside what its pages show, in words.
    hidden: tuple[str, ...] = ()


def facts_of(upload: Any) -> Facts:
    """Check the upload once; the form's result is used again by the service."""
    known = getattr(upload, "document_facts", None)
    if known is None:
        known = upload.document_facts = check_upload(upload)
    return known


def in_a_row(words: tuple[str, ...]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def hidden_sentence(facts: Facts) -> str:
    return (
        f"The selected file holds {in_a_row(facts.hidden)}, which everyone who opens it can read. Take them out and select"
        " it again, or select it again and tick that it is sent with them"
    )


def check_upload(upload: Any) -> Facts:
    """Raises UploadRefused with a sentence that says what to do."""
    name, extension = check_name(upload.name or "")
    if not upload.size:
        raise UploadRefused("The selected file is empty. Select a file with something in it")
    if upload.size > settings.DOCUMENT_MAX_BYTES:
        limit = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
        raise UploadRefused(f"The selected file must be {limit} MB or smaller")
    digest = digest_of(upload)
    name, extension = picture_by_content(upload, name, extension)
    upload.seek(0)
    hidden = CHECKS[extension](upload, extension)
    upload.seek(0)
    result = scan_in_request(upload, upload.size)
    if result.state == "infected":
        raise UploadRefused(VIRUS_FOUND)
    upload.seek(0)
    return Facts(name, upload.size, digest, CONTENT_TYPES[extension], result, hidden)


def clean_name(raw: str) -> str:
    """The name without characters that show nothing; one with characters that could mislead is refused."""
    name = unicodedata.normalize("NFC", raw)
    # Direction marks make "exe.docx" look like "xcod.exe", and the other way round.
    if any(letter in DIRECTIONS or unicodedata.category(letter) in {"Cc", "Cs"} for letter in name.strip()):
        raise UploadRefused(UNUSABLE)
    if "/" in name or "\\" in name:
        raise UploadRefused(UNUSABLE)
    name = "".join(letter for letter in name if not is_unseen(letter)).strip()
    if len(name) > MAX_NAME:
        raise UploadRefused(
            f"The file name must be {MAX_NAME} characters or fewer. Rename the file and select it again"
        )
    return name


def check_name(raw: str) -> tuple[str, str]:
    name = clean_name(raw)
    stem, dot, extension = name.rpartition(".")
    extension = extension.lower()
    if extension in {"docm", "dotm", "xlsm", "xltm", "pptm", "potm", "xlam"}:
        raise UploadRefused("Files with macros cannot be uploaded. Save it without macros and select it again")
    if extension in {"doc", "xls", "ppt"}:
        raise UploadRefused(f"Old Office files cannot be uploaded. Save it as .{extension}x and select it again")
    if extension in SAME_AS:
        extension = SAME_AS[extension]
        name = f"{stem}.{extension}"
    if dot and extension in HOW:
        raise UploadRefused(HOW[extension])
    if not dot or not stem.strip(". ") or extension not in CONTENT_TYPES:
        raise UploadRefused(f"The selected file must be {ALLOWED_TEXT}")
    return name, extension


def picture_by_content(upload: Any, name: str, extension: str) -> tuple[str, str]:
    """Chat programs and phones give pictures the wrong ending: the content decides, and the name is put right."""
    if extension not in {"png", "jpg", "jpeg"}:
        return name, extension
    upload.seek(0)
    kind = picture_kind(upload.read(16))
    upload.seek(0)
    if kind in HOW:
        raise UploadRefused(HOW[kind])
    if not kind or kind == {"jpeg": "jpg"}.get(extension, extension):
        return name, extension
    return f"{name.rpartition('.')[0]}.{kind}", kind


def digest_of(file: BinaryIO) -> str:
    """The digest; and the standard virus test file, refused at the door even when no scanner answers."""
    digest, tail = hashlib.sha256(), b""
    file.seek(0)
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
        if EICAR in tail + chunk:
            raise UploadRefused(VIRUS_FOUND)
        tail = chunk[-len(EICAR) :]
    return digest.hexdigest()


def picture_kind(head: bytes) -> str:
    """The extension of a picture by its first bytes; empty for anything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif"}:
        return "heic"
    return "webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def check_image(file: BinaryIO, extension: str) -> tuple[str, ...]:
    wanted = "PNG" if extension == "png" else "JPEG"
    try:
        # Reads the header only; nothing is decompressed.
        with Image.open(file, formats=[wanted]) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        width, height = MAX_PIXELS, 2
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise mismatch(extension) from error
    if width * height > MAX_PIXELS:
        raise UploadRefused("The selected picture has too many pixels. Make it smaller and select it again")
    file.seek(0)
    content = file.read()
    ends = content.endswith(b"IEND\xaeB`\x82") if wanted == "PNG" else b"\xff\xd9" in content[-4096:]
    if not ends or zipfile.is_zipfile(file):
        raise mismatch(extension)
    return ()


def decoded(content: bytes) -> str | None:
    """Text by its byte order mark, as UTF-8, or as spreadsheets on Windows write it; None where it is no text."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def check_text(file: BinaryIO, extension: str) -> tuple[str, ...]:
    text = decoded(file.read())
    if text is None or CONTROL.search(text) or not has_visible(text):
        raise mismatch(extension)
    if WEB_PAGE.match(text):
        raise UploadRefused("The selected file is a web page. Save it as another kind of file and select that")
    return ()


CHECKS = {
    "docx": check_office,
    "xlsx": check_office,
    "pptx": check_office,
    "odt": check_open_document,
    "pdf": check_pdf,
    "png": check_image,
    "jpg": check_image,
    "jpeg": check_image,
    "csv": check_text,
    "txt": check_text,
}
