"""The pages that all others are made of: a form that a service saves, a question before something is done, a list."""

from cpc.components.pages.confirm import Confirm
from cpc.components.pages.lists import MOST_ROWS, ListFile, ListPage, asked_page, kept_query, page_at, page_of
from cpc.components.pages.reading import found_or_gone, read_anew, still_there
from cpc.components.pages.service_form import ServiceForm

__all__ = [
    "MOST_ROWS",
    "Confirm",
    "ListFile",
    "ListPage",
    "ServiceForm",
    "asked_page",
    "found_or_gone",
    "kept_query",
    "page_at",
    "page_of",
    "read_anew",
    "still_there",
]
