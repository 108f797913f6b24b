"""The sign-in library's forms with our reading of an address: however it was typed or pasted, it is looked up in the
form in which it is stored (cpc.components.text)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import forms as library
from django.core.exceptions import ValidationError

from cpc.components.text import NotAnAddress, email_address, plain_address, visible_text


def check_address(value: str) -> None:
    try:
        email_address(value)
    except NotAnAddress as error:
        raise ValidationError(str(error), code="invalid") from error


def read_first(field: Any, read: Callable[[str], str]) -> None:
    """The field reads what was typed in our way before its own checks; on the page it comes back as it was typed."""
    to_python = field.to_python
    field.to_python = lambda value: to_python(read(value) if isinstance(value, str) else value)


class _OneForm:
    address = "email"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields[self.address]  # type: ignore[attr-defined]
        read_first(field, plain_address)
        field.validators.append(check_address)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        read_first(self.fields["code"], lambda typed: "".join(visible_text(typed).split()))
