"""What the pages of the cycle about one council share."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from councils.models import Council
from cpc.accounts.mixins import PermissionRequired
from cpc.components.pages import ServiceForm


class CouncilMixin(PermissionRequired):
    """Loads the visible council named in the address; anything else is 404.

    What is for the LGA alone is as if it were not there for everybody else: no page says that a log is kept.
    """

    for_lga_alone = True
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def council(self) -> Council:
        if self.for_lga_alone and not self.request.user.is_lga_staff:
            raise Http404
        return get_object_or_404(Council.objects.visible_to(self.request.user), slug=self.kwargs["slug"])

    def get_permission_object(self) -> Council:
        return self.council

    def council_url(self, url_name: str, **kwargs: Any) -> str:
        return reverse(url_name, kwargs={"slug": self.council.slug, **kwargs})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"council": self.council}  # type: ignore[misc]


class CouncilFormPage(CouncilMixin, ServiceForm):
    """A form about one council."""

    success_url_name = ""

    def get_caption(self) -> str:
        return self.council.name

    def get_success_url(self) -> str:
        return self.council_url(self.success_url_name)
