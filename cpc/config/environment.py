"""Reading settings from the environment, with errors that name the variable.

Each value may stand in a file instead, as secrets of containers do: NAME_FILE then holds the path of that file.
"""

import os
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def given(name: str) -> str | None:
    """The value of NAME, or what stands in the file that NAME_FILE names; None if neither is set."""
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return os.environ.get(name)
    if os.environ.get(name, "").strip():
        raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Keep one of them.")
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}.") from error


def text(name: str, default: str = "") -> str:
    value = given(name)
    return (default if value is None else value).strip()


def address(name: str, password_name: str) -> str:
    """An address such as postgres://user@host/name, with the password that PASSWORD_NAME holds put into it.

    Apart, a password may hold any character; inside an address each of @ : / # and % would have to be escaped.
    """
    found, password = text(name), text(password_name)
    if not found or not password:
        return found
    parts = urlsplit(found)
    user, _, host = parts.netloc.rpartition("@")
    if ":" in user:
        raise ImproperlyConfigured(f"{name} holds a password and {password_name} is set too. Keep one of them.")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def flag(name: str, default: bool = False) -> bool:
    value = given(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def number(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def day(name: str, default: str) -> date:
    value = text(name, default)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a day such as {default}, not {value!r}.") from error


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
