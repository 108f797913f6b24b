"""Forms with sentences: every refusal says what to do, and what was typed comes back.

Use `from cpc.components import forms` in place of `django.forms`: the same names, rendered by the GOV.UK pack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.forms import PasswordInput
from django.utils.dateparse import parse_time

__all__ = [
    "CharField",
    "ChoiceField",
    "DateField",
    "EmailField",
    "FileField",
    "Form",
    "GovukDateInput",
    "HiddenInput",
    "IntegerField",
    "ModelChoiceField",
    "ModelMultipleChoiceField",
    "MultipleChoiceField",
    "PasswordInput",
    "SlugField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
    "ValidationError",
    "VersionField",
    "YesNoField",
]

# More choices than this are a list to choose from rather than radio buttons.
RADIO_LIMIT = 9


# Control characters and code points that are no characters. No page, mail or Word file may hold them.
UNPRINTABLE = dict.fromkeys(
    [code for code in range(32) if chr(code) not in "\t\n\r"]
    + list(range(0x7F, 0xA0))
    + list(range(0xFDD0, 0xFDF0))
    + [plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)]
)
# What word processors and PDF files put at the end of a line or a page.
LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


def printable(text: str) -> str:
    """The text without what no page may hold."""
    return text.translate(UNPRINTABLE)


def _only_printable(value: Any) -> None:
    if isinstance(value, str) and printable(value) != value:
        raise ValidationError("Remove the characters that cannot be printed", code="null")


class HiddenInput(forms.HiddenInput):
    """Carries a value back to the page; what no page may hold stays away."""

    def format_value(self, value: Any) -> str | None:
        shown = super().format_value(value)
        return None if shown is None else printable(str(shown))


class Form(forms.Form):
    """Base of every form. Without the browser's own validation: our sentences stand beside the fields."""

    field_order: Iterable[str] | None = None
    # Any: a field is asked for its queryset or choices by the form that knows its kind.
    fields: dict[str, Any]
    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self._lay_out()

    def _lay_out(self) -> None:
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def remove_field(self, name: str) -> None:
        """Take away a field that this person has no use for. The layout names every field, so it is made anew."""
        del self.fields[name]
        self._lay_out()


class _LengthMessage:
    """ "Reason must be 2000 characters or fewer", in place of Django's longer sentence."""

    label: Any
    max_length: int | None

    def run_validators(self, value: Any) -> None:
        if isinstance(value, str) and self.max_length and len(value) > self.max_length:
            raise ValidationError(
                f"{self.label} must be {self.max_length} characters or fewer. You entered {len(value)}.",
                code="max_length",
            )
        _only_printable(value)
        super().run_validators(value)  # type: ignore[misc]


class CharField(_LengthMessage, forms.CharField):
    pass


class TextField(_LengthMessage, forms.CharField):
    """Several lines. Line ends, of a browser (CR LF) or pasted, count and are stored as one character."""

    def __init__(self, *args: Any, rows: int = 5, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": str(rows)}))
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = LINE_ENDS.sub("\n", value)
        return super().to_python(value)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        # The browser must not cut what is typed: the counter says when it is too much.
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class EmailField(_LengthMessage, forms.EmailField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        kwargs["error_messages"] = {
            "invalid": "Enter an e-mail address in the correct format, like name@example.org"
        } | kwargs.get("error_messages", {})
        kwargs.setdefault("widget", forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}))
        super().__init__(*args, **kwargs)


class URLField(_LengthMessage, forms.URLField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {
            "invalid": "Enter a web address in the correct format, like https://www.example.gov.uk/report"
        } | kwargs.get("error_messages", {})
        kwargs.setdefault("assume_scheme", "https")
        super().__init__(*args, **kwargs)


class IntegerField(forms.IntegerField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        label = str(kwargs.get("label") or "The number").replace("%", "%%")
        kwargs["error_messages"] = {
            "invalid": "Enter a whole number",
            "min_value": f"{label} must be %(limit_value)s or more",
            "max_value": f"{label} must be %(limit_value)s or fewer",
        } | kwargs.get("error_messages", {})
        super().__init__(*args, **kwargs)


class VersionField(forms.IntegerField):
    """The version of the row that the person read; hidden. Absent or broken, it counts as one that never was."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": HiddenInput, "required": False, **kwargs})

    def clean(self, value: Any) -> int:
        try:
            number = int(value)
        except (TypeError, ValueError):
            return -1
        return number if 0 <= number < 2**31 else -1


class SlugField(_LengthMessage, forms.SlugField):
    """The part of an address that names something."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {"invalid": "Use small letters, digits and hyphens only"} | kwargs.get(
            "error_messages", {}
        )
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").lower()


class UUIDField(forms.UUIDField):
    """The key of one filled form, so that the same post twice is one record; hidden. Absent or broken, it counts as new."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": HiddenInput, "required": False, "initial": uuid4, **kwargs})

    def clean(self, value: Any) -> UUID:
        try:
            return super().clean(value) or uuid4()
        except ValidationError:
            return uuid4()


class GovukDateInput(forms.Widget):
    """One date in three boxes, posted as name-day, name-month, name-year."""

    parts = ("day", "month", "year")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str] | None:
        got = {part: (data.get(f"{name}-{part}") or "").strip() for part in self.parts}
        return got if any(got.values()) else None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}-{part}" in data for part in self.parts)

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}-day"

    def split(self, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        return {"day": value.day, "month": value.month, "year": value.year} if isinstance(value, date) else {}


class PartsError(ValidationError):
    """A refusal that knows which of the three boxes it is about."""

    def __init__(self, message: str, *, parts: list[str], code: str) -> None:
        super().__init__(message, code=code)
        self.parts = parts


class DateField(forms.DateField):
    """`noun` begins the sentences: "First onsite day must be a real date". Years have four digits, 1900 to 2200."""

    widget = GovukDateInput

    def __init__(self, *args: Any, noun: str = "Date", **kwargs: Any) -> None:
        self.noun = noun
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in (None, "") or isinstance(value, date):
            return super().to_python(value)
        if not isinstance(value, dict):
            raise ValidationError(f"{self.noun} must be a real date", code="invalid")
        missing = [part for part in GovukDateInput.parts if not value.get(part)]
        if missing:
            raise PartsError(f"{self.noun} must include a {' and '.join(missing)}", parts=missing, code="incomplete")
        if not all(value[part].isascii() and value[part].isdigit() and len(value[part]) <= 4 for part in value):
            raise ValidationError(f"{self.noun} must be a real date", code="invalid")
        if len(value["year"]) != 4 or not 1900 <= int(value["year"]) <= 2200:
            raise PartsError("Year must include 4 numbers", parts=["year"], code="year")
        try:
            return date(int(value["year"]), int(value["month"]), int(value["day"]))
        except ValueError as error:
            raise ValidationError(f"{self.noun} must be a real date", code="invalid") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class TimeField(forms.CharField):
    """A time of day as people type it: 9:30, 09.30, 14:00, 2pm, 2:15 pm."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "For example, 9:30 or 2pm.")
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "govuk-input--width-5"}))
        super().__init__(*args, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%H:%M}" if isinstance(value, time) else value

    def to_python(self, value: Any) -> Any:
        if value in (None, "") or isinstance(value, time):
            return value or None
        text = str(value).strip().lower().replace(".", ":").replace(" ", "")
        afternoon = text.endswith("pm")
        morning = text.endswith("am")
        if afternoon or morning:
            text = text[:-2]
        if text.isdigit():
            text += ":00"
        parts = text.split(":")
        try:
            hour, minute = int(parts[0]), int(parts[1])
        except (ValueError, IndexError):
            hour, minute = -1, 0
        if (afternoon or morning) and not 1 <= hour <= 12:
            hour = -1
        elif (afternoon and hour < 12) or (morning and hour == 12):
            hour = (hour + 12) % 24
        found = (
            parse_time(f"{hour:02}:{minute:02}") if len(parts) == 2 and 0 <= hour < 24 and 0 <= minute < 60 else None
        )
        if found is None:
            raise ValidationError(f"{self.label} must be a time, like 9:30 or 2pm", code="invalid")
        return found

    def run_validators(self, value: Any) -> None:
        return None


class ChoiceField(forms.ChoiceField):
    """Radio buttons while the choices are few, a list when they are many."""

    def __init__(self, *args: Any, choice_hints: dict[str, str] | None = None, **kwargs: Any) -> None:
        self.choice_hints = choice_hints or {}
        kwargs["error_messages"] = {"invalid_choice": "Choose from the list"} | kwargs.get("error_messages", {})
        choices = kwargs.get("choices", ())
        if "widget" not in kwargs and not callable(choices) and len(list(choices)) <= RADIO_LIMIT:
            kwargs["widget"] = forms.RadioSelect
        super().__init__(*args, **kwargs)


class MultipleChoiceField(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {"invalid_choice": "Choose from the list"} | kwargs.get("error_messages", {})
        super().__init__(*args, **kwargs)


class ModelChoiceField(forms.ModelChoiceField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {"invalid_choice": "Choose from the list"} | kwargs.get("error_messages", {})
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        # A null byte or a number of ninety digits is a wrong choice, not a database error.
        if isinstance(value, str) and (not value.isascii() or "\x00" in value or len(value) > 18):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)


class ModelMultipleChoiceField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {
            "invalid_choice": "Choose from the list",
            "invalid_pk_value": "Choose from the list",
        } | kwargs.get("error_messages", {})
        super().__init__(*args, **kwargs)

    def clean(self, value: Any) -> Any:
        if any(isinstance(each, str) and ("\x00" in each or len(each) > 18) for each in value or []):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class YesNoField(forms.TypedChoiceField):
    """A question that is answered: yes is True, no is False; unanswered is refused, not taken for no."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("choices", [("yes", "Yes"), ("no", "No")])
        kwargs.setdefault("widget", forms.RadioSelect)
        kwargs.setdefault("coerce", lambda value: value == "yes")
        kwargs.setdefault("empty_value", None)
        kwargs["error_messages"] = {"invalid_choice": "Choose yes or no"} | kwargs.get("error_messages", {})
        super().__init__(*args, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class FileField(forms.FileField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {
            "required": "Choose a file",
            "empty": "The file is empty. Choose another one.",
            "missing": "Choose a file",
            "invalid": "The file did not arrive. Choose it again.",
        } | kwargs.get("error_messages", {})
        super().__init__(*args, **kwargs)
