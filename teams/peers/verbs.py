"""The sentences of the pool's events."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "peer_added": "added {name} to the peer pool",
        "peer_changed": "changed the peer profile of {name}",
        "peer_confirmed": "said that the peer profile of {name} is still right",
        "peer_asked_to_confirm": "asked {name} to check their peer profile",
        "peer_availability_added": "added days on which {name} could serve: {days}",
        "peer_availability_removed": "took off days on which {name} could serve: {days}",
    }
)
