"""The sentences of document events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "document_added": "added “{title}”",
        "document_version_added": "added version {number} of “{title}”",
        "document_sent_with_hidden": "sent version {number} of “{title}” with {hidden}, knowing of it",
        "document_removed": "removed “{title}”: {reason}",
        "document_infected": "a virus was found in version {number} of “{title}”; it cannot be downloaded",
    }
)
