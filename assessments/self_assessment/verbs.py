"""The sentences of the position statement's events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "statement_section_changed": "wrote on “{area}” in the position statement",
        "section_contributor_added": "asked {name} to write on “{area}”",
        "section_contributor_removed": "no longer asks {name} to write on “{area}”",
        "section_comment_added": "commented on “{area}” in the position statement",
        "position_statement_submitted": "submitted the position statement (draft {number})",
        "position_statement_recalled": "took the position statement back to go on writing",
        "position_statement_returned": "returned the position statement: {reason}",
        "position_statement_finalised": "accepted the position statement as final",
        "position_statement_reopened": "reopened the position statement: {reason}",
        "pack_document_added": "added “{title}” to the pack",
        "pack_released": "released the pack to the peer team",
        "pack_released_with_override": "released the pack before the position statement was final: {reason}",
        "pack_withdrawn": "withdrew the pack from the peer team: {reason}",
    }
)

register_waivers({"pack_released_with_override": ("assessments.PositionStatement.pack_override_reason",)})
