"""The position statement as a Word file, for the council to use again (R27)."""

from __future__ import annotations

import io

import docx

from assessments.self_assessment.queries import words_now
from cpc.cases.models import Case
from cpc.components.text import xml_text


def statement_as_word(case: Case) -> bytes:
    document = docx.Document()
    document.add_heading(xml_text(f"Position statement: {case.title}"), level=0)
    for section in words_now(case):
        document.add_heading(xml_text(section["area"]), level=1)
        for label, text in section["parts"]:
            if text:
                document.add_heading(label, level=2)
                for paragraph in text.split("\n"):
                    document.add_paragraph(xml_text(paragraph))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
