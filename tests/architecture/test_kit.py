"""The kit is the only way: one form page, one question before something is done, one list, one versioned save."""

import ast
import re

from django.views.generic.edit import ProcessFormView

from cpc.components.pages import Confirm, ServiceForm
from tests.architecture.source import name_of, python_files, tree_of
from tests.architecture.test_views import ours

KIT = "cpc/components/pages/"
VERSIONED = "cpc/components/versioned.py"
# Where a page answers a post by itself, and why.
OWN_POSTS = {
    "cpc/drafts/views.py": "What is typed is kept while it is typed; the answer is read by the page's script.",
    "cpc/reorganisations/views.py": "What a reorganisation would do is worked out, which takes a while; nothing is saved.",
}
# Pages of the sign-in library, and our own beside them.
OF_THE_LIBRARY = {"cpc.accounts.sign_in.views"}
VERSIONS_COMPARED = re.compile(r"\.version\s*[!=]=|[!=]=\s*\w+\.version\b")


def posts(tree: ast.Module) -> list[str]:
    return [
        f"{each.name}.{item.name}"
        for each in ast.walk(tree)
        if isinstance(each, ast.ClassDef)
        for item in each.body
        if isinstance(item, ast.FunctionDef) and item.name == "post"
    ]


def outside_the_kit() -> dict[str, ast.Module]:
    return {name_of(path): tree_of(path) for path in python_files() if not name_of(path).startswith(KIT)}


def test_a_post_is_answered_by_the_kit():
    assert posts(ast.parse("class Page:\n    def post(self): ...")) == ["Page.post"]
    found = {name for name, tree in outside_the_kit().items() if posts(tree)}
    assert found == set(OWN_POSTS)


def test_every_form_page_is_the_kits():
    """Django's own form views save by themselves and know no refusal of a service."""
    views = {callback.view_class for _, _, callback in ours() if hasattr(callback, "view_class")}
    own = {view for view in views if issubclass(view, ProcessFormView) and view.__module__ not in OF_THE_LIBRARY}
    assert len(own) > 100
    assert [view for view in own if not issubclass(view, ServiceForm)] == []
    # A question has no form, and a form is no question.
    assert [view for view in views if issubclass(view, ServiceForm) and issubclass(view, Confirm)] == []


def test_pages_of_a_list_are_counted_by_the_kit():
    found = [
        name
        for name, tree in outside_the_kit().items()
        for each in ast.walk(tree)
        if isinstance(each, ast.Call) and ast.unparse(each.func).split(".")[-1] == "Paginator"
    ]
    assert found == []


def test_versions_are_compared_in_one_module():
    assert VERSIONS_COMPARED.search("if row.version != version:")
    assert VERSIONS_COMPARED.search("if version == row.version:")
    found = [
        f"{name_of(path)}:{number}"
        for path in python_files()
        if name_of(path) != VERSIONED
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if VERSIONS_COMPARED.search(line)
    ]
    assert found == []
