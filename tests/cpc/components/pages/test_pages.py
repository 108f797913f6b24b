"""The pages that all others are made of, tried on rows of their own."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.cache import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory

from cpc.components import forms
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.components.pages import Confirm, ListFile, ListPage, ServiceForm, asked_page, kept_query, page_of


class Anybody:
    """May do everything."""

    is_authenticated = is_active = True
    is_lga_staff = False

    def has_perm(self, name: str, obj: Any = None) -> bool:
        return True


def answer(view: Any, data: dict[str, str] | None = None, **initkwargs: Any) -> HttpResponse:
    factory = RequestFactory()
    request = factory.get("/here/") if data is None else factory.post("/here/", data)
    request.user = Anybody()
    request.session = SessionStore()
    request._messages = FallbackStorage(request)
    response = view.as_view(**initkwargs)(request)
    response.told = [f"{each.level_tag}: {each}" for each in get_messages(request)]
    return response


class NameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=20)
    version = forms.VersionField()


class Rename(ServiceForm):
    permission_required = "any"
    form_class = NameForm
    title = "Name"
    success_message = "Renamed"
    now = {"name": "Old", "version": 3}
    refusal: Exception | None = None

    def get_initial(self) -> dict[str, Any]:
        return dict(self.now)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Name": self.now["name"]}

    def get_success_url(self) -> str:
        return "/there/"

    def save(self, form: Any) -> str:
        if self.refusal:
            raise self.refusal
        return form.cleaned_data["name"]


def test_a_form_that_is_saved_leads_on_and_says_so():
    response = answer(Rename, {"name": "New", "version": "3"})
    assert (response.status_code, response["Location"], response.told) == (302, "/there/", ["success: Renamed"])


def test_a_form_that_cannot_be_saved_keeps_what_was_typed():
    response = answer(Rename, {"name": "x" * 30, "version": "3"})
    assert response.status_code == 422 and response.context_data["form"]["name"].value() == "x" * 30


@pytest.mark.parametrize(("field", "beside"), [("name", "name"), ("", "__all__"), ("not_of_this_form", "__all__")])
def test_a_refusal_stands_beside_its_field_or_at_the_top(field, beside):
    response = answer(Rename, {"name": "New", "version": "3"}, refusal=Refused("No.", field=field))
    assert response.status_code == 422
    assert response.context_data["form"].errors == {beside: ["No."]}


def test_a_stale_form_shows_both_texts_and_the_next_press_is_made_knowing_them():
    response = answer(Rename, {"name": "New", "version": "2"}, refusal=Stale("Late."))
    form = response.context_data["form"]
    assert response.status_code == 409
    assert response.context_data["stale_texts"] == {"Name": "Old"}
    assert (form["name"].value(), form["version"].value()) == ("New", "3")


def test_what_stands_already_is_saved_and_nobody_else_was_first():
    assert answer(Rename, {"name": "Old", "version": "2"}, refusal=Stale("Late.")).told == ["success: Renamed"]
    # A decision about what the page showed was made about something else.
    decided = answer(Rename, {"name": "Old", "version": "2"}, refusal=Stale("Late."), is_decision=True)
    assert decided.status_code == 409


def test_a_page_without_a_permission_or_a_service_is_a_mistake():
    with pytest.raises(ImproperlyConfigured, match="names no permission"):
        answer(Rename, permission_required="")
    with pytest.raises(ImproperlyConfigured, match="does nothing"):
        answer(type("Idle", (ServiceForm,), {"permission_required": "any", "form_class": NameForm}), {"name": "New"})


class Remove(Confirm):
    permission_required = "any"
    title = "Remove it?"
    success_message = "Removed"
    already = "It was removed before."
    outcome: Any = None

    def get_success_url(self) -> str:
        return "/there/"

    def seen_version(self) -> int:
        return 4

    def perform(self) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (None, "success: Removed"),
        (False, "warning: It was removed before."),
        (AlreadyMoved("Someone was faster."), "warning: Someone was faster."),
    ],
)
def test_a_press_is_answered_where_it_leads(outcome, told):
    response = answer(Remove, {"version": "4"}, outcome=outcome)
    assert (response.status_code, response["Location"], response.told) == (302, "/there/", [told])


@pytest.mark.parametrize(("refusal", "status", "why_not"), [(Refused("No."), 422, "No."), (Stale("Late."), 409, "")])
def test_a_refusal_may_stand_where_the_button_was(refusal, status, why_not):
    response = answer(Remove, {"version": "4"}, outcome=refusal, stays=True)
    assert (response.status_code, response.context_data["why_not"]) == (status, why_not)
    assert response.context_data["form"].non_field_errors() == [refusal.message]
    assert response.context_data["hidden"] == {"version": 4}


@pytest.mark.parametrize("asked", ["", "0", "-1", "two", "9" * 30, "1e3", "²", None])
def test_anything_odd_is_a_page(asked):
    request = RequestFactory().get("/", {} if asked is None else {"page": asked})
    assert page_of(request, range(60)).number in {1, 3}
    assert 1 <= asked_page(request) <= 100_000


def test_the_other_pages_keep_what_was_asked_for():
    request = RequestFactory().get("/?q=adur&page=2&cases=3")
    assert kept_query(request) == "q=adur&cases=3"
    assert kept_query(request, name="cases") == "q=adur&page=2"
    assert page_of(request, range(60)).number == 2
    assert list(page_of(request, range(60), name="cases")) == list(range(50, 60))


class Numbers:
    permission_required = "any"

    def get_rows(self) -> list[str]:
        return ["=1+1", *map(str, range(59))]


class NumberList(Numbers, ListPage):
    template_name = "numbers.html"
    columns = {"Number": str}
    file_name = "numbers"


class NumberFile(Numbers, ListFile):
    columns = ["Number"]
    sheet = "Numbers"

    def get_name(self) -> str:
        return "numbers"

    def get_lines(self) -> list[list[str]]:
        return [[each] for each in self.get_rows()]


def test_a_list_and_its_file_have_the_same_rows():
    page = answer(NumberList).context_data["page_obj"]
    file = answer(NumberFile)
    assert (len(page), page.paginator.count) == (25, 60)
    assert file["Content-Disposition"] == 'attachment; filename="numbers.csv"'
    assert file["Cache-Control"] == "private, no-store"
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    # What a spreadsheet would take for a formula is made text.
    assert rows[:3] == [["Number"], ["'=1+1"], ["0"]] and len(rows) == 61
    # At the address of the page they are the same.
    request = RequestFactory().get("/", {"file": "csv"})
    request.user = Anybody()
    own = NumberList.as_view()(request)
    assert own.content == file.content
    assert answer(NumberFile, ending="xlsx")["Content-Disposition"] == 'attachment; filename="numbers.xlsx"'
