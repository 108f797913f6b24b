"""Every kind of honest file passes; every nasty one is refused with a sentence of its own (QUALITY.md, "Uploads")."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cpc.documents.checks import CONTENT_TYPES, MAX_ENTRIES, check_upload
from cpc.documents.errors import UploadRefused
from cpc.documents.scanning import EICAR
from tests.cpc.documents import files

ACCENTED = "Rapport détaillé – été " + "é" * (200 - 23 - 5)

HONEST = {
    "Position statement.docx": files.real_docx,
    "budget.xlsx": files.real_xlsx,
    "briefing.pptx": lambda: files.office("pptx"),
    "notes.odt": files.odt,
    "constitution.PDF": lambda: files.PDF,
    "map.png": lambda: files.picture("PNG"),
    "hall.jpg": lambda: files.picture("JPEG"),
    "hall.jpeg": lambda: files.picture("JPEG"),
    "reserves.csv": lambda: "area,£\nSomewhere,1\n".encode(),
    "excel.csv": lambda: "area,£\nSomewhere,1\n".encode("cp1252"),
    "plain.txt": lambda: b"A plain text.\n",
    f"{ACCENTED}.docx": files.real_docx,
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_file_passes(name: str):
    facts = check_upload(SimpleUploadedFile(name, HONEST[name]()))
    assert facts.content_type == CONTENT_TYPES[name.rpartition(".")[2].lower()]
    # No scanner answers here: never said to be clean.
    assert facts.scan.state == "not_scanned"


def test_the_long_name_has_200_characters():
    assert len(f"{ACCENTED}.docx") == 200


NASTY = [
    ("empty.docx", b"", "is empty"),
    ("empty.txt", b"", "is empty"),
    ("program.exe", files.EXE, "must be Word"),
    ("renamed.docx", files.EXE, "not a real .docx"),
    ("renamed.pdf", files.EXE, "not a real .pdf"),
    ("renamed.txt", files.EXE, "not a real .txt"),
    ("renamed.csv", files.EXE, "not a real .csv"),
    ("renamed.png", files.EXE, "not a real .png"),
    ("drawing.svg", files.SVG, "must be Word"),
    ("svg.png", files.SVG, "not a real .png"),
    ("svg.txt", files.SVG, "web page"),
    ("page.html", files.HTML, "must be Word"),
    ("html.png", files.HTML, "not a real .png"),
    ("html.jpg", files.HTML, "not a real .jpg"),
    ("html.csv", files.HTML, "web page"),
    ("jpeg.png", files.picture("JPEG"), "not a real .png"),
    ("png.jpg", files.picture("PNG"), "not a real .jpg"),
    ("tail.png", files.picture("PNG") + files.HTML, "not a real .png"),
    ("half.png", files.picture("PNG")[:-12], "not a real .png"),
    ("huge.png", files.huge_picture(), "too many pixels"),
    ("eicar.txt", EICAR, "virus was found"),
    ("eicar.csv", b"a,b\n" + EICAR, "virus was found"),
    ("macro.docm", files.office("docx"), "macros"),
    ("macro.xlsm", files.office("xlsx"), "macros"),
    ("part.docx", files.office("docx", {"word/vbaProject.bin": b"x"}), "macros"),
    (
        "type.docx",
        files.office("docx", types=b'ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"'),
        "macros",
    ),
    ("basic.odt", files.odt({"Basic/Standard/Module1.xml": b"<x/>"}), "macros"),
    ("old.doc", files.OLE, "Save it as .docx"),
    ("locked.docx", files.OLE, "password"),
    ("locked.odt", files.odt({"META-INF/manifest.xml": b"<manifest:encryption-data/>"}), "password"),
    ("flag.docx", files.encrypted(files.office("docx")), "password"),
    ("locked.pdf", files.PDF.replace(b"trailer<<", b"trailer<</Encrypt 2 0 R"), "password"),
    ("script.pdf", files.PDF.replace(b"<<>>endobj", b"<</S/JavaScript>>endobj"), "run a program"),
    ("launch.pdf", files.PDF.replace(b"<<>>endobj", b"<</S/Launch>>endobj"), "run a program"),
    ("half.pdf", files.PDF[:-7], "not a real .pdf"),
    ("late.pdf", b"<html>" + files.PDF, "not a real .pdf"),
    ("bomb.docx", files.office("docx", {"word/a.bin": b"\0" * 30_000_000}), "too large when it is unpacked"),
    ("many.xlsx", files.office("xlsx", {f"x/{n}": b"" for n in range(MAX_ENTRIES)}), "too many parts"),
    ("dtd.docx", files.office("docx", {"word/a.xml": b"<!DOCTYPE a><a/>"}), "unsafe markup"),
    ("entity.odt", files.odt({"styles.xml": b'<!ENTITY a "b">'}), "unsafe markup"),
    ("wide.docx", files.office("docx", {"word/a.xml": "<!DOCTYPE a><a/>".encode("utf-16")}), "unsafe markup"),
    ("up.docx", files.office("docx", {"../../etc/passwd": b"x"}), "unsafe names"),
    ("root.docx", files.office("docx", {"/etc/passwd": b"x"}), "unsafe names"),
    ("inside.docx", files.office("docx", {"word/embeddings/a.exe": files.EXE}), "program inside"),
    ("zip.docx", files.archive({"a.txt": b"a"}), "not a real .docx"),
    ("sheet.docx", files.real_xlsx(), "not a real .docx"),
    ("document.odt", files.real_docx(), "not a real .odt"),
    ("front.docx", b"MZ" + files.real_docx(), "not a real .docx"),
    ("cut.docx", files.real_docx()[:500], "not a real .docx"),
    ("archive.zip", files.archive({"a.txt": b"a"}), "must be Word"),
    ("noextension", b"text", "must be Word"),
    (".txt", b"text", "must be Word"),
    ("double.docx.exe", files.real_docx(), "must be Word"),
    ("turned\u202excod.txt", b"text", "characters that cannot be used"),
    ("a" * 221 + ".txt", b"text", "220 characters"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), NASTY, ids=[repr(row[0][:20]) for row in NASTY])
def test_nasty_file_is_refused_with_its_sentence(name: str, content: bytes, sentence: str):
    with pytest.raises(UploadRefused, match=sentence):
        check_upload(SimpleUploadedFile(name, content))


def test_file_of_60_mb_is_refused_before_it_is_read():
    upload = SimpleUploadedFile("large.txt", b"text")
    upload.size = 60 * 1024 * 1024
    with pytest.raises(UploadRefused, match="50 MB or smaller"):
        check_upload(upload)
