"""One template language, one layout, and the pieces of our pages from one place."""

import re

import pytest
from django.conf import settings
from django.template import engines

from tests import template_layout
from tests.architecture.source import BASE, name_of, tracked_files

TEMPLATES = BASE / "templates"
FILES = [path for path in tracked_files() if path.is_relative_to(TEMPLATES)]
PAGES = [path for path in FILES if path.suffix == ".html" and not path.is_relative_to(TEMPLATES / "emails")]
MACROS = "templates/components/macros.html"
# What a macro makes: as it began where it was written out, and where that is still right.
MADE_BY_MACROS = {
    # The table of messages has a column of boxes, which a script looks for by name.
    '<table class="': {"templates/cpc/notifications/outbox.html"},
    '<strong class="govuk-tag': {"templates/components/task_list.html"},
    '<a class="govuk-back-link"': set(),
    '<div class="moj-timeline"': set(),
    '<nav class="govuk-pagination"': set(),
    '<a class="govuk-button': set(),
}


def test_there_is_one_language():
    assert [each["BACKEND"] for each in settings.TEMPLATES] == ["django.template.backends.jinja2.Jinja2"]
    environment = engines["jinja"].env
    for path in FILES:
        environment.get_template(str(path.relative_to(TEMPLATES)))
    assert len(FILES) > 200


def test_every_template_is_laid_out():
    wrong = []
    for path in FILES:
        text = path.read_text()
        if path.suffix == ".html":
            wrong += [f"{name_of(path)}: run python -m tests.template_layout"] * (
                template_layout.formatted(text) != text
            )
        # A mail's text too: a comment that ends in a dash breaks the line here and not in the mail.
        wrong += [f"{name_of(path)}: a long line" for line in text.split("\n") if len(line) > template_layout.MOST]
    assert wrong == []


def test_what_a_macro_makes_is_written_nowhere_else():
    found = {
        beginning: {name_of(path) for path in PAGES if beginning in path.read_text()} - {MACROS}
        for beginning in MADE_BY_MACROS
    }
    assert found == MADE_BY_MACROS


def test_methods_are_called():
    """In a condition a method without brackets is always true."""
    uncalled = re.compile(r"\.(?:get_\w+_display|all|exists|has_other_pages|is_valid|wrap)\b(?!\()")
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in FILES
        for words in re.findall(r"\{[{%].*?[%}]\}", path.read_text(), re.DOTALL)
        for match in uncalled.finditer(words)
    ]
    assert [each for each in found if not each.startswith("templates/councils/as_at.html: .exists")] == []


def test_every_table_has_a_caption():
    tables = {name_of(path): path.read_text() for path in PAGES if "<table" in path.read_text()}
    assert [name for name, text in tables.items() if text.count("<table") != text.count("<caption")] == []


SHORT = "a word " * 6
LONG = "a word " * 20


@pytest.mark.parametrize(
    "source",
    [
        f"<p>{LONG}end{{% if x %}}, and more{{% endif %}}.</p>",
        f"<p>{LONG}{{{{ name }}}}{{% if x %}} ({{{{ x }}}}){{% else %}}!{{% endif %}} <b>{LONG}</b>{{{{ x }}}}</p>",
        f"<p>{{% for each in many %}}{{{{ each }}}}{{% if not loop.last %}}, {{% endif %}}{{% endfor %}}. {LONG}</p>",
        f'<p><a class="one two three" href="/an/address/{"x" * 60}">{LONG}</a>, <span>{LONG}</span></p>',
        f'<p>{{{{ "{SHORT} is {SHORT}" if many else "{SHORT}" ~ "and {SHORT}" }}}}</p>',
        f"<ul>{{% for each in many %}}<li>{{{{ each }}}}{{% if x %}} {LONG}{{% endif %}}</li>{{% endfor %}}</ul>",
    ],
)
def test_the_layout_moves_no_space_between_words(source):
    def shown(text: str) -> list[str]:
        page = engines["jinja"].env.from_string(text).render(name="Name", x="that", many=["one", "two"])
        return re.sub(r" *(</?(?:p|li|ul)>) *", r"\1", page).strip()

    once = template_layout.formatted(source)
    assert shown(once) == shown(source)
    assert template_layout.formatted(once) == once
    assert max(len(line) for line in once.split("\n")) <= template_layout.MOST
