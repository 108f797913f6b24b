"""The sentences of scheduling's events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "scope_recorded": "recorded the purpose and who asked for the challenge",
        "set_up_meeting_recorded": "recorded the set-up meeting of {on}",
        "set_up_absence_accepted": "held the set-up meeting of {on} without {who}: {reason}",
        "onsite_dates_agreed": "agreed the onsite dates {dates}",
        "onsite_length_waived": "agreed onsite days of another length than usual ({unusual}): {reason}",
        "onsite_dates_changed": "changed the onsite dates from {before} to {dates}: {reason}",
    }
)

register_waivers(
    {
        "set_up_absence_accepted": ("cpc.Scope.absence_reason",),
        "onsite_length_waived": ("cpc.DateChange.length_reason",),
    }
)
