"""The sentences of onsite's events. None carries the words of a finding."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "session_added": "added a session on {day}",
        "session_changed": "changed a session on {day}",
        "session_moved": "moved a session from {before} to {after}",
        "session_removed": "removed a session on {day}: {reason}",
        "finding_logged": "logged a finding on “{area}”",
        "finding_changed": "changed a finding on “{area}”",
        "finding_state_changed": "moved a finding on “{area}” to {state}",
        "finding_endorsed": "endorsed a finding on “{area}”",
        "daily_talk_recorded": "recorded the talk “{pair}” of {day}: {state}",
        "final_feedback_recorded": "recorded the final feedback of {on}",
    }
)
