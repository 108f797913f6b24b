"""What was changed in the register, told to whoever listens.

Audit and the cycle's triggers (R3, R4) stand above and may not be imported here; they register a listener each.
Listeners run inside the transaction of the service: if one of them refuses, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

# listener(verb, *, by, council, data): tenure_recorded, tenure_ended, control_recorded, poll_recorded, council_changed,
# contact_added, contact_changed, contact_ended, succession_recorded, succession_removed, days_changed, seats_recorded,
# seats_removed, facts_changed, code_changed, former_code_dated, code_change_taken_back. Of many councils at once, so without one:
# import_received, import_infected, import_reread, import_apply_asked, import_applied, import_discarded, import_undo_asked, import_undone
# (`import_id`); reorganisation_made, reorganisation_changed, reorganisation_discarded,
# reorganisation_put_in_force, reorganisation_names_taken, reorganisation_undone (`reorganisation_id`).
Listener = Callable[..., None]
LISTENERS: list[Listener] = []


def register_listener(listener: Listener) -> None:
    if listener not in LISTENERS:
        LISTENERS.append(listener)


def announce(verb: str, *, by: Any, council: Any, data: dict[str, Any]) -> None:
    for listener in LISTENERS:
        listener(verb, by=by, council=council, data=data)


# Records of who follows whom that would go -> why they stay, in sentences that say what to do first.
SuccessionCheck = Callable[[Collection[int]], list[str]]
SUCCESSION_CHECKS: list[SuccessionCheck] = []


def register_succession_check(check: SuccessionCheck) -> None:
    if check not in SUCCESSION_CHECKS:
        SUCCESSION_CHECKS.append(check)


def why_successions_stay(successions: Collection[int]) -> list[str]:
    """What hangs on these records in packages above; empty where they may go."""
    return [reason for check in SUCCESSION_CHECKS for reason in check(successions)] if successions else []
