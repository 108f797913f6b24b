"""Whoever may write a text reads how it came about: what was written before it was shown is not shown with it."""


def reads_versions(user, text=None) -> bool:
    return text is not None and user.has_perm(text.kind.permission, text.kind.about(text.row))


RULES = {
    "cpc.read_text_versions": reads_versions,
}
