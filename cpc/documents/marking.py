"""A copy of a file that says on every page whose copy it is. The stored file is never touched.

Only Word documents and PDFs can be marked; what cannot be marked is not handed to named recipients at all.
"""

from __future__ import annotations

import io
import unicodedata

import docx
from docx.section import Section
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from cpc.components.text import xml_text

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MARGIN = 14


class CannotMark(Exception):
    """Why this file cannot carry a mark, as a sentence."""


def can_mark(content_type: str) -> bool:
    """Whether files of this kind can carry a mark; a damaged one still cannot."""
    return content_type in {PDF, WORD}


def marked(content: bytes, content_type: str, mark: str) -> bytes:
    """The file with `mark` on every page. Raises CannotMark."""
    if content_type == PDF:
        make = _marked_pdf
    elif content_type == WORD:
        make = _marked_word
    else:
        raise CannotMark("Only a Word document (.docx) or a PDF can carry the name of who downloads it.")
    try:
        return make(content, mark)
    except Exception as error:  # the libraries raise whatever a damaged file leads them to
        raise CannotMark("The name of who downloads it could not be put on this file.") from error


def _marked_word(content: bytes, mark: str) -> bytes:
    document = docx.Document(io.BytesIO(content))
    for number, section in enumerate(document.sections):
        for header in _headers(section, first=number == 0):
            line = header.paragraphs[0].insert_paragraph_before() if header.paragraphs else header.add_paragraph()
            line.add_run(xml_text(mark)).bold = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _headers(section: Section, *, first: bool) -> list:
    """The headers to write on: one that is linked shows that of the section before, so the first section has all three,
    also those that only a later section shows."""
    kinds = [section.header, section.even_page_header, section.first_page_header]
    return [header for header in kinds if first or not header.is_linked_to_previous]


def _marked_pdf(content: bytes, mark: str) -> bytes:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise CannotMark("The PDF asks for a password.")
    writer = PdfWriter(clone_from=reader)
    if not writer.pages:
        raise CannotMark("The PDF has no pages.")
    stamps: dict[tuple[float, float], PdfReader] = {}
    for page in writer.pages:
        if page.rotation:
            # Else the mark would stand along the side of what the reader sees.
            page.transfer_rotation_to_content()
        box = page.cropbox
        size = (float(box.width), float(box.height))
        if size not in stamps:
            stamps[size] = PdfReader(io.BytesIO(_stamp(size, mark)))
        stamp = stamps[size].pages[0]
        page.merge_translated_page(stamp, float(box.left), float(box.bottom))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _stamp(size: tuple[float, float], mark: str) -> bytes:
    width, height = size
    paper = FPDF(unit="pt", format=(width, height))
    paper.set_auto_page_break(False)
    paper.set_margins(MARGIN, MARGIN)
    paper.add_page()
    paper.set_font("Helvetica", style="B", size=8)
    paper.set_text_color(120, 0, 0)
    for y in (MARGIN / 2, height - 2 * MARGIN):
        paper.set_xy(MARGIN, y)
        paper.multi_cell(width - 2 * MARGIN, 9, _latin(mark), align="C")
    return bytes(paper.output())


def _latin(text: str) -> str:
    """In the letters that every PDF reader has: others lose their accents."""
    found = []
    for letter in text:
        try:
            letter.encode("latin-1")
            found.append(letter)
        except UnicodeEncodeError:
            plain = unicodedata.normalize("NFKD", letter).encode("latin-1", "ignore").decode("latin-1")
            found.append(plain or "?")
    return "".join(found)
