"""Files made in the test: honest ones of every kind, and the nasty ones."""

from __future__ import annotations

import io
import zipfile
import zlib

import docx
import openpyxl
from PIL import Image

from cpc.documents.checks import CONTENT_TYPES

ODF_MANIFEST = (
    b'<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


def archive(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def office(extension: str, more: dict[str, bytes] | None = None, types: bytes | None = None) -> bytes:
    """The least that is an Office file of this extension, with more parts if given."""
    if types is None:
        types = f'<Types><Override PartName="/main.xml" ContentType="{CONTENT_TYPES[extension]}.main+xml"/></Types>'.encode()
    return archive({"[Content_Types].xml": types, "main.xml": b"<main/>"} | (more or {}))


def odt(more: dict[str, bytes] | None = None, mimetype: bytes = CONTENT_TYPES["odt"].encode()) -> bytes:
    parts = {"mimetype": mimetype, "META-INF/manifest.xml": ODF_MANIFEST, "content.xml": b"<office/>"}
    return archive(parts | (more or {}))


def real_docx() -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Position statement")
    document.save(out)
    return out.getvalue()


def real_xlsx() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", size).save(out, kind)
    return out.getvalue()


def huge_picture() -> bytes:
    """A PNG whose header claims 30,000 by 30,000 pixels."""
    small = picture("PNG")
    header = b"IHDR" + (30000).to_bytes(4, "big") * 2 + small[24:29]
    checksum = zlib.crc32(header).to_bytes(4, "big")
    return small[:12] + header + checksum + small[33:]


def encrypted(content: bytes) -> bytes:
    """The flag of encryption set on each entry of the directory."""
    out, at = bytearray(content), 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        out[at + 8] |= 1
        at += 4
    return bytes(out)


PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + b"\x00" * 200
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512
