"""The sentences of scheduling's events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "scope_recorded": "recorded the purpose and who asked for the challenge",
        "set_up_meeting_recorded": "recorded the set-up meeting of {on}",
        "onsite_dates_agreed": "agreed the onsite dates {dates}",
        "onsite_dates_changed": "changed the onsite dates from {before} to {dates}: {reason}",
    }
)
