"""What people read is said in the words that we chose; tests/strings.py gathers it and keeps the list of odd ones."""

from __future__ import annotations

import pytest

from tests import strings


def words(found) -> list[str]:
    return [each.words for each in found]


def test_no_text_uses_a_word_that_we_do_not_use():
    assert strings.odd() == []


def test_each_text_that_stays_is_still_there_and_has_its_reason():
    assert len(strings.STAYS) <= 10
    everything = strings.every_text()
    for (path, said), reason in strings.STAYS.items():
        assert reason
        assert any(each.path.endswith(path) and said in each.words for each in everything), said


def test_texts_of_a_template_are_gathered_without_its_tags_and_statements():
    source = (
        '{# A note #}<h1 class="govuk-heading-l">Dates to avoid</h1>\n'
        '<p>Read <a href="/x">the list</a> of {{ council.name }}{% if late %}, which is late{% endif %}.</p>\n'
        '{{ empty("No council matches.") }}<ol aria-label="Stages of it"></ol><style>body { a: b }</style>'
    )
    found = list(strings.of_template("page.html", source))
    assert words(found) == [
        "No council matches.", "Stages of it", "Dates to avoid", "Read the list of {}, which is late.",
    ]  # fmt: skip
    assert found[0].line == 3


@pytest.mark.parametrize(
    ("source", "gathered"),
    [
        ('raise Refused("Enter the day")', ["Enter the day"]),
        ('raise Refused(f"{name} is not on this peer challenge")', ["{} is not on this peer challenge"]),
        ('class A:\n    """What it is."""\n    title = "Add a peer"', ["Add a peer"]),
        ('def a():\n    """What it does."""\n    logger.info("Nobody came")', []),
        ('raise ValueError("A message needs a recipient.")', []),
        ('x = "SELECT a FROM b WHERE c"', []),
        ('field = Field(label="Title", choices=[("a_b", "Not yet begun")])', ["Title", "Not yet begun"]),
    ],
)
def test_texts_of_code_are_gathered_and_what_no_one_reads_is_not(source, gathered):
    assert words(strings.of_module("module.py", source)) == gathered


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Nobody is recorded yet.", "no one"),
        ("Ask somebody", "someone"),
        ("This case is paused.", "peer challenge"),
        ("Sign off and close", "finished"),
        ("What is outstanding", "still to do"),
        ("Set the prompt aside", "reason to get in touch"),
        ("Job title (optional)", "optional"),
        ("Enter your e-mail address", "email"),
        ("Add to the pool", "peer pool"),
        ("Taken off. They are told.", "has been told"),
    ],
)
def test_odd_words_are_found(said, rule):
    assert [instead for instead, odd in strings.RULES.items() if odd.search(said) and rule in instead]


def test_the_words_of_the_sector_stay():
    for said in (
        "Position statement", "in case of doubt", "the case of Rushcliffe", "peer pool", "Signed in", "Present at the meeting",
    ):  # fmt: skip
        assert not [instead for instead, odd in strings.RULES.items() if odd.search(said)], said
