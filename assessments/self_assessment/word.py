"""The position statement as a Word file, for the council to use again (R27)."""

from __future__ import annotations

import io

import docx

from assessments.self_assessment.queries import words_now
from cpc.cases.models import Case


def statement_as_word(case: Case) -> bytes:
    document = docx.Document()
    document.add_heading(f"Position statement: {case.title}", level=0)
    for section in words_now(case):
        document.add_heading(section["area"], level=1)
        for label, text in section["parts"]:
            if text:
                document.add_heading(label, level=2)
                for paragraph in text.split("\n"):
                    # Word files are XML: what XML cannot hold is left out.
                    document.add_paragraph("".join(c for c in paragraph if c.isprintable() or c == "\t"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
