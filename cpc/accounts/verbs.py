"""The sentences of events about accounts, and at the door."""

from cpc.audit.presenters import register_verbs

register_verbs(
    {
        "person_invited": "invited {name} as {role}",
        "invitation_resent": "sent the invitation to {name} again",
        "invitation_withdrawn": "withdrew the invitation to {name}",
        "invitation_accepted": "accepted the invitation",
        "person_deactivated": "deactivated the account of {name}",
        "person_reactivated": "reactivated the account of {name}",
        "role_changed": "changed the role of {name} from {from_role} to {role}",
        "profile_changed": "changed their own details",
    },
    group="account",
)
register_verbs(
    {
        "signed_in": "signed in with {how}, from {client}",
        "signed_out": "signed out, from {client}",
        "sign_in_refused": "refused a sign-in to {account}, from {client}: {why}",
        "sign_in_locked": "took no more sign-ins for a while from {client}: too many attempts",
        "sign_in_code_asked": "was asked for a sign-in code for {account}, from {client}",
        "unknown_address_used": "was asked for a code or a link for {account}, from {client}",
        "password_reset_asked": "was asked for a link to set a new password of {account}, from {client}",
        "password_reset_done": "set a new password by the link sent to them, from {client}",
        "password_changed": "changed their password, from {client}",
        "second_step_added": "added {step} to their sign-in, from {client}",
        "second_step_removed": "took {step} out of their sign-in, from {client}",
        "second_step_renewed": "made new {step}, from {client}",
        "address_change_asked": "asked to change their email address, from {client}",
        "address_changed": "changed their email address, from {client}",
        "sessions_ended": "signed out everywhere else, from {client}",
    },
    group="sign_in",
)
