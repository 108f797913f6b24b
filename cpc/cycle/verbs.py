"""The sentences of the cycle's events. What was said in private stands in none of them."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "council_prompted": "noted a reason to get in touch with {council}: {what}",
        "prompt_set_aside": "set aside a reason to get in touch with {council}",
        "prompt_withdrawn": "withdrew a reason to get in touch with {council}: the import that it came from was undone",
        "council_handed_over": "made {adviser} principal adviser of {council} from {day}",
        "contact_logged": "wrote in the contact log of {council}",
        "support_logged": "wrote in the support log of {council}",
        "journey_entry_added": "added to the journey of {council}: {kind}, {name}, {days}",
        "journey_entry_changed": "changed on the journey of {council}: {kind}, {name}, {days}",
        "mentoring_added": "recorded that {peer} mentors at {council} {days}",
        "mentoring_ended": "recorded the last day of {peer} as mentor at {council}: {days}",
        "conversation_recorded": "recorded “{state}” for {council} from {day}",
        "conversation_ended": "recorded {day} as the last day of “{state}” for {council}",
    }
)
