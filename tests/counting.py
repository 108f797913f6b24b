"""Counting SQL statements: a list must cost the same with three rows and with three hundred."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def captured_queries(function: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        function()
    return [query["sql"] for query in captured.captured_queries]


def count_queries(function: Callable[[], object]) -> int:
    return len(captured_queries(function))
