"""The due list as a file that can be handed on."""

from __future__ import annotations

from cpc.cycle.queries import DueRow

COLUMNS = [
    "As at",
    "Council",
    "Code",
    "Region",
    "Type",
    "Due status",
    "State",
    "Last peer challenge",
    "Usual time begins",
    "Due",
    "Why",
    "Note",
]


def cells(row: DueRow) -> list[str]:
    council = row.council
    return [
        f"{row.on:%Y-%m-%d}",
        council.name,
        council.gss_code,
        council.region,
        council.get_council_type_display(),
        row.standing.label,
        row.state.label,
        row.last.text if row.last else "",
        row.window_text,
        row.due_text,
        "; ".join(row.reasons),
        "; ".join(row.warnings),
    ]
