"""Our components are the design system's own: every official example comes out the same."""

import json
import re
from pathlib import Path

import html5lib
import pytest
from django.conf import settings

from cpc.components.macros import component

FOLDER = Path(settings.BASE_DIR) / "node_modules/govuk-frontend/dist/govuk/components"
FILES = sorted(FOLDER.glob("*/fixtures.json"))


def as_a_browser_sees(html: str) -> str:
    """Without what means nothing: the order of attributes, white space between tags."""
    html = re.sub(r">\s+<", "><", re.sub(r"\s+", " ", html)).strip()
    return html5lib.serialize(
        html5lib.parseFragment(html), quote_attr_values="always", alphabetical_attributes=True, strip_whitespace=True
    )


def test_the_examples_are_installed():
    """Without the front end's packages the next test would have nothing to compare, and pass."""
    assert len(FILES) == 37, "run `npm ci` first"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_component_equals_the_official_examples(path: Path):
    examples = json.loads(path.read_text())
    different = [
        example["name"]
        for example in examples["fixtures"]
        if as_a_browser_sees(component(examples["component"], example["options"])) != as_a_browser_sees(example["html"])
    ]
    assert different == []


def test_a_text_is_escaped_and_html_is_not():
    assert "&lt;b&gt;" in component("button", {"text": "<b>"})
    assert "<b>bold</b>" in component("button", {"html": "<b>bold</b>"})
