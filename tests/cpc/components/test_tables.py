"""Every table is cards on a phone, whose cells say which column they are of."""

import re
from pathlib import Path

from django.conf import settings
from django.template import engines

from cpc.components.tables import label_cells

HEADS = ["Council", "Stage", ("Added", "numeric"), ("Change", "hidden")]


def test_cells_are_named_after_their_columns():
    rows = (
        '<tr><th scope="row">Wyre</th><td class="a">Report</td><td>3</td><td><a href="/">Change</a></td></tr>'
        "<tr><th>Leeds</th><td>Onsite</td><td></td><td></td></tr>"
    )
    assert label_cells(rows, HEADS) == (
        '<tr><th scope="row">Wyre</th><td class="a" data-label="Stage">Report</td><td data-label="Added">3</td>'
        '<td><a href="/">Change</a></td></tr>'
        '<tr><th>Leeds</th><td data-label="Stage">Onsite</td><td data-label="Added"></td><td></td></tr>'
    )


def test_a_cell_over_two_columns_moves_the_names_on():
    assert label_cells('<tr><td colspan="2">Both</td><td>3</td></tr>', HEADS) == (
        '<tr><td colspan="2" data-label="Council">Both</td><td data-label="Added">3</td></tr>'
    )


def test_a_cell_beyond_the_heads_has_no_name_and_a_head_cannot_break_out():
    assert label_cells("<tr><td>1</td><td>2</td></tr>", ['A "b" & <c>']) == (
        '<tr><td data-label="A &#34;b&#34; &amp; &lt;c&gt;">1</td><td>2</td></tr>'
    )


def test_what_was_typed_into_a_cell_stays_text():
    template = engines["jinja"].env.from_string(
        '{% call table("Names", ["Name"]) %}<tr><td>{{ name }}</td></tr>{% endcall %}'
    )
    page = template.render(name="<td>x</td>")
    assert "&lt;td&gt;x&lt;/td&gt;" in page and page.count("data-label") == 1


def test_no_table_is_written_beside_the_macro_unless_it_makes_cards_too():
    folder = Path(settings.BASE_DIR) / "templates"
    beside = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.html")
        if "emails" not in path.parts
        and any("app-stack" not in tag for tag in re.findall(r"<table[^>]*>", path.read_text()))
    }
    assert beside == set()
