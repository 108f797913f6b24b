"""R102: which core steps of a challenge were changed, by whom, when and why: in one place of the case.

A waiver is an event, so it stays for good whatever becomes of the row that it was about. Each package names the verbs of
its waivers here, and the fields that keep their reasons; a test finds verbs and fields that nobody named.
"""

from __future__ import annotations

from cpc.audit.presenters import VERBS

# Verb -> the fields of models, as app.Model.field, that hold what was waived or why.
WAIVERS: dict[str, tuple[str, ...]] = {}


def register_waivers(verbs: dict[str, tuple[str, ...]]) -> None:
    """Each verb must have its sentence, with {reason}. Raises ValueError otherwise."""
    for verb, fields in verbs.items():
        if "{reason}" not in VERBS.get(verb, ""):
            raise ValueError(f"The waiver {verb} has no sentence with its reason.")
        WAIVERS[verb] = fields
