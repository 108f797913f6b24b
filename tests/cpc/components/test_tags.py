"""Dates as they stand on a screen, and the tag that asks for a permission."""

from datetime import UTC, date, datetime, time

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from cpc.components.templatetags.govuk import gdate, gdatetime, gmonth, gtime


def test_dates_are_in_londons_time():
    summer = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
    assert gdate(summer) == "1 July 2027"
    assert gdatetime(summer) == "1 July 2027 at 12:30am"
    assert gmonth(summer) == "July 2027"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (time(9, 30), "9:30am"),
        (time(14), "2pm"),
        (time(12), "midday"),
        (time(0), "midnight"),
        (time(0, 5), "12:05am"),
        (time(12, 5), "12:05pm"),
        (None, ""),
    ],
)
def test_times(value, words):
    assert gtime(value) == words


def test_no_date_is_no_words():
    assert (gdate(None), gdatetime(None), gmonth(""), gdate(date(2027, 3, 14))) == ("", "", "", "14 March 2027")


class Somebody:
    def has_perm(self, permission, obj=None):
        return permission == "cpc.view_case" and obj == "this one"


@pytest.mark.parametrize(("name", "words"), [("this one", "yes"), ("another", "no")])
def test_can_asks_about_the_object(name, words):
    request = RequestFactory().get("/")
    request.user = Somebody()
    template = Template('{% can "cpc.view_case" thing as may %}{% if may %}yes{% else %}no{% endif %}')
    assert template.render(Context({"request": request, "thing": name})) == words
    assert template.render(Context({"thing": name})) == "no"


@pytest.mark.parametrize(("chosen", "marked"), [("b&", True), ("", False), ("unknown", False), ('"><script>', False)])
def test_options_are_escaped_and_at_most_one_is_chosen(chosen, marked):
    template = Template("{% options choices chosen %}")
    made = template.render(Context({"choices": [("a", "Alder <1>"), ("b&", "Birch")], "chosen": chosen}))
    selected = " selected" if marked else ""
    assert made == f'<option value="a">Alder &lt;1&gt;</option><option value="b&amp;"{selected}>Birch</option>'
