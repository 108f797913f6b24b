"""Events as sentences. Each package registers the sentences of its own verbs."""

from __future__ import annotations

from string import Formatter
from typing import Any

VERBS: dict[str, str] = {}
# What an administrator looks for: the group of each verb, by the words of the filter.
GROUPS = {
    "sign_in": "Signing in",
    "account": "Accounts and invitations",
    "register": "Register of councils",
    "programme": "Everything else",
}
GROUP_OF: dict[str, str] = {}


def register_verbs(sentences: dict[str, str], *, group: str = "programme") -> None:
    """Verb -> sentence without its subject; {names} are filled from the event's data. A verb may be registered once."""
    for verb, sentence in sentences.items():
        GROUP_OF.setdefault(verb, group)
        if VERBS.setdefault(verb, sentence) != sentence:
            raise ValueError(f"The verb {verb} has two sentences.")


def names_in(sentence: str) -> frozenset[str]:
    """The names that a sentence fills from the data of its event."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)


def missing_from(verb: str, data: dict[str, Any]) -> list[str]:
    """What the sentence of this verb says and the data lack."""
    return sorted(names_in(VERBS[verb]) - set(data))


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(verb: str, data: dict[str, Any]) -> str:
    """What the event says, such as "postponed the case to 14 September 2027, agreed with the leader: floods"."""
    return VERBS.get(verb, verb.replace("_", " ")).format_map(_Missing(data))
