"""Which part of a post are words worth keeping: never a password, a code, a token or a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.http import QueryDict

from cpc.components.encryption import decrypt, encrypt
from cpc.components.forms import Form
from cpc.components.text import has_visible

Pairs = list[tuple[str, str]]

SECRET = re.compile(r"passw|passcode|passphrase|token|secret|credential|recovery|otp", re.IGNORECASE)
# What the page itself writes into a form.
OF_THE_PAGE = {"version", "key", "next", "draft_address"}
# All words of one page together, in characters; the longest form of the service takes 40,000.
MOST_CHARACTERS = 200_000


def is_secret(name: str) -> bool:
    return bool(SECRET.search(name))


def _within_limit(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    left = MOST_CHARACTERS
    for name, value in pairs:
        left -= len(name) + len(value)
        if left >= 0:
            yield name, value


def _is_text(value: str) -> bool:
    """Something that a person would miss: letters, and not the key that a form carries."""
    if not has_visible(value) or not any(each.isalpha() for each in value):
        return False
    try:
        UUID(value)
    except ValueError:
        return True
    return False


def words_of(post: QueryDict) -> Pairs:
    """All that would fill the form again; empty when nothing in it was typed."""
    pairs = [(name, value) for name, values in post.lists() if not is_secret(name) for value in map(str, values)]
    pairs = list(_within_limit(pairs))
    return pairs if any(True for _ in texts_of(pairs)) else []


def texts_of(pairs: Pairs) -> Iterator[tuple[str, str]]:
    """What was typed or chosen, to be shown and copied: a name in words and the text."""
    for name, value in pairs:
        if name not in OF_THE_PAGE and _is_text(value):
            yield name.rpartition("-")[2].replace("_", " ").capitalize(), value


def locked(pairs: Pairs) -> str:
    return encrypt(json.dumps(pairs, ensure_ascii=False))


def unlocked(words: str) -> Pairs:
    """Empty where the key has changed since: a draft is worth no page that fails."""
    try:
        return [(name, value) for name, value in json.loads(decrypt(words))]
    except InvalidToken:
        return []


@dataclass(frozen=True)
class PutBack:
    # Whether the form says something else now than what is saved.
    is_unsaved: bool
    # Whether somebody has saved since. The form then carries the version that was read while typing, so that saving
    # shows both texts and replaces neither unseen.
    is_overtaken: bool


def put_back(form: Form, pairs: Pairs) -> PutBack:
    """Fill an untouched form with what was typed."""
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, value)
    is_unsaved = is_overtaken = False
    for name, field in form.fields.items():
        shown_as = form.add_prefix(name)
        if field.widget.needs_multipart_form or field.widget.value_omitted_from_data(data, {}, shown_as):
            continue
        standing = form.get_initial_for_field(field, name)
        typed = form.initial[name] = field.widget.value_from_datadict(data, {}, shown_as)
        if name == "version":
            is_overtaken = str(typed) != str(standing)
        elif not field.widget.is_hidden and field.has_changed(standing, typed):
            is_unsaved = True
    return PutBack(is_unsaved, is_overtaken)
