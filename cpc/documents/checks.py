"""What a file must be to be accepted (QUALITY.md, "Uploads"). By content, not by what its name or the browser says."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from PIL import Image, UnidentifiedImageError

from cpc.components.scan_states import ScanResult
from cpc.documents.errors import UploadRefused
from cpc.documents.scanning import EICAR, scan_in_request

OFFICE = "application/vnd.openxmlformats-officedocument."
CONTENT_TYPES = {
    "docx": OFFICE + "wordprocessingml.document",
    "xlsx": OFFICE + "spreadsheetml.sheet",
    "pptx": OFFICE + "presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "csv": "text/csv",
    "txt": "text/plain",
}
ALLOWED_TEXT = "Word (.docx), Excel (.xlsx), PowerPoint (.pptx), PDF, .odt, .png, .jpg, .csv or .txt"
MAX_NAME = 220
MAX_ENTRIES = 5000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_PIXELS = 50_000_000
VIRUS_FOUND = "A virus was found in the selected file. Select another file"
PROGRAMS = ("exe", "dll", "scr", "com", "bat", "cmd", "ps1", "vbs", "js", "jar", "hta", "lnk", "msi", "sh")
WEB_PAGE = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype|html|head|body|script|svg|iframe)\b", re.I | re.S
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Facts:
    name: str
    size: int
    sha256: str
    content_type: str
    scan: ScanResult


def facts_of(upload: Any) -> Facts:
    """Check the upload once; the form's result is used again by the service."""
    known = getattr(upload, "document_facts", None)
    if known is None:
        known = upload.document_facts = check_upload(upload)
    return known


def check_upload(upload: Any) -> Facts:
    """Raises UploadRefused with a sentence that says what to do."""
    name, extension = check_name(upload.name or "")
    if not upload.size:
        raise UploadRefused("The selected file is empty. Select a file with something in it")
    if upload.size > settings.DOCUMENT_MAX_BYTES:
        limit = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
        raise UploadRefused(f"The selected file must be {limit} MB or smaller")
    digest = digest_of(upload)
    upload.seek(0)
    CHECKS[extension](upload, extension)
    upload.seek(0)
    result = scan_in_request(upload, upload.size)
    if result.state == "infected":
        raise UploadRefused(VIRUS_FOUND)
    upload.seek(0)
    return Facts(name, upload.size, digest, CONTENT_TYPES[extension], result)


def clean_name(raw: str) -> str:
    name = unicodedata.normalize("NFC", raw).strip()
    # Direction marks make "exe.docx" look like "xcod.exe", and the other way round.
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in name) or "/" in name or "\\" in name:
        raise UploadRefused("The file name has characters that cannot be used. Rename the file and select it again")
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
    if not dot or not stem.strip(". ") or extension not in CONTENT_TYPES:
        raise UploadRefused(f"The selected file must be {ALLOWED_TEXT}")
    return name, extension


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


def _mismatch(extension: str) -> UploadRefused:
    return UploadRefused(
        f"The selected file is not a real .{extension} file. Save it again as .{extension} and select it"
    )


# ------------------------------------------------------------------ archives (Office, OpenDocument)


def _open_archive(file: BinaryIO, extension: str) -> zipfile.ZipFile:
    head = file.read(8)
    file.seek(0)
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        # An Office file with a password is wrapped in this older container.
        raise UploadRefused("The selected file has a password or is an old Office file. Save it without a password")
    # An archive may begin anywhere in a file; an honest Office file is one from its first byte.
    if not head.startswith(b"PK\x03\x04"):
        raise _mismatch(extension)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError) as error:
        raise _mismatch(extension) from error


def _check_directory(archive: zipfile.ZipFile) -> None:
    """Read from the archive's directory, before anything is unpacked."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise UploadRefused(
            "The selected file has too many parts inside. Save it as another kind of file and select that"
        )
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise UploadRefused("The selected file is damaged: two parts have the same name. Save it again and select it")
    unpacked = packed = 0
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise UploadRefused("The selected file has unsafe names inside. Save it again and select it")
        if entry.flag_bits & 1:
            raise UploadRefused("The selected file is protected by a password. Save it without a password")
        if (
            "vbaproject" in entry.filename.lower()
            or "macrosheets" in (part.lower() for part in parts[:-1])
            or parts[0] in {"Basic", "Scripts"}
        ):
            raise UploadRefused("Files with macros cannot be uploaded. Save it without macros and select it again")
        if entry.filename.lower().rpartition(".")[2] in PROGRAMS:
            raise UploadRefused("The selected file has a program inside. Take it out, save it and select it again")
        unpacked += entry.file_size
        packed += entry.compress_size
    if unpacked > MAX_UNPACKED or (unpacked > 10 * 1024 * 1024 and unpacked > MAX_RATIO * max(packed, 1)):
        raise UploadRefused(
            "The selected file is too large when it is unpacked. Save it with smaller pictures or fewer rows"
        )


def _check_markup(archive: zipfile.ZipFile) -> None:
    """No document type or entity declarations in any part (entity bombs, outside files)."""
    for entry in archive.infolist():
        if not entry.filename.lower().endswith((".xml", ".rels", ".rdf", ".vml")):
            continue
        with archive.open(entry) as part:
            tail = b""
            while chunk := part.read(256 * 1024):
                window = tail + chunk
                # Two-byte encodings would hide the words looked for.
                if b"<!DOCTYPE" in window or b"<!ENTITY" in window or b"\0" in window:
                    raise UploadRefused(
                        "The selected file has unsafe markup inside. Save it again in Office and select it"
                    )
                tail = window[-16:]


def _read_part(archive: zipfile.ZipFile, name: str, extension: str) -> bytes:
    if name not in archive.namelist() or archive.getinfo(name).file_size > 1024 * 1024:
        raise _mismatch(extension)
    return archive.read(name)


def check_office(file: BinaryIO, extension: str) -> None:
    with _open_archive(file, extension) as archive:
        _check_directory(archive)
        try:
            types = _read_part(archive, "[Content_Types].xml", extension)
            if b"macroEnabled" in types or b"vbaProject" in types:
                raise UploadRefused("Files with macros cannot be uploaded. Save it without macros and select it again")
            if f'"{CONTENT_TYPES[extension]}.main+xml"'.encode() not in types.replace(b"'", b'"'):
                raise _mismatch(extension)
            _check_markup(archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise _mismatch(extension) from error


def check_open_document(file: BinaryIO, extension: str) -> None:
    with _open_archive(file, extension) as archive:
        _check_directory(archive)
        try:
            if _read_part(archive, "mimetype", extension).strip() != CONTENT_TYPES[extension].encode():
                raise _mismatch(extension)
            if b"encryption-data" in _read_part(archive, "META-INF/manifest.xml", extension):
                raise UploadRefused("The selected file is protected by a password. Save it without a password")
            if "content.xml" not in archive.namelist():
                raise _mismatch(extension)
            _check_markup(archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise _mismatch(extension) from error


# ------------------------------------------------------------------ the others


def check_pdf(file: BinaryIO, extension: str) -> None:
    content = file.read()
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise _mismatch(extension)
    # Two files in one: some programs would open what stands behind the PDF, or a zip archive that begins inside it.
    if content[content.rindex(b"%%EOF") + 5 :].strip(b"\0\t\n\r\f ") or zipfile.is_zipfile(file):
        raise _mismatch(extension)
    if b"/Encrypt" in content:
        raise UploadRefused("The selected file is protected by a password. Save it without a password")
    if b"/JavaScript" in content or b"/Launch" in content:
        raise UploadRefused("PDF files that run a program cannot be uploaded. Print it to a new PDF and select that")


def check_image(file: BinaryIO, extension: str) -> None:
    wanted = "PNG" if extension == "png" else "JPEG"
    try:
        # Reads the header only; nothing is decompressed.
        with Image.open(file, formats=[wanted]) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        width, height = MAX_PIXELS, 2
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise _mismatch(extension) from error
    if width * height > MAX_PIXELS:
        raise UploadRefused("The selected picture has too many pixels. Make it smaller and select it again")
    file.seek(0)
    content = file.read()
    ends = content.endswith(b"IEND\xaeB`\x82") if wanted == "PNG" else b"\xff\xd9" in content[-4096:]
    if not ends or zipfile.is_zipfile(file):
        raise _mismatch(extension)


def check_text(file: BinaryIO, extension: str) -> None:
    content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            # What Excel on Windows writes.
            text = content.decode("cp1252")
        except UnicodeDecodeError as error:
            raise _mismatch(extension) from error
    if CONTROL.search(text) or not text.strip():
        raise _mismatch(extension)
    if WEB_PAGE.match(content.removeprefix(b"\xef\xbb\xbf")):
        raise UploadRefused("The selected file is a web page. Save it as another kind of file and select that")


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
