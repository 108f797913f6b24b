"""Calls the official GOV.UK component macros, so that their HTML is right by construction."""

from functools import lru_cache
from typing import Any

from django.template import engines
from django.utils.safestring import SafeString, mark_safe


@lru_cache(None)
def _macro(component: str) -> Any:
    name = "govuk" + "".join(word.capitalize() for word in component.split("-"))
    template = f"govuk_frontend_jinja/components/{component}/macro.html"
    return getattr(engines["jinja"].env.get_template(template).module, name)  # type: ignore[attr-defined]


def component(name: str, params: dict[str, Any]) -> SafeString:
    """One component as HTML. `text` params are escaped, `html` params are not: give those only what is safe."""
    return mark_safe(str(_macro(name)(params)))  # the macro has escaped its texts
