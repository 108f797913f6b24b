"""Calls the official GOV.UK component macros, so that their HTML is right by construction."""

from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from jinja2 import Environment, PackageLoader, PrefixLoader


@lru_cache(1)
def _environment() -> Environment:
    return Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        autoescape=True,
        auto_reload=False,
    )


@lru_cache(None)
def _macro(component: str) -> Any:
    name = "govuk" + "".join(word.capitalize() for word in component.split("-"))
    module = _environment().get_template(f"govuk_frontend_jinja/components/{component}/macro.html").module
    return getattr(module, name)


def component(name: str, params: dict[str, Any]) -> SafeString:
    """One component as HTML. `text` params are escaped, `html` params are not: give those only what is safe."""
    return mark_safe(str(_macro(name)(params)))  # noqa: S308 - the macro has escaped its texts
