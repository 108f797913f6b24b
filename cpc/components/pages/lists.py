"""A list in pages, and the same rows as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate, localtime
from django.views.generic import TemplateView, View

from cpc.components.mixins import PermissionRequired
from cpc.components.spreadsheets import CONTENT_TYPES, attachment, table_bytes

PAGE_SIZE = 25
MOST_PAGES = 100_000
# Of a file: more than a spreadsheet is read for.
MOST_ROWS = 50_000


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


# A column of a file: where its value stands in a row, or what works it out.
Column = str | Callable[[Any], Any]


def cell(row: Any, column: Column) -> str:
    """The value of one column of a row, as a spreadsheet reads it. What is not there is an empty cell."""
    if callable(column):
        value = column(row)
    else:
        value = row
        for name in column.split("."):
            value = getattr(value, name, None)
            value = value() if callable(value) else value
    if isinstance(value, datetime):
        value = localtime(value).date()
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


class ListPage(PermissionRequired, TemplateView):
    """Subclasses give `get_rows()`, all that the list holds; `filter_form` narrows it, as `form`.

    With `columns` the same rows, chosen in the same way and read by the same people, are a file for a spreadsheet at the
    same address: `?file=csv` or `?file=xlsx`. Its template calls the macro `downloads`.
    """

    page_size = PAGE_SIZE
    filter_form: Any = None
    # Of the file: head of each column -> what stands in it.
    columns: dict[str, Column] = {}
    file_name = "list"
    request: Any
    kwargs: dict[str, Any]

    def get_rows(self) -> Any:
        raise NotImplementedError

    def get_file_rows(self) -> Any:
        """Where the rows of a page are asked for by the page, all of them."""
        return self.get_rows()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ending = request.GET.get("file")
        if not self.columns or ending not in CONTENT_TYPES:
            return super().get(request, *args, **kwargs)
        lines = ([cell(row, column) for column in self.columns.values()] for row in self.get_file_rows()[:MOST_ROWS])
        content = table_bytes(list(self.columns), lines, ending=ending, sheet=self.file_name)
        return attachment(content, f"{self.file_name}-{localdate():%Y-%m-%d}.{ending}")

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
