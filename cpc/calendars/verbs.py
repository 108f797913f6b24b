"""The sentences of the calendars' events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "calendar_entry_added": "added “{name}” to the calendars",
        "calendar_entry_changed": "changed “{name}” in the calendars",
        "calendar_entry_removed": "removed “{name}” from the calendars",
    }
)
