"""Whose draft it is."""

from cpc.accounts.permissions import is_anybody


def is_own_draft(user, draft=None) -> bool:
    return draft is not None and draft.person_id == user.pk


RULES = {
    "cpc.keep_draft": is_anybody,
    "cpc.discard_draft": is_own_draft,
}
