"""The words that the sentence of a register event needs beside what was announced, as they stood on the day."""

from __future__ import annotations

from datetime import date
from typing import Any


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


WORDS = {
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
