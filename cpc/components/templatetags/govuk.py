"""Template tags and filters of the look; built into every template."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from cpc.components import macros
from cpc.components.macros import component
from cpc.components.params import first_error, first_id, params

register = template.Library()


@register.simple_tag
def govuk(name: str, **values: Any) -> SafeString:
    """Any GOV.UK component: {% govuk "button" text="Save" %}. A text is escaped by the component."""
    return component(name, values)


@register.simple_tag
def jinja(template: str, **values: Any) -> SafeString:
    """A part of the page whose template is Jinja: {% jinja "components/header.html" who=who %}."""
    return macros.jinja(template, **values)


@register.simple_tag
def pagination(page: Page, query_string: str, name: str = "page", label: str = "Pagination") -> SafeString | str:
    """Links to the pages before and after; nothing where there is only one. `name` is the page's in the address."""
    if not page.has_other_pages():
        return ""
    return macros.jinja("components/pagination.html", page=page, query_string=query_string, name=name, label=label)


@register.simple_tag
def govuk_field(field: BoundField, options: dict[str, Any] | None = None) -> SafeString:
    """One form field with its label, hint and error."""
    if field.is_hidden:
        return mark_safe(field.as_widget())  # noqa: S308 - Django's own widget
    name, values = params(field, **(options or {}))
    return component(name, values)


@register.simple_tag
def govuk_error_summary(*forms: BaseForm, example: bool = False) -> SafeString | str:
    """What is wrong, at the top of the page; each line leads to its field. It takes the focus unless an example."""
    items: list[dict[str, str]] = []
    for form in forms:
        for field in form:
            if field.errors:
                link = {} if field.is_hidden else {"href": f"#{first_id(field)}"}
                items.append({"text": str(first_error(field)), **link})
        items += [{"text": str(error)} for error in form.non_field_errors()]
    if not items:
        return ""
    values: dict[str, Any] = {"titleText": "There is a problem", "errorList": items}
    return component("error-summary", values | ({"disableAutoFocus": True} if example else {}))


@register.inclusion_tag("components/form_body.html", takes_context=True)
def form_page(context: Any, form: BaseForm, submit: str = "Save", warning: bool = False) -> dict[str, Any]:
    """A whole form: token, fields, button. The error summary stands at the top of the page, not here."""
    return {
        "form": form,
        "submit": submit,
        "warning": warning,
        "csrf_token": context.get("csrf_token"),
        "request": context.get("request"),
    }


register.simple_tag(macros.options_of, name="options")


@lru_cache(maxsize=4096)
def _date_text(value: date) -> str:
    return f"{value:%-d %B %Y}"


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def gdate(value: Any) -> str:
    """14 March 2027, in London's time."""
    if not value:
        return ""
    value = _local(value)
    return _date_text(value.date() if isinstance(value, datetime) else value)


@register.filter
def gmonth(value: Any) -> str:
    """March 2027."""
    return f"{_local(value):%B %Y}" if value else ""


@register.filter
def gtime(value: Any) -> str:
    """9:30am; noon is 12 midday as GOV.UK writes it."""
    if value is None or value == "":
        return ""
    value = _local(value)
    if (value.hour, value.minute) == (12, 0):
        return "midday"
    if (value.hour, value.minute) == (0, 0):
        return "midnight"
    hour = value.hour % 12 or 12
    half = "am" if value.hour < 12 else "pm"
    return f"{hour}:{value.minute:02}{half}" if value.minute else f"{hour}{half}"


@register.filter
def gdatetime(value: Any) -> str:
    """14 March 2027 at 9:30am, in London's time."""
    return f"{gdate(value)} at {gtime(value)}" if value else ""


@register.filter
def saved_value(value: Any) -> str:
    """What stands in a field, in the words in which a page would ask for it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return gdatetime(value)
    if isinstance(value, date):
        return gdate(value)
    if isinstance(value, time):
        return gtime(value)
    return str(value) if value not in (None, "") else "Empty"
