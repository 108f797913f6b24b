"""What was changed in the register: recorded, and told to the packages above.

Receivers run inside the transaction of the service: if one of them refuses, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.dispatch import Signal

from councils.wording import WORDS
from cpc.audit.services import record

# receiver(sender, *, verb, by, council, data). The verbs are those of councils/verbs.py. `council` is None for what is about
# many councils at once: files that were imported (`import_id`) and reorganisations (`reorganisation_id`).
register_changed = Signal()
# receiver(sender, *, successions): why records of who follows whom stay, as a list of sentences that say what to do first.
succession_ending = Signal()


def announce(verb: str, *, by: Any, council: Any, data: dict[str, Any]) -> None:
    """Records the event and tells whoever receives `register_changed`."""
    # An import tells its own words and is about many councils.
    words = WORDS[verb](data) | {"council": council.name} if council else {}
    record(verb=verb, by=by, council=council, data=data | words, audience="lga")
    register_changed.send(sender=None, verb=verb, by=by, council=council, data=data)


def why_successions_stay(successions: Collection[int]) -> list[str]:
    """What hangs on these records in packages above; empty where they may go."""
    if not successions:
        return []
    return [
        reason
        for _, reasons in succession_ending.send(sender=None, successions=successions)
        for reason in reasons or ()
    ]
