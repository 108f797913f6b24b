"""Views that name a permission."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PermissionRequired:
    """A view that names its permission. Lists and pages without an object pass None.

    A visible object with a refused action is 403 with a reason (`refusal_reason`); an invisible object is a 404
    from `get_permission_object`, which therefore looks in a `visible_to` queryset.
    """

    permission_required: str = ""
    refusal_reason = "Your role does not include this."
    request: Any

    def get_permission_object(self) -> Any:
        return None

    def check_permission(self) -> None:
        if not self.permission_required:
            raise ImproperlyConfigured(f"{type(self).__name__} names no permission.")
        obj = self.get_permission_object()
        if not self.request.user.has_perm(self.permission_required, obj):
            raise PermissionDenied(self.refusal_reason)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check_permission()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
