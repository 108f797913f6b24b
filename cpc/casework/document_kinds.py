"""The kind of document that belongs to the case as a whole."""

from cpc.cases import access
from cpc.documents.document_kinds import register_kind

register_kind(
    code="case_file",
    label="LGA papers",
    # Kept for the LGA's own papers: notes of the set-up meeting, letters.
    readers=lambda user, version: access.is_case_lga(user, version.document.case),
    writers=lambda user, document: access.is_case_lga(user, document.case),
)
