"""Asking in a template what the person may do."""

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.urls import Resolver404, resolve

register = template.Library()


@register.simple_tag(takes_context=True)
def can(context: Any, permission: str, obj: Any = None) -> bool:
    """{% can "cpc.change_scope" case as may_change %}"""
    request = context.get("request")
    return bool(request and request.user.has_perm(permission, obj))


@register.simple_tag(takes_context=True)
def may_open(context: Any, url: str, case: Any) -> bool:
    """{% may_open item.url case as openable %}: whether a link to a page about this case would be answered.

    For lists that everybody on a case reads: what is not theirs to do is shown without a link that would refuse them.
    """
    request = context.get("request")
    try:
        view = resolve(urlsplit(url).path).func
    except Resolver404:
        return False
    permission = getattr(getattr(view, "view_class", None), "permission_required", "")
    return bool(request and permission and request.user.has_perm(permission, case))
