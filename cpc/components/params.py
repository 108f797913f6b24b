"""A bound form field as the parameters of its GOV.UK component."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.html import conditional_escape
from django.utils.safestring import SafeData

from cpc.components.forms import GovukDateInput
from cpc.components.text import printable

OWN_ATTRIBUTES = {
    "class",
    "rows",
    "cols",
    "maxlength",
    "inputmode",
    "autocomplete",
    "spellcheck",
    "required",
    "placeholder",
}


def content(value: Any) -> dict[str, Any]:
    """Text unless it is marked safe: nothing unsafe can become HTML."""
    return {"html": str(value)} if isinstance(value, SafeData) else {"text": str(value)}


def error_parts(field: BoundField) -> list[str]:
    """Which of a date's three boxes the error is about; all of them when it is about the date."""
    for error in field.form.errors.as_data().get(field.name, []):
        if hasattr(error, "parts"):
            return list(error.parts)
    return list(GovukDateInput.parts)


def first_error(field: BoundField) -> Any:
    """The first refusal of a field. No one is told only that "this field is required": what to do stands there."""
    error = next(iter(field.errors), None)
    if error is None or str(error) != str(forms.Field.default_error_messages["required"]):
        return error
    verb = "Choose" if isinstance(field.field, forms.ChoiceField | forms.ModelChoiceField) else "Enter"
    label = str(field.label)
    if label.endswith("?"):
        return f"{verb} an answer"
    # "PIN" and "LGA contact" keep their capitals.
    return f"{verb} {label if label[1:2].isupper() else label[:1].lower() + label[1:]}"


def first_id(field: BoundField) -> str:
    """The id of the element that an error summary links to."""
    if isinstance(field.field.widget, GovukDateInput):
        return f"{field.auto_id}-{error_parts(field)[0]}"
    return str(field.auto_id)


def _choices(field: BoundField) -> list[tuple[str, Any]]:
    """Choices with groups flattened; "" for none."""
    found: list[tuple[str, Any]] = []
    for value, text in field.field.choices:  # type: ignore[attr-defined]
        if isinstance(text, list | tuple):
            found += [(str(inner), label) for inner, label in text]
        else:
            found.append(("" if value is None else str(value), text))
    return found


def _items(field: BoundField, value: Any, conditional: dict[str, Any]) -> list[dict[str, Any]]:
    selected_name = "selected" if _is_select(field.field.widget) else "checked"
    values = value if isinstance(value, list | tuple | set) else [] if value is None else [value]
    selected = {str(each) for each in values}
    hints = getattr(field.field, "choice_hints", {})
    items = []
    for each, text in _choices(field):
        item: dict[str, Any] = {"value": each, **content(text), selected_name: each in selected}
        if each in hints:
            item["hint"] = content(hints[each])
        if each in conditional:
            item["conditional"] = {"html": conditional[each]}
        items.append(item)
    return items


def _is_select(widget: forms.Widget) -> bool:
    return isinstance(widget, forms.Select) and not isinstance(widget, forms.RadioSelect)


def _shown(field: BoundField, value: Any) -> str:
    if value is None:
        return ""
    widget = field.field.widget
    if hasattr(widget, "format_value") and not isinstance(widget, forms.widgets.ChoiceWidget):
        value = widget.format_value(value)
    # What no page may hold, however it came: the person is asked to remove it, and it is gone already.
    return "" if value is None else printable(str(value))


def params(
    field: BoundField,
    *,
    conditional: dict[str, Any] | None = None,
    label_classes: str = "",
    legend_classes: str = "",
    is_heading: bool = False,
    classes: str = "",
    **extra: Any,
) -> tuple[str, dict[str, Any]]:
    """The component's name and its parameters."""
    widget, plain = field.field.widget, field.field
    error, label, result = first_error(field), _label(field), _common(field, classes)
    legend = {"legend": {**label, "classes": legend_classes or label_classes, "isPageHeading": is_heading}}
    value = field.value()

    if isinstance(widget, GovukDateInput):
        return "date-input", _date(field, result, legend, value, bool(error))
    if isinstance(widget, forms.CheckboxInput):
        hint = result.pop("hint", None)
        item = {"value": "on", "checked": bool(value), **label, **({"hint": hint} if hint else {})}
        return "checkboxes", result | {"attributes": {}, "idPrefix": field.auto_id, "items": [item]}
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        items = _items(field, value, conditional or {})
        result |= {"attributes": {}, "idPrefix": field.auto_id, "fieldset": legend, "items": items}
        if isinstance(widget, forms.CheckboxSelectMultiple):
            return "checkboxes", result
        # An empty choice of a needed field is no answer; of an optional one it is.
        return "radios", result | {"items": [item for item in items if item["value"] or not plain.required]}

    if error:
        result["attributes"]["aria-invalid"] = "true"
    result["label"] = {**label, "classes": label_classes, "isPageHeading": is_heading}
    if _is_select(widget):
        return "select", result | {"items": _items(field, value, {})}
    if isinstance(widget, forms.FileInput):
        return "file-upload", result
    if isinstance(widget, forms.Textarea):
        return _text(field, result, value)
    if isinstance(widget, forms.PasswordInput):
        return "password-input", result
    return "input", _input(field, result, value) | {
        name: content(extra[name]) for name in ("prefix", "suffix") if name in extra
    }


def _common(field: BoundField, classes: str) -> dict[str, Any]:
    """What every component takes."""
    attrs, error = field.field.widget.attrs, first_error(field)
    result: dict[str, Any] = {
        "id": field.auto_id,
        "name": field.html_name,
        "classes": f"{attrs.get('class', '')} {classes}".strip(),
        "attributes": {name: value for name, value in attrs.items() if name not in OWN_ATTRIBUTES},
    }
    if field.help_text:
        result["hint"] = content(field.help_text)
    if error:
        result["errorMessage"] = content(error)
    if field.field.disabled:
        result["disabled"] = True
    if "autocomplete" in attrs:
        result["autocomplete"] = attrs["autocomplete"]
    if "spellcheck" in attrs:
        result["spellcheck"] = attrs["spellcheck"] == "true"
    return result


def _label(field: BoundField) -> dict[str, Any]:
    """GOV.UK marks what is optional, not what is needed; what another answer makes needed says so in its hint."""
    label, plain = content(field.label), field.field
    needed = plain.required or getattr(plain, "is_needed_at_times", False)
    if needed or getattr(field.form, "is_filter", False) or isinstance(plain.widget, forms.CheckboxInput):
        return label
    ((key, words),) = label.items()
    return {key: f"{conditional_escape(words) if key == 'html' else words} (optional)"}


def _text(field: BoundField, result: dict[str, Any], value: Any) -> tuple[str, dict[str, Any]]:
    result |= {"value": _shown(field, value), "rows": field.field.widget.attrs.get("rows", "5")}
    maximum = getattr(field.field, "max_length", None)
    return ("character-count", result | {"maxlength": maximum}) if maximum else ("textarea", result)


def _input(field: BoundField, result: dict[str, Any], value: Any) -> dict[str, Any]:
    result |= {"value": _shown(field, value), "type": getattr(field.field.widget, "input_type", "text")}
    if isinstance(field.field, forms.IntegerField):
        result |= {"type": "text", "inputmode": "numeric", "spellcheck": False}
        result["classes"] = result["classes"] or "govuk-input--width-5"
        for name in ("min", "max", "step"):
            result["attributes"].pop(name, None)
    return result


def _date(
    field: BoundField, result: dict[str, Any], legend: dict[str, Any], value: Any, has_error: bool
) -> dict[str, Any]:
    widget: Any = field.field.widget
    values, wrong = widget.split(value), error_parts(field) if has_error else []
    items = [
        {
            "id": f"{field.auto_id}-{part}",
            "name": f"{field.html_name}-{part}",
            "label": part.capitalize(),
            "value": printable(str(values.get(part, ""))),
            "classes": f"govuk-input--width-{4 if part == 'year' else 2}"
            + (" govuk-input--error" if part in wrong else ""),
        }
        for part in widget.parts
    ]
    return result | {"attributes": {}, "namePrefix": None, "fieldset": legend, "items": items}
