"""The sentences of deadlines' events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "deadlines_set": "set the deadlines that follow from the {start}",
        "deadline_asked": "asked for “{label}” by {on}",
        "deadline_met": "met the deadline “{label}” on {on}",
        "deadline_unmet": "reopened the deadline “{label}”",
        "deadline_revised": "agreed a new date for “{label}” with {agreed_with}: {before} became {after}: {reason}",
        "deadline_out_of_order": "agreed “{label}” out of order with the other dates ({conflicts}): {reason}",
        "deadline_explained": "gave the reason why “{label}” was {late}: {reason}",
        "deadlines_moved": "moved the deadlines that are counted from the corrected day: {moved}. Not moved: {kept}",
        "deadlines_cancelled": "let the open deadlines fall away",
    }
)
