"""Files made in the test: honest ones of every kind, and the nasty ones."""

from __future__ import annotations

import io
import zipfile
import zlib

import docx
import openpyxl
from PIL import Image

from cpc.documents.archives import MAX_ENTRIES
from cpc.documents.formats import CONTENT_TYPES
from cpc.documents.scanning import EICAR

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


def zip_around_pdf() -> bytes:
    """A zip archive whose first bytes are a PDF and whose comment holds the PDF's last line."""
    out = io.BytesIO(PDF)
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("a.txt", b"a")
        packed.comment = b"%%EOF"
    return out.getvalue()


# Name -> content, made when asked for.
ACCENTED = "Rapport détaillé – été " + "é" * (200 - 23 - 5)

HONEST = {
    "Position statement.docx": real_docx,
    "budget.xlsx": real_xlsx,
    "briefing.pptx": lambda: office("pptx"),
    "notes.odt": odt,
    "constitution.PDF": lambda: PDF,
    "map.png": lambda: picture("PNG"),
    "hall.jpg": lambda: picture("JPEG"),
    "hall.jpeg": lambda: picture("JPEG"),
    "reserves.csv": "area,£\nSomewhere,1\n".encode,
    "excel.csv": lambda: "area,£\nSomewhere,1\n".encode("cp1252"),
    "plain.txt": lambda: b"A plain text.\n",
    f"{ACCENTED}.docx": real_docx,
}

# Name, content, words of the refusal.
NASTY = [
    ("empty.docx", b"", "is empty"),
    ("empty.txt", b"", "is empty"),
    ("program.exe", EXE, "must be Word"),
    ("renamed.docx", EXE, "not a real .docx"),
    ("renamed.pdf", EXE, "not a real .pdf"),
    ("renamed.txt", EXE, "not a real .txt"),
    ("renamed.csv", EXE, "not a real .csv"),
    ("renamed.png", EXE, "not a real .png"),
    ("drawing.svg", SVG, "must be Word"),
    ("svg.png", SVG, "not a real .png"),
    ("svg.txt", SVG, "web page"),
    ("page.html", HTML, "must be Word"),
    ("html.png", HTML, "not a real .png"),
    ("html.jpg", HTML, "not a real .jpg"),
    ("html.csv", HTML, "web page"),
    ("tail.png", picture("PNG") + HTML, "not a real .png"),
    ("half.png", picture("PNG")[:-12], "not a real .png"),
    ("huge.png", huge_picture(), "too many pixels"),
    ("eicar.txt", EICAR, "virus was found"),
    ("eicar.csv", b"a,b\n" + EICAR, "virus was found"),
    ("macro.docm", office("docx"), "macros"),
    ("macro.xlsm", office("xlsx"), "macros"),
    ("part.docx", office("docx", {"word/vbaProject.bin": b"x"}), "macros"),
    (
        "type.docx",
        office("docx", types=b'ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"'),
        "macros",
    ),
    ("sheet.xlsx", office("xlsx", {"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
    ("basic.odt", odt({"Basic/Standard/Module1.xml": b"<x/>"}), "macros"),
    ("old.doc", OLE, "Save it as .docx"),
    ("locked.docx", OLE, "password"),
    ("locked.odt", odt({"META-INF/manifest.xml": b"<manifest:encryption-data/>"}), "password"),
    ("flag.docx", encrypted(office("docx")), "password"),
    ("locked.pdf", PDF.replace(b"trailer<<", b"trailer<</Encrypt 2 0 R"), "password"),
    ("script.pdf", PDF.replace(b"<<>>endobj", b"<</S/JavaScript>>endobj"), "run a program"),
    ("launch.pdf", PDF.replace(b"<<>>endobj", b"<</S/Launch>>endobj"), "run a program"),
    ("half.pdf", PDF[:-7], "not a real .pdf"),
    ("late.pdf", b"<html>" + PDF, "not a real .pdf"),
    ("bomb.docx", office("docx", {"word/a.bin": b"\0" * 30_000_000}), "too large when it is unpacked"),
    ("many.xlsx", office("xlsx", {f"x/{n}": b"" for n in range(MAX_ENTRIES)}), "too many parts"),
    ("dtd.docx", office("docx", {"word/a.xml": b"<!DOCTYPE a><a/>"}), "unsafe markup"),
    ("entity.odt", odt({"styles.xml": b'<!ENTITY a "b">'}), "unsafe markup"),
    ("wide.docx", office("docx", {"word/a.xml": "<!DOCTYPE a><a/>".encode("utf-16")}), "unsafe markup"),
    ("up.docx", office("docx", {"../../etc/passwd": b"x"}), "unsafe names"),
    ("root.docx", office("docx", {"/etc/passwd": b"x"}), "unsafe names"),
    ("inside.docx", office("docx", {"word/embeddings/a.exe": EXE}), "program inside"),
    ("zip.docx", archive({"a.txt": b"a"}), "not a real .docx"),
    ("sheet.docx", real_xlsx(), "not a real .docx"),
    ("document.odt", real_docx(), "not a real .odt"),
    ("front.docx", b"MZ" + real_docx(), "not a real .docx"),
    ("cut.docx", real_docx()[:500], "not a real .docx"),
    ("behind.pdf", PDF + archive({"a.txt": b"a"}), "not a real .pdf"),
    ("around.pdf", zip_around_pdf(), "not a real .pdf"),
    ("page.pdf", PDF + HTML, "not a real .pdf"),
    ("behind.jpg", picture("JPEG") + archive({"a.txt": b"a"}), "not a real .jpg"),
    ("backslash.docx", office("docx", {"..\\..\\a.xml": b"<a/>"}), "unsafe names"),
    ("drive.docx", office("docx", {"C:/a.xml": b"<a/>"}), "unsafe names"),
    ("null\0byte.txt", b"text", "characters that cannot be used"),
    ("a" * 300 + ".txt", b"text", "220 characters"),
    ("archive.zip", archive({"a.txt": b"a"}), "must be Word"),
    ("noextension", b"text", "must be Word"),
    (".txt", b"text", "must be Word"),
    ("double.docx.exe", real_docx(), "must be Word"),
    ("turned\u202excod.txt", b"text", "characters that cannot be used"),
    ("a" * 221 + ".txt", b"text", "220 characters"),
]
