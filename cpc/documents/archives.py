"""Office and OpenDocument files: archives, judged by their directory before anything is unpacked, and by their parts."""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

from cpc.documents.errors import UploadRefused
from cpc.documents.formats import CONTENT_TYPES, mismatch
from cpc.documents.markup import check_markup, content_types

MAX_ENTRIES = 5000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
PROGRAMS = ("exe", "dll", "scr", "com", "bat", "cmd", "ps1", "vbs", "js", "jar", "hta", "lnk", "msi", "sh")


def _open_archive(file: BinaryIO, extension: str) -> zipfile.ZipFile:
    head = file.read(8)
    file.seek(0)
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        # An Office file with a password is wrapped in this older container.
        raise UploadRefused("The selected file has a password or is an old Office file. Save it without a password")
    # An archive may begin anywhere in a file; an honest Office file is one from its first byte.
    if not head.startswith(b"PK\x03\x04"):
        raise mismatch(extension)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError) as error:
        raise mismatch(extension) from error


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


def _read_part(archive: zipfile.ZipFile, name: str, extension: str) -> bytes:
    if name not in archive.namelist() or archive.getinfo(name).file_size > 1024 * 1024:
        raise mismatch(extension)
    return archive.read(name)


def check_office(file: BinaryIO, extension: str) -> tuple[str, ...]:
    """Gives what the file holds beside what its pages show."""
    with _open_archive(file, extension) as archive:
        _check_directory(archive)
        try:
            types = _read_part(archive, "[Content_Types].xml", extension)
            kinds = content_types(types)
            if any("macroenabled" in kind or "vbaproject" in kind for kind in kinds):
                raise UploadRefused("Files with macros cannot be uploaded. Save it without macros and select it again")
            if f"{CONTENT_TYPES[extension]}.main+xml" not in kinds:
                raise mismatch(extension)
            return check_markup(archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise mismatch(extension) from error


def check_open_document(file: BinaryIO, extension: str) -> tuple[str, ...]:
    with _open_archive(file, extension) as archive:
        _check_directory(archive)
        try:
            if _read_part(archive, "mimetype", extension).strip() != CONTENT_TYPES[extension].encode():
                raise mismatch(extension)
            if b"encryption-data" in _read_part(archive, "META-INF/manifest.xml", extension):
                raise UploadRefused("The selected file is protected by a password. Save it without a password")
            if "content.xml" not in archive.namelist():
                raise mismatch(extension)
            return check_markup(archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise mismatch(extension) from error
