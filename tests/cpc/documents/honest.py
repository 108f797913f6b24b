"""Honest files as the programs make that people use: one a producer, made in the test."""

from __future__ import annotations

import io

import docx
import fpdf
import openpyxl
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from tests.cpc.documents.files import odt, office, picture, real_docx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(words: str = "A report", **options: object) -> bytes:
    page = fpdf.FPDF()
    page.set_compression(bool(options.get("compressed", True)))
    page.add_page()
    page.set_font("helvetica", size=12)
    page.cell(text=words)
    if options.get("owner_password"):
        page.set_encryption(
            owner_password=str(options["owner_password"]), user_password=str(options.get("user_password", ""))
        )
    return bytes(page.output())


def pdf_of_another(content: bytes, algorithm: str = "", user: str = "") -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    if algorithm:
        writer.encrypt(user_password=user, owner_password="the owner's", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_form(script: bool) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("Name"),
            NameObject("/V"): TextStringObject("Ida"),
        }
    )
    if script:
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("AFNumber_Format(2)")}
        )
        field[NameObject("/AA")] = DictionaryObject({NameObject("/F"): action})
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
        {NameObject("/Fields"): ArrayObject([writer._add_object(field)])}
    )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word(body: str, more: dict[str, bytes] | None = None, encoding: str = "utf-8") -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return office("docx", {"word/document.xml": text.encode(encoding)} | (more or {}))


def utf16(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-16"?>{text}'.encode("utf-16")


PASSING = {
    "document management.docx": lambda: office("docx", {"customXml/item9.xml": utf16("<properties><p>caf\u00e9</p></properties>")}),
    "utf16 main.docx": lambda: word("<w:p/>", encoding="utf-16"),
    "web page pasted.docx": lambda: office("docx", {"customXml/item1.xml": b"<a><![CDATA[<!DOCTYPE html><html/>]]></a>"}),
    "words about markup.docx": lambda: word("<w:p><w:r><w:t>&lt;!DOCTYPE a&gt; &lt;!ENTITY b&gt;</w:t></w:r></w:p>"),
    "zipped on a Mac.docx": lambda: office(
        "docx", {"__MACOSX/word/._document.xml": b"\0\x05\x16\x07<!DOCTYPE\0Mac OS X", "word/._theme.xml": b"\0\x05\x16\x07\0"}
    ),
    "older drawing.xlsx": lambda: office("xlsx", {"xl/drawings/vmlDrawing1.vml": b"<xml><div><br>text</div></xml>"}),
    "empty part.docx": lambda: office("docx", {"customXml/item1.xml": b""}),
    "single quotes.docx": lambda: office(
        "docx",
        types=b"<?xml version='1.0'?><Types><Override ContentType='application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>",
    ),
    "types in utf-16.docx": lambda: office(
        "docx",
        types=utf16('<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'),
    ),
    "libreoffice.odt": lambda: odt({"settings.xml": b"<settings/>"}),
    "writer.pdf": pdf,
    "no editing rc4.pdf": lambda: pdf_of_another(pdf(), "RC4-128"),
    "no editing aes.pdf": lambda: pdf_of_another(pdf(), "AES-256"),
    "no editing fpdf.pdf": lambda: pdf(owner_password="the owner's"),
    "about encryption.pdf": lambda: pdf("Write /Encryption /Encrypt /JavaScript and /Launch by hand", compressed=False),
    "saved twice.pdf": lambda: pdf_of_another(pdf()),
    "form without a script.pdf": lambda: pdf_form(False),
    "notepad unicode.txt": lambda: "Caf\u00e9 notes\r\n".encode("utf-16"),
    "excel unicode text.txt": lambda: "area\t\u00a3\r\nLeeds\t1\r\n".encode("utf-16"),
    "big endian.csv": lambda: b"\xfe\xff" + "area,1\r\n".encode("utf-16-be"),
    "utf8 with mark.csv": lambda: "area,\u00a3\n".encode("utf-8-sig"),
}  # fmt: skip

# Sent as, kept as.
NAMES = {
    "Position\u200b statement.docx": "Position statement.docx",
    "Posi\u00adtion.docx": "Position.docx",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467.docx": "family \U0001f468\U0001f469\U0001f467.docx",
    "Bericht\ufeff.docx\u200e": "Bericht.docx",
    "cafe\u0301.docx": "caf\u00e9.docx",
}
PICTURES = {
    "chat.png": ("JPEG", "chat.jpg"),
    "screen.jpg": ("PNG", "screen.png"),
    "screen.jpeg": ("PNG", "screen.png"),
    "photo.jfif": ("JPEG", "photo.jpg"),
    "photo.JPE": ("JPEG", "photo.jpg"),
    "photo.jpeg": ("JPEG", "photo.jpeg"),
}
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100
# Name, content, words that help.
HELPED = [
    ("photo.heic", HEIC, "save or export it as .jpg"),
    ("photo.HEIF", HEIC, "save or export it as .jpg"),
    ("photo.jpg", HEIC, "save or export it as .jpg"),
    ("picture.webp", b"RIFF\0\0\0\0WEBPVP8 ", "save it as one of these"),
    ("chat.jpg", b"RIFF\0\0\0\0WEBPVP8 ", "save it as one of these"),
    ("plan.pages", b"PK\x03\x04", "Export To"),
    ("mail.msg", b"\xd0\xcf\x11\xe0", "Print the email to PDF"),
    ("form.pdf", pdf_form(True), "choose Print and then Save as PDF"),
    ("locked.pdf", pdf_of_another(pdf(), "AES-256", user="open"), "protected by a password"),
    ("locked older.pdf", pdf_of_another(pdf(), "RC4-128", user="open"), "protected by a password"),
    ("bad part.docx", office("docx", {"word/styles.xml": b"<a><b></a>"}), "its part word/styles.xml cannot be read"),
    ("utf16.txt", b"\xff\xfe" + b"\0\xd8", "not a real .txt"),
    ("unseen.txt", "\u200b\u200b".encode(), "not a real .txt"),
    ("page.txt", "<html><body>".encode("utf-16"), "web page"),
]


def workbook(*, sheets: bool = False, rows: int = 0, comments: int = 0) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for number in range(1, 6):
        sheet.cell(number, 1, number)
        sheet.row_dimensions[number].hidden = number <= rows
        if number <= comments:
            sheet.cell(number, 1).comment = openpyxl.comments.Comment("Is this right?", "Ida Lee")
    if sheets:
        for name, state in (("Salaries", "hidden"), ("Names", "veryHidden")):
            book.create_sheet(name).sheet_state = state
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def commented_word() -> bytes:
    document = docx.Document()
    run = document.add_paragraph("Reserves are low").runs[0]
    document.add_comment(run, text="Do we say this?", author="Ida Lee")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"


def notes(words: str) -> bytes:
    number = "<a:fld><a:t>1</a:t></a:fld>"
    return f'<p:notes xmlns:p="{P}" xmlns:a="{A}"><a:p><a:r><a:t>{words}</a:t></a:r>{number}</a:p></p:notes>'.encode()


DELETED = (
    '<w:p><w:del w:author="Ida Lee"><w:r><w:delText>a dangerously low \u00a32 million</w:delText></w:r></w:del></w:p>'
)
VANISHED = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Not for the team</w:t></w:r></w:p>"
# What the file is, its content, what is said of it.
HIDDEN = [
    ("tracked.docx", word(DELETED), ("1 tracked change (by Ida Lee)",)),
    ("tracked in utf-16.docx", word(DELETED * 2, encoding="utf-16"), ("2 tracked changes (by Ida Lee)",)),
    ("hidden text.docx", word(VANISHED), ("1 piece of hidden text",)),
    ("shown again.docx", word(VANISHED.replace("<w:vanish/>", '<w:vanish w:val="0"/>')), ()),
    ("commented.docx", commented_word(), ("1 comment (by Ida Lee)",)),
    ("plain.docx", real_docx(), ()),
    ("sheets.xlsx", workbook(sheets=True), ("2 hidden sheets (Salaries, Names)",)),
    ("rows.xlsx", workbook(rows=3), ("3 hidden rows",)),
    ("comments.xlsx", workbook(comments=2), ("2 comments",)),
    ("plain.xlsx", workbook(), ()),
    ("notes.pptx", office("pptx", {"ppt/notesSlides/notesSlide1.xml": notes("Do not say this")}), ("speaker notes under 1 slide",)),
    ("no notes.pptx", office("pptx", {"ppt/notesSlides/notesSlide1.xml": notes("")}), ()),
    ("slide.pptx", office("pptx", {"ppt/slides/slide2.xml": f'<p:sld xmlns:p="{P}" show="0"/>'.encode()}), ("1 hidden slide",)),
    ("tracked.odt", odt({"content.xml": b'<o xmlns:text="t"><text:changed-region/></o>'}), ("1 tracked change",)),
    ("picture.png", picture("PNG"), ()),
]  # fmt: skip
