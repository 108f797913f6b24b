"""Every address of ours either names a permission that has a rule, or stands in the short list of public pages."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from cpc.accounts.backends import permission_table
from tests.architecture.source import APPS

# Read by anybody, signed in or not. Everything else asks for sign-in first (LoginRequiredMiddleware).
PUBLIC = {
    "healthz",
    "readyz",
    "accessibility",
    "privacy",
    "security-txt",
    "robots-txt",
    "favicon",
    "accounts:invitation-accept",
    "account_signup",
}
# For whoever is signed in, about themselves only.
OWN_ACCOUNT = {"accounts:profile", "accounts:profile-edit", "accounts:account"}


def addresses(patterns=None, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str, object]]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry.url_patterns, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), f"{namespace}{entry.name}", entry.callback


def ours() -> list[tuple[str, str, object]]:
    return [row for row in addresses() if row[2].__module__.split(".")[0] in APPS]


def is_public(callback) -> bool:
    return getattr(callback, "login_required", True) is False


def test_every_view_names_a_permission_with_a_rule():
    rules = permission_table()
    wrong = []
    for address, name, callback in ours():
        if name in PUBLIC | OWN_ACCOUNT:
            continue
        named = getattr(getattr(callback, "view_class", callback), "permission_required", "")
        if not named:
            wrong.append(f"{address} ({name}) names no permission")
        elif isinstance(named, str) and named not in rules:
            wrong.append(f"{address} ({name}) names {named}, which has no rule")
    assert wrong == []


def test_public_pages_are_the_listed_ones():
    assert {name for _, name, callback in ours() if is_public(callback)} <= PUBLIC


def test_every_address_has_a_name_and_ends_in_a_slash():
    files = {"healthz", "readyz", "security-txt", "robots-txt", "favicon"}
    wrong = [
        address
        for address, name, _ in ours()
        if name.endswith("None") or not (address.endswith("/") or address == "" or name in files or "." in address)
    ]
    assert wrong == []


def test_views_are_class_based_but_for_the_service_pages():
    functions = [
        f"{callback.__module__}.{callback.__name__}"
        for _, _, callback in ours()
        if not hasattr(callback, "view_class") and not callback.__module__.startswith("cpc.config")
    ]
    assert functions == []
