"""The sentences of deadlines' events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "deadlines_set": "set the deadlines that follow from the {start}",
        "deadline_met": "met the deadline “{label}” on {on}",
        "deadline_unmet": "reopened the deadline “{label}”",
        "deadline_revised": "agreed a new date for “{label}” with {agreed_with}: {before} became {after}: {reason}",
        "deadlines_cancelled": "let the open deadlines fall away",
        "reminders_paused": "paused reminders of {about} until {until}",
        "reminder_pause_lifted": "ended the pause of reminders of {about}",
        "reminder_rule_added": "added a reminder rule: {rule}",
        "reminder_rule_changed": "changed a reminder rule: {rule}",
        "calendar_entry_added": "added “{name}” to the calendars",
        "calendar_entry_changed": "changed “{name}” in the calendars",
        "calendar_entry_removed": "removed “{name}” from the calendars",
    }
)
