"""What happened to people and to the register, recorded. Both lie below audit and announce; this listens."""

from __future__ import annotations

from datetime import date
from typing import Any

from councils import events as register_events
from cpc.accounts import events as account_events
from cpc.audit.presenters import register_verbs
from cpc.audit.services import record

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
        "sign_in_locked": "took no more sign-ins for a while from {client}: too many tries",
        "sign_in_code_asked": "was asked for a sign-in code for {account}, from {client}",
        "unknown_address_used": "was asked for a code or a link for {account}, from {client}",
        "password_reset_asked": "was asked for a link to set a new password of {account}, from {client}",
        "password_reset_done": "set a new password by the link sent to them, from {client}",
        "password_changed": "changed their password, from {client}",
        "second_step_added": "added {step} to their sign-in, from {client}",
        "second_step_removed": "took {step} out of their sign-in, from {client}",
        "second_step_renewed": "made new {step}, from {client}",
        "address_change_asked": "asked to change their e-mail address, from {client}",
        "address_changed": "changed their e-mail address, from {client}",
        "sessions_ended": "signed out everywhere else, from {client}",
    },
    group="sign_in",
)
register_verbs(
    {
        "tenure_recorded": "recorded {name} as {post} of {council}, {days}",
        "tenure_ended": "recorded {last_day} as the last day of {name} as {post} of {council}",
        "control_recorded": "recorded the political control of {council} after May {year}: {control_text}",
        "seats_recorded": "recorded the seats of {council} after May {year}: {seats_text}",
        "seats_removed": "removed the seats of {council} after May {year}: {seats_text}",
        "poll_recorded": "recorded a poll of {council} on {day}: {poll_text}",
        "import_received": "gave the file “{file_name}” ({title}) to be imported",
        "import_reread": "had the file “{file_name}” ({title}) read again",
        "import_applied": "applied the import “{file_name}” ({title}): {added} added, {changed} changed, {refused} refused, {outside} outside the register",
        "import_apply_asked": "asked that the import “{file_name}” ({title}) be applied",
        "import_undo_asked": "asked that the import “{file_name}” ({title}) be undone",
        "import_infected": "a virus was found in the file “{file_name}” ({title}), which was not imported and is no longer kept",
        "import_discarded": "discarded the import “{file_name}” ({title})",
        "import_undone": "undid the import “{file_name}” ({title}); {kept} changes stay, changed by others since",
        "reorganisation_made": "entered the reorganisation “{name}” of {day} as a draft",
        "reorganisation_changed": "changed the draft of the reorganisation “{name}”: {change}",
        "reorganisation_discarded": "discarded the draft of the reorganisation “{name}”",
        "reorganisation_put_in_force": "put the reorganisation “{name}” of {day} in force: {successors} come after, the last day of {ending} is the day before",
        "reorganisation_names_taken": "gave new names or types on the vesting day of “{name}”: {successors}",
        "reorganisation_undone": "undid the reorganisation “{name}” of {day}: {successors}",
        "council_changed": "changed whether {council} is offered peer challenges: {offered}",
        "succession_recorded": "recorded that {council} follows {predecessor} from {day}: {kind}",
        "succession_removed": "removed the record that {council} follows {predecessor}",
        "days_changed": "changed the days of {council}: {days}",
        "facts_changed": "recorded a change of {council} on {day}: {changes_text}",
        "code_changed": "recorded that the code of {council} is {code} from {day}, in place of {former}",
        "former_code_dated": "recorded {last_day} as the last day of the former code {code} of {council}",
        "code_change_taken_back": "took back that the code of {council} is {taken} from {day}: it is {code}",
        "contact_added": "added {name} as a contact of {council}: {contact_role}",
        "contact_changed": "changed the contact {name} of {council}: {contact_role}",
        "contact_ended": "recorded {last_day} as the last day of {name} as a contact of {council}: {contact_role}",
    },
    group="register",
)

# What a record of a person holds. A token or an address has no place in a record that is never deleted.
RECORDED = ("name", "role", "from_role", "invitation_id", "client", "account", "how", "why", "step")


def record_account_event(verb: str, *, by: Any, user: Any, data: dict[str, Any]) -> None:
    kept = {name: data[name] for name in RECORDED if name in data}
    record(verb=verb, by=by, data=kept | ({"user_id": user.pk} if user else {}), audience="lga")


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%-d %B %Y}"


def _tenure_recorded(data: dict[str, Any]) -> dict[str, str]:
    until = f" to {_day(data['ended_on'])}" if data["ended_on"] else ""
    return {"days": f"from {_day(data['started_on'])}{until}"}


def _last_day(data: dict[str, Any]) -> dict[str, str]:
    return {"last_day": _day(data["ended_on"])}


def _control_recorded(data: dict[str, Any]) -> dict[str, str]:
    before = f" (recorded before as {data['from_control']})" if data["from_control"] else ""
    return {"control_text": f"{data['control']}{before}"}


def _seats_in_words(data: dict[str, Any]) -> str:
    of_all = f" of {data['total']}" if data["total"] else ""
    return (", ".join(f"{party} {number}" for party, number in data["seats"]) or "none") + of_all


def _seats_recorded(data: dict[str, Any]) -> dict[str, str]:
    before = f" (before: {_seats_in_words(data['before'])})" if data["before"]["seats"] else ""
    return {"seats_text": f"{_seats_in_words(data)}{before}"}


def _seats_removed(data: dict[str, Any]) -> dict[str, str]:
    return {"seats_text": _seats_in_words(data)}


def _poll_recorded(data: dict[str, Any]) -> dict[str, str]:
    called_off = ", called off" if data["is_called_off"] else ""
    return {"day": _day(data["on"]), "poll_text": f"{data['text']}{called_off}"}


def _council_changed(data: dict[str, Any]) -> dict[str, str]:
    return {"offered": "yes" if data["in_programme"] else "no"}


def _days_changed(data: dict[str, Any]) -> dict[str, str]:
    start = f"first {_day(data['start_on'])}" if data["start_on"] else "first not known"
    return {"days": f"{start}, last {_day(data['end_on'])}" if data["end_on"] else f"{start}, no last day"}


def _facts_changed(data: dict[str, Any]) -> dict[str, str]:
    changes = [
        f"{each['fact'].lower()} from {each['from'] or 'nothing'} to {each['to'] or 'nothing'}"
        for each in data["changes"]
    ]
    return {"day": _day(data["on"]), "changes_text": "; ".join(changes)}


def _on_day(data: dict[str, Any]) -> dict[str, str]:
    return {"day": _day(data["on"])}


def _former_code_dated(data: dict[str, Any]) -> dict[str, str]:
    return {"last_day": _day(data["ended_on"]) if data["ended_on"] else "no known day"}


def _as_announced(data: dict[str, Any]) -> dict[str, str]:
    return {}


# The words that a sentence needs beside what was announced, written as they stood on the day.
REGISTER_WORDS = {
    "tenure_recorded": _tenure_recorded,
    "tenure_ended": _last_day,
    "control_recorded": _control_recorded,
    "seats_recorded": _seats_recorded,
    "seats_removed": _seats_removed,
    "poll_recorded": _poll_recorded,
    "council_changed": _council_changed,
    "succession_recorded": _on_day,
    "succession_removed": _as_announced,
    "days_changed": _days_changed,
    "facts_changed": _facts_changed,
    "code_changed": _on_day,
    "former_code_dated": _former_code_dated,
    "code_change_taken_back": _on_day,
    "contact_added": _as_announced,
    "contact_changed": _as_announced,
    "contact_ended": _last_day,
}


def record_register_event(verb: str, *, by: Any, council: Any, data: dict[str, Any]) -> None:
    # An import tells its own words and is about many councils.
    words = REGISTER_WORDS[verb](data) | {"council": council.name} if council else {}
    record(verb=verb, by=by, council=council, data=data | words, audience="lga")


account_events.register_listener(record_account_event)
register_events.register_listener(record_register_event)
