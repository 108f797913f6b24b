"""Calls the official GOV.UK component macros, so that their HTML is right by construction; and fills our own Jinja templates."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.template import engines
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

Choices = tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def _options(choices: Choices, chosen: str | None) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, mark_safe(" selected") if value == chosen else "", text) for value, text in choices),  # noqa: S308
    )


def options_of(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """The options of a select: {% options stages chosen.stage %}. The same choices make the same text, made once."""
    listed = tuple(choices)
    return _options(listed, chosen if any(chosen == value for value, _ in listed) else None)


def environment(**options: Any) -> Environment:
    """Made once by Django from settings.TEMPLATES: our own templates, and the GOV.UK macros under their package's name."""
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    made = Environment(**options | {"loader": ChoiceLoader([options["loader"], govuk])})  # noqa: S701 - Django escapes
    made.globals |= {
        # Addresses do not change while we run.
        "static": lru_cache(None)(static),
        "url": lru_cache(None)(reverse),
        "options": options_of,
        "component": component,
    }
    return made


def _template(name: str) -> Any:
    return engines["jinja"].env.get_template(name)  # type: ignore[attr-defined]


@lru_cache(None)
def _macro(component: str) -> Any:
    name = "govuk" + "".join(word.capitalize() for word in component.split("-"))
    module = _template(f"govuk_frontend_jinja/components/{component}/macro.html").module
    return getattr(module, name)


def component(name: str, params: dict[str, Any]) -> SafeString:
    """One component as HTML. `text` params are escaped, `html` params are not: give those only what is safe."""
    return mark_safe(str(_macro(name)(params)))  # noqa: S308 - the macro has escaped its texts


def jinja(template: str, **values: Any) -> SafeString:
    """A template of our own that is written in Jinja, for what is long or stands on every page. Texts are escaped.

    Jinja takes a fifth of the time that Django's templates take.
    """
    return mark_safe(_template(template).render(**values))  # noqa: S308 - the template has escaped its texts
