"""Forms with sentences: every refusal says what to do, and what was typed comes back.

Use `from cpc.components import forms` in place of `django.forms`: the same names, rendered by the GOV.UK pack.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.forms import PasswordInput

from cpc.components.text import (
    ADDRESS_FORMAT,
    LONGEST_ADDRESS,
    NotAnAddress,
    email_address,
    has_visible,
    printable,
    visible_text,
)
from cpc.components.times import day_of, time_of_day, written_day

__all__ = [
    "CharField",
    "ChoiceField",
    "DateField",
    "EmailField",
    "FileField",
    "FilterForm",
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


def _only_printable(value: Any) -> None:
    if isinstance(value, str) and printable(value) != value:
        raise ValidationError("Remove the characters that cannot be printed", code="null")


class HiddenInput(forms.HiddenInput):
    """Carries a value back to the page; what no page may hold stays away."""

    def format_value(self, value: Any) -> str | None:
        shown = super().format_value(value)
        return None if shown is None else printable(str(shown))


AGAIN = "Choose the file again."


class Form(forms.Form):
    """Base of every form. Without the browser's own validation: our sentences stand beside the fields."""

    field_order: Iterable[str] | None = None
    is_filter = False
    # Any: a field is asked for its queryset or choices by the form that knows its kind.
    fields: dict[str, Any]
    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        for name, each in self.fields.items():
            # A page that comes back holds every word, but browsers let no page hold a file.
            if self.add_prefix(name) in self.files:
                hint = each.help_text.removeprefix(AGAIN).lstrip()
                each.help_text = hint if name in self.errors else f"{AGAIN} {hint}".strip()

    @property
    def helper(self) -> FormHelper:
        """Made when the form is drawn: it names every field, and a form may add and take away some of its own."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


class FilterForm(Form):
    """What a list is narrowed to. Nothing of it is needed, so nothing is marked as optional."""

    is_filter = True


class _VisibleText:
    """Stored as it is seen: a value without a visible character is empty. "Reason must be 2000 characters or fewer"
    stands in place of Django's longer sentence."""

    label: Any
    max_length: int | None
    widget: Any

    def to_python(self, value: Any) -> Any:
        # A password is what was typed, to the last character.
        if isinstance(value, str) and not isinstance(self.widget, PasswordInput):
            value = self.as_seen(value)
        return super().to_python(value)  # type: ignore[misc]

    def as_seen(self, value: str) -> str:
        """One line: a line end or a tab that was pasted is a space."""
        return visible_text(value).replace("\n", " ").replace("\t", " ")

    def run_validators(self, value: Any) -> None:
        if isinstance(value, str) and self.max_length and len(value) > self.max_length:
            raise ValidationError(
                f"{self.label} must be {self.max_length} characters or fewer. You entered {len(value)}.",
                code="max_length",
            )
        _only_printable(value)
        super().run_validators(value)  # type: ignore[misc]


class CharField(_VisibleText, forms.CharField):
    pass


class TextField(_VisibleText, forms.CharField):
    """Several lines. Line ends, of a browser (CR LF) or pasted, count and are stored as one character."""

    def __init__(self, *args: Any, rows: int = 5, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": str(rows)}))
        super().__init__(*args, **kwargs)

    def as_seen(self, value: str) -> str:
        return visible_text(value)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        # The browser must not cut what is typed: the counter says when it is too much.
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class EmailField(_VisibleText, forms.EmailField):
    """An address in its one form (cpc.components.text): small letters, nothing hidden, the domain in ASCII."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_ADDRESS)
        kwargs["error_messages"] = {"invalid": ADDRESS_FORMAT} | kwargs.get("error_messages", {})
        kwargs.setdefault("widget", forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}))
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not has_visible(value):
            return self.empty_value
        try:
            return email_address(value)
        except NotAnAddress as error:
            wrong = self.error_messages["invalid"] if str(error) == ADDRESS_FORMAT else str(error)
            raise ValidationError(wrong, code="invalid") from error


class URLField(_VisibleText, forms.URLField):
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


class SlugField(_VisibleText, forms.SlugField):
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
    """`noun` begins the sentences: "First onsite day must be a real date". Months may be named; years have four digits,
    1900 to 2200."""

    widget = GovukDateInput

    def __init__(self, *args: Any, noun: str = "Date", **kwargs: Any) -> None:
        self.noun = noun
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in (None, "") or isinstance(value, date):
            return super().to_python(value)
        if not isinstance(value, dict):
            raise ValidationError(f"{self.noun} must be a real date", code="invalid")
        value = {part: visible_text(value.get(part) or "") for part in GovukDateInput.parts}
        if not value["month"] and not value["year"]:
            # A whole date, written or pasted into the first box.
            value = written_day(value["day"]) or value
        missing = [part for part in GovukDateInput.parts if not value[part]]
        if len(missing) == len(value):
            return None
        if missing:
            raise PartsError(f"{self.noun} must include a {' and '.join(missing)}", parts=missing, code="incomplete")
        year = value["year"].strip()
        if year.isascii() and year.isdigit() and (len(year) != 4 or not 1900 <= int(year) <= 2200):
            raise PartsError("Year must include 4 numbers", parts=["year"], code="year")
        found = day_of(**value)
        if found is None:
            raise ValidationError(f"{self.noun} must be a real date", code="invalid")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class TimeField(forms.CharField):
    """A time of day as people type it: 9:30, 09.30, 1330, 2pm, 2:15 p.m., noon."""

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
        if not has_visible(str(value)):
            return None
        found = time_of_day(str(value))
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


class ModelChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["error_messages"] = {"invalid_choice": "Choose from the list"} | kwargs.get("error_messages", {})
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        # A null byte or a number of ninety digits is a wrong choice, not a database error.
        if isinstance(value, str) and (not value.isascii() or "\x00" in value or len(value) > 18):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)


class ModelMultipleChoiceField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
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
