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
    error = first_error(field)
    label = content(field.label)
    is_check = isinstance(widget, forms.CheckboxInput)
    needed_at_times = getattr(plain, "is_needed_at_times", False)
    is_filter = getattr(field.form, "is_filter", False)
    if not plain.required and not is_filter and not is_check and not needed_at_times:
        # GOV.UK marks what is optional, not what is needed; what another answer makes needed says so in its hint.
        key = next(iter(label))
        label = {key: f"{conditional_escape(label[key])} (optional)" if key == "html" else f"{label[key]} (optional)"}
    attributes = {name: value for name, value in widget.attrs.items() if name not in OWN_ATTRIBUTES}
    result: dict[str, Any] = {
        "id": field.auto_id,
        "name": field.html_name,
        "classes": f"{widget.attrs.get('class', '')} {classes}".strip(),
        "attributes": attributes,
    }
    if field.help_text:
        result["hint"] = content(field.help_text)
    if error:
        result["errorMessage"] = content(error)
    if plain.disabled:
        result["disabled"] = True
    for name in ("autocomplete", "spellcheck"):
        if name in widget.attrs:
            result[name] = widget.attrs[name] if name != "spellcheck" else widget.attrs[name] == "true"
    legend = {"legend": {**label, "classes": legend_classes or label_classes, "isPageHeading": is_heading}}
    value = field.value()

    if isinstance(widget, GovukDateInput):
        return "date-input", _date(field, result, legend, value, bool(error))
    if is_check:
        hint = result.pop("hint", None)
        item = {"value": "on", "checked": bool(value), **label, **({"hint": hint} if hint else {})}
        return "checkboxes", result | {"attributes": {}, "idPrefix": field.auto_id, "items": [item]}
    if isinstance(widget, forms.CheckboxSelectMultiple):
        items = _items(field, value, conditional or {})
        return "checkboxes", result | {"attributes": {}, "idPrefix": field.auto_id, "fieldset": legend, "items": items}
    if isinstance(widget, forms.RadioSelect):
        items = _items(field, value, conditional or {})
        # An empty choice of a needed field is no answer; of an optional one it is.
        items = items if not plain.required else [item for item in items if item["value"] != ""]
        return "radios", result | {"attributes": {}, "idPrefix": field.auto_id, "fieldset": legend, "items": items}

    if error:
        attributes["aria-invalid"] = "true"
    result["label"] = {**label, "classes": label_classes, "isPageHeading": is_heading}
    if _is_select(widget):
        return "select", result | {"items": _items(field, value, {})}
    if isinstance(widget, forms.FileInput):
        return "file-upload", result
    if isinstance(widget, forms.Textarea):
        result |= {"value": _shown(field, value), "rows": widget.attrs.get("rows", "5")}
        maximum = getattr(plain, "max_length", None)
        if maximum:
            return "character-count", result | {"maxlength": maximum}
        return "textarea", result
    if isinstance(widget, forms.PasswordInput):
        return "password-input", result
    result |= {"value": _shown(field, value), "type": getattr(widget, "input_type", "text")}
    if isinstance(plain, forms.IntegerField):
        result |= {"type": "text", "inputmode": "numeric", "spellcheck": False}
        result["classes"] = result["classes"] or "govuk-input--width-5"
        for name in ("min", "max", "step"):
            attributes.pop(name, None)
    for name in ("prefix", "suffix"):
        if name in extra:
            result[name] = content(extra[name])
    return "input", result


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
