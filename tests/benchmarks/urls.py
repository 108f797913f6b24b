"""Every address of the service, a pipeline of fifty rows, a bare view and the Django admin's list of the same cases."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from cpc.cases.models import Case
from cpc.cases.stages import ROW_OF
from cpc.config import urls as service
from cpc.config.urls import handler400, handler403, handler404, handler500
from cpc.dashboard.queries import RUNNING, with_row_facts
from cpc.dashboard.views import Pipeline

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def bare(request: HttpRequest, size: int) -> HttpResponse:
    """As many bytes as a page has, made of nothing. The middleware has loaded session and person."""
    return HttpResponse(b"x" * size)


class OpenAdminSite(admin.AdminSite):
    """The service has no `is_staff`: whoever is signed in may look."""

    def has_permission(self, request: HttpRequest) -> bool:
        return True


class CaseAdmin(admin.ModelAdmin):
    """The pipeline's rows and columns, as the admin shows them."""

    list_display = ["council", "where", "onsite_text", "manager", "due_on", "due"]
    list_filter = ["stage", "state"]
    search_fields = ["council__name", "reference"]
    list_select_related = ["council"]
    ordering = ["onsite_start_on", "pk"]
    list_per_page = 25
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_row_facts(Case.objects.filter(state__in=RUNNING))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_change_permission = has_view_permission
    has_module_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def where(self, case: Any) -> str:
        return ROW_OF[case.stage].staff_name

    def manager(self, case: Any) -> str:
        return case.manager_name or ""

    def due_on(self, case: Any) -> Any:
        return date.fromisoformat(case.next_due[0]) if case.next_due else None

    def due(self, case: Any) -> str:
        return case.next_due[1] if case.next_due else ""


class CaseAdminOfFifty(CaseAdmin):
    list_per_page = 50


def site_with(model_admin: type[admin.ModelAdmin], name: str) -> OpenAdminSite:
    site = OpenAdminSite(name)
    site.register(Case, model_admin)
    return site


urlpatterns = [
    path("bare/<int:size>/", bare),
    path("pipeline-of-fifty/", Pipeline.as_view(page_size=50)),
    path("admin/", site_with(CaseAdmin, "admin").urls),
    path("admin-of-fifty/", site_with(CaseAdminOfFifty, "admin-of-fifty").urls),
    *service.urlpatterns,
]
