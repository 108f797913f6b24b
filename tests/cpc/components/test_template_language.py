"""Dates as they stand on a screen, the question for a permission, and what a template is told when it asks for too much."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.test import RequestFactory

from cpc.components import template_language
from cpc.components.shown import gdate, gdatetime, gmonth, gtime


def rendered(source: str, **context: object) -> str:
    return engines["jinja"].env.from_string(source).render(context)


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
def test_may_asks_about_the_object(name, words):
    request = RequestFactory().get("/")
    request.user = Somebody()
    template = '{{ "yes" if may("cpc.view_case", thing) else "no" }}'
    assert rendered(template, request=request, thing=name) == words
    assert rendered(template, thing=name) == "no"


@pytest.mark.parametrize(("chosen", "marked"), [("b&", True), ("", False), ("unknown", False), ('"><script>', False)])
def test_options_are_escaped_and_at_most_one_is_chosen(chosen, marked):
    made = rendered("{{ options(choices, chosen) }}", choices=[("a", "Alder <1>"), ("b&", "Birch")], chosen=chosen)
    selected = " selected" if marked else ""
    assert made == f'<option value="a">Alder &lt;1&gt;</option><option value="b&amp;"{selected}>Birch</option>'


def test_what_nobody_gave_is_nothing_and_what_a_thing_has_not_is_told():
    assert rendered("{% if form.errors %}yes{% else %}no{% endif %}{{ form.title }}") == "no"
    assert rendered("{{ person.name }}{{ row.name }}{{ 1 if row }}", person=None, row={}) == ""
    with pytest.raises(AttributeError, match="has no attribute 'naem'"):
        rendered("{{ person.naem }}", person=Somebody())
    with pytest.raises(AttributeError, match="has no attribute 'name'"):
        rendered("{{ person.has_perm.name }}", person=Somebody())
    with pytest.raises(TypeError, match="not called"):
        rendered("{{ person.has_perm }}", person=Somebody())


def test_pages_escape_and_plain_texts_do_not():
    assert rendered("{{ name }}", name="King's Lynn") == "King&#39;s Lynn"
    assert template_language.escapes("emails/base.txt") is False
    assert rendered("{{ link(text, '/?a=1&b=2', more) }}", text="<b>", more=" of & all") == (
        '<a class="govuk-link" href="/?a=1&amp;b=2">&lt;b&gt;'
        '<span class="govuk-visually-hidden"> of &amp; all</span></a>'
    )


def test_a_table_has_a_caption_that_names_its_region():
    made = rendered(
        """{% call table("People", ["Name", ("Age", "numeric"), ("Change", "hidden")]) %}<tr></tr>{% endcall %}"""
    )
    assert 'aria-label="People"' in made
    assert re.search(r"<caption[^>]*govuk-visually-hidden[^>]*>\s*People\s*</caption>", made)
    assert 'govuk-table__header--numeric">Age<' in made
    assert '<span class="govuk-visually-hidden">Change</span>' in made


def test_every_word_of_the_table_is_used():
    """A word that no template uses any more is taken out of the table."""
    texts = "\n".join(path.read_text() for path in Path(settings.BASE_DIR, "templates").rglob("*.*"))
    unused = [name for name in template_language.GLOBALS if not re.search(rf"\b{name}\(", texts)]
    unused += [name for name in template_language.FILTERS if not re.search(rf"\|{name}\b", texts)]
    assert unused == []
