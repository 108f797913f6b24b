"""The sign-in library's forms with our reading of an address: however it was typed or pasted, it is looked up in the
form in which it is stored (cpc.components.text)."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as library
from django.core.exceptions import ValidationError
from django.http import QueryDict

from cpc.components.text import NotAnAddress, email_address, plain_address, visible_text


def check_address(value: str) -> None:
    try:
        email_address(value)
    except NotAnAddress as error:
        raise ValidationError(str(error), code="invalid") from error


def _changed(data: Any, name: str, read: Any) -> Any:
    if not data or not data.get(name):
        return data
    changed = data.copy() if isinstance(data, QueryDict) else dict(data)
    changed[name] = read(data[name])
    return changed


class _OneForm:
    """What was typed is read before the library's own checks, and comes back as it was read."""

    address = "email"

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(_changed(data, self.address, plain_address), *args, **kwargs)  # type: ignore[call-arg]
        self.fields[self.address].validators.append(check_address)  # type: ignore[attr-defined]


class LoginForm(_OneForm, library.LoginForm):
    address = "login"


class RequestLoginCodeForm(_OneForm, library.RequestLoginCodeForm):
    pass


class ResetPasswordForm(_OneForm, library.ResetPasswordForm):
    pass


class AddEmailForm(_OneForm, library.AddEmailForm):
    pass


class ConfirmLoginCodeForm(library.ConfirmLoginCodeForm):
    """A code is read without the blanks and hidden characters that come with it out of a mail."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(_changed(data, "code", lambda typed: "".join(visible_text(typed).split())), *args, **kwargs)
