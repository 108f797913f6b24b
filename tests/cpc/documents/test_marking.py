"""Copies that carry the name of their reader."""

import io

import docx
import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from cpc.documents.marking import PDF, WORD, CannotMark, can_mark, marked

MARK = "Draft for Łucja O'Brien (lucja@council.example.org) only. Release 7."


def word(*, sections: int = 1, own_header: str = "") -> bytes:
    document = docx.Document()
    document.add_paragraph("Words of the draft")
    for _ in range(sections - 1):
        document.add_section()
        document.add_paragraph("More words")
    if own_header:
        last = document.sections[-1]
        last.header.is_linked_to_previous = False
        last.header.paragraphs[0].text = own_header
        last.different_first_page_header_footer = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(
    *, sizes: list[tuple[float, float]] | None = None, rotate: int = 0, password: str = "", owner: str = ""
) -> bytes:
    paper = FPDF(unit="pt")
    for size in sizes or [(595, 842)]:
        paper.add_page(format=size)
        paper.set_font("Helvetica", size=12)
        paper.cell(text="Words of the draft")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(paper.output()))))
    for page in writer.pages:
        page.rotate(rotate)
    if password or owner:
        writer.encrypt(password, owner or password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_texts(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize(
    "content",
    [pdf(), pdf(sizes=[(595, 842), (842, 595), (200, 300)]), pdf(rotate=90), pdf(owner="owner")],
    ids=["plain", "several sizes", "turned", "owner's password"],
)
def test_every_page_of_a_pdf_carries_the_mark(content):
    texts = pdf_texts(marked(content, PDF, MARK))
    assert len(texts) == len(PdfReader(io.BytesIO(content)).pages)
    for text in texts:
        assert "lucja@council.example.org" in text and "O'Brien" in text and "Release 7." in text
        assert "Words of the draft" in text


@pytest.mark.parametrize("content", [word(), word(sections=3), word(sections=2, own_header="Annex")])
def test_every_section_of_a_word_document_shows_the_mark(content):
    document = docx.Document(io.BytesIO(marked(content, WORD, MARK)))
    for section in document.sections:
        headers = [section.header]
        if section.different_first_page_header_footer:
            headers.append(section.first_page_header)
        for header in headers:
            # A linked header shows that of the section before.
            assert MARK in [paragraph.text for paragraph in header.paragraphs]
    assert document.paragraphs[0].text == "Words of the draft"


def test_a_header_of_its_own_is_kept_under_the_mark():
    document = docx.Document(io.BytesIO(marked(word(sections=2, own_header="Annex"), WORD, MARK)))
    assert [paragraph.text for paragraph in document.sections[1].header.paragraphs] == [MARK, "Annex"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(pdf(password="secret"), PDF), (b"%PDF-1.4 nothing", PDF), (b"PK\x03\x04", WORD), (b"a,b", "text/csv")],
)
def test_what_cannot_be_marked_says_so(content, kind):
    with pytest.raises(CannotMark):
        marked(content, kind, MARK)


def test_which_kinds_can_be_marked():
    assert [can_mark(kind) for kind in (PDF, WORD, "text/plain")] == [True, True, False]
