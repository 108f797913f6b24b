"""The sentences of the outbox's events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "message_resent": "sent the message “{label}” to {name} again",
        "message_repeated": "sent the message “{label}” to {name} once more: {reason}",
    }
)
