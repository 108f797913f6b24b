"""The one template language, Jinja2, and every word that our templates may use beyond its own (docs/decisions/0016)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from crispy_forms.utils import render_crispy_form
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.forms import BaseForm, BoundField
from django.template import defaultfilters
from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader, Undefined, pass_context
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup

from cpc.components import shown
from cpc.components.macros import component
from cpc.components.params import first_error, first_id, params
from cpc.components.tables import label_cells
from cpc.components.text import lower_first

Choices = tuple[tuple[str, str], ...]


class NotGiven(ChainableUndefined):
    """What nobody gave to the page is nothing: a page without a form asks for `form.errors` too.

    A thing that has no such attribute, or a method that nobody called, is a slip of the pen: while testing and developing it is
    told at once.
    """

    def __init__(self, hint: str | None = None, obj: Any = missing, name: str | None = None, *rest: Any) -> None:
        super().__init__(hint, obj, name, *rest)
        is_plain = type(obj).__module__ == "builtins" and not callable(obj)
        may_lack = obj is missing or is_plain or isinstance(obj, Undefined)
        if not may_lack and (settings.TESTING or settings.DEBUG):
            raise AttributeError(self._undefined_message)


@lru_cache(maxsize=4096)
def url(name: str, **kwargs: Any) -> str:
    """Addresses do not change while we run."""
    return reverse(name, kwargs=kwargs)


@pass_context
def may(context: Context, permission: str, obj: Any = None) -> bool:
    """Whether the person may do this to the object."""
    request = context.get("request")
    return bool(request and request.user.has_perm(permission, obj))


@pass_context
def may_open(context: Context, address: str, case: Any) -> bool:
    """Whether a link to a page about this case would be answered.

    For lists that everybody on a case reads: what is not theirs to do is shown without a link that would refuse them.
    """
    request = context.get("request")
    try:
        view = resolve(urlsplit(address).path).func
    except Resolver404:
        return False
    permission = getattr(getattr(view, "view_class", None), "permission_required", "")
    return bool(request and permission and request.user.has_perm(permission, case))


def govuk(name: str, **values: Any) -> SafeString:
    """A text is escaped by the component."""
    return component(name, values)


def govuk_field(field: BoundField, options: dict[str, Any] | None = None) -> SafeString:
    """One form field with its label, hint and error."""
    if field.is_hidden:
        return mark_safe(field.as_widget())
    name, values = params(field, **(options or {}))
    return component(name, values)


def govuk_error_summary(*forms: BaseForm, example: bool = False) -> SafeString | str:
    """What is wrong, at the top of the page; each line leads to its field. It takes the focus unless an example."""
    items: list[dict[str, str]] = []
    for form in forms:
        for field in form or ():
            if field.errors:
                link = {} if field.is_hidden else {"href": f"#{first_id(field)}"}
                items.append({"text": str(first_error(field)), **link})
        items += [{"text": str(error)} for error in (form.non_field_errors() if form else ())]
    if not items:
        return ""
    values: dict[str, Any] = {"titleText": "There is a problem", "errorList": items}
    return component("error-summary", values | ({"disableAutoFocus": True} if example else {}))


@pass_context
def form_page(context: Context, form: BaseForm, submit: str = "Save", warning: bool = False) -> Markup:
    """The error summary stands at the top of the page, not here."""
    classes = {"classes": "govuk-button--warning"} if warning else {}
    button = component("button", {"text": submit, "preventDoubleClick": True, **classes})
    return Markup(f"{context.get('csrf_input', '')}{render_crispy_form(form)}{button}")  # noqa: S704 - each part is safe


@lru_cache(maxsize=512)
def _options(choices: Choices, chosen: str | None) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, mark_safe(" selected") if value == chosen else "", text) for value, text in choices),
    )


def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """The same choices make the same text, made once."""
    listed = tuple(choices)
    return _options(listed, chosen if any(chosen == value for value, _ in listed) else None)


def regroup(rows: Iterable[dict[str, Any]], key: str) -> list[tuple[Any, list[dict[str, Any]]]]:
    return [(value, list(group)) for value, group in groupby(rows, itemgetter(key))]


# What a template may call. The macros of templates/components/macros.html stand beside these.
GLOBALS: dict[str, Callable[..., Any]] = {
    "url": url,  # the address of a page: url("cases:detail", reference=case.reference)
    "static": lru_cache(None)(static),  # the address of a file of ours
    "may": may,  # whether the person may do it: may("cpc.change_scope", case)
    "may_open": may_open,  # whether a link to a page of the case would be answered
    "govuk": govuk,  # any GOV.UK component: govuk("button", text="Save")
    "govuk_field": govuk_field,  # one field of a form, where a page draws its fields one by one
    "govuk_error_summary": govuk_error_summary,  # what is wrong, at the top of the page
    "form_page": form_page,  # a whole form: token, fields (by crispy), button
    "label_cells": label_cells,  # the rows of a table, each cell with the name of its column
    "options": options,  # the options of a select: options(stages, chosen.stage)
}

# What stands after a bar. Those of Django keep its rules, so that a text is cut and counted everywhere alike.
FILTERS: dict[str, Callable[..., Any]] = {
    "gdate": shown.gdate,  # 14 March 2027
    "gmonth": shown.gmonth,  # March 2027
    "gtime": shown.gtime,  # 9:30am
    "gdatetime": shown.gdatetime,  # 14 March 2027 at 9:30am
    "isoformat": shown.isoformat,  # 2027-03-14T09:30:00+00:00, for the datetime of a <time>
    "saved_value": shown.saved_value,  # what stands in a field, in words
    "pluralize": defaultfilters.pluralize,  # council{{ n|pluralize }}; {{ n|pluralize("is,are") }}
    "lower_first": lower_first,  # a label inside a sentence
    "capfirst": defaultfilters.capfirst,  # the first letter large, the others as they are
    "intcomma": intcomma,  # 1,234
    "filesizeformat": defaultfilters.filesizeformat,  # 1.2 MB
    "linebreaks": defaultfilters.linebreaks_filter,  # paragraphs of a text that a person typed
    "linebreaksbr": defaultfilters.linebreaksbr,  # its lines
    "truncatechars": defaultfilters.truncatechars,  # the beginning of a long text
    "cut": defaultfilters.cut,  # without these characters
    "urlencode": defaultfilters.urlencode,  # for an address
    "json_script": json_script,  # data for a script, as our security policy allows
    "regroup": regroup,  # (value, rows) for each run of rows with one value
}


def escapes(name: str | None) -> bool:
    """Plain text is not HTML: King's Lynn must not arrive as King&#39;s Lynn."""
    return not (name or "").endswith(".txt")


class OneSpace(Extension):
    """White space is for whoever reads the template: on the page one space stands for it. Plain texts keep their lines."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            is_page = token.type == "data" and escapes(stream.name)
            yield Token(token.lineno, token.type, re.sub(r"\s+", " ", token.value)) if is_page else token


def shown_value(value: Any) -> Any:
    """A method that nobody called is no value."""
    if callable(value) and not isinstance(value, Undefined):
        raise TypeError(f"{value} is shown and not called")
    return value


def environment(**given: Any) -> Environment:
    """Made once by Django from settings.TEMPLATES: our own templates, and the GOV.UK macros under their package's name."""
    govuk_macros = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    made = Environment(  # noqa: S701 - by the rule above
        **given
        | {
            "loader": ChoiceLoader([given["loader"], govuk_macros]),
            "undefined": NotGiven,
            "autoescape": escapes,
            "extensions": [OneSpace],
            "finalize": shown_value if settings.TESTING or settings.DEBUG else None,
        }
    )
    made.globals |= GLOBALS
    made.filters |= FILTERS
    made.globals |= {
        name: macro
        for name, macro in vars(made.get_template("components/macros.html").module).items()
        if not name.startswith("_")
    }
    return made
