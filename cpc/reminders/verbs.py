"""The sentences of reminders' events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "reminders_paused": "paused reminders of {about} until {until}",
        "reminder_pause_lifted": "ended the pause of reminders of {about}",
        "reminder_rule_added": "added a reminder rule: {rule}",
        "reminder_rule_changed": "changed a reminder rule: {rule}",
    }
)
