"""A list in pages, and the same rows as a file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.views.generic import TemplateView, View

from cpc.components.mixins import PermissionRequired
from cpc.components.spreadsheets import attachment, table_bytes

PAGE_SIZE = 25
MOST_PAGES = 100_000


def page_at(asked: str | None, rows: Any, size: int = PAGE_SIZE) -> Page[Any]:
    """Anything odd is a page too: no address is an error."""
    return Paginator(rows, size).get_page(asked)


def page_of(request: HttpRequest, rows: Any, size: int = PAGE_SIZE, *, name: str = "page") -> Page[Any]:
    """The page that the address asks for."""
    return page_at(request.GET.get(name), rows, size)


def asked_page(request: HttpRequest, *, name: str = "page") -> int:
    """Its number, for a list whose rows are asked for by the page. More than a list can have is its last."""
    asked = request.GET.get(name, "1")
    return max(min(int(asked), MOST_PAGES), 1) if asked.isdecimal() and len(asked) < 10 else 1


def kept_query(request: HttpRequest, *, name: str = "page") -> str:
    """What was asked for, without the page: for the links to the other pages."""
    query = request.GET.copy()
    query.pop(name, None)
    return query.urlencode()


class ListPage(PermissionRequired, TemplateView):
    """Subclasses give `get_rows()`, all that the list holds; `filter_form` narrows it, as `form`."""

    page_size = PAGE_SIZE
    filter_form: Any = None
    request: Any
    kwargs: dict[str, Any]

    def get_rows(self) -> Any:
        raise NotImplementedError

    @cached_property
    def form(self) -> Any:
        return self.filter_form(self.request.GET) if self.filter_form else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = page_of(self.request, self.get_rows(), self.page_size)
        own = {"page_obj": page, "query_string": kept_query(self.request)}
        return (own | {"form": self.form} if self.filter_form else own) | super().get_context_data(**kwargs)


class ListFile(PermissionRequired, View):
    """The rows of a list as a file for a spreadsheet. Whoever finds the rows for the page finds them for the file."""

    ending = "csv"
    columns: list[str]
    sheet = ""

    def get_name(self) -> str:
        """Of the file, without its ending."""
        raise NotImplementedError

    def get_lines(self) -> Iterable[Iterable[str]]:
        """The cells of each row, in the order of the columns."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        content = table_bytes(self.columns, self.get_lines(), ending=self.ending, sheet=self.sheet)
        return attachment(content, f"{self.get_name()}.{self.ending}")
