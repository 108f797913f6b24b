from datetime import date

import pytest

from cpc.reminders.wording import PLACEHOLDERS, words_for, wrong_placeholders


@pytest.mark.parametrize(
    "text", ["", "Plain words", "{title}: {what}, {when}", "{date} {detail}", "Braces {{so}} stay as they are"]
)
def test_words_with_known_values_are_accepted(text):
    assert wrong_placeholders(text) == ""
    assert text.format_map(dict.fromkeys(PLACEHOLDERS, "x")) is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "{council}",
            "{council} is not a value that can be filled in. Use {title}, {what}, {when}, {date}, {is}, {opens} or {detail}",
        ),
        ("{}", "{} is not a value"),
        ("{title.upper}", "{title.upper} is not a value"),
        ("{title[0]}", "{title[0]} is not a value"),
        ("{title!r}", "is not a value"),
        ("{date:>999999999}", "is not a value"),
        ("{title", "Write each value in a pair of braces"),
        ("title}", "Write each value in a pair of braces"),
    ],
)
def test_what_cannot_be_filled_in_is_named(text, says):
    assert says in wrong_placeholders(text)


@pytest.mark.parametrize(
    ("day", "words"), [(26, "today"), (27, "in 1 day"), (28, "in 2 days"), (25, "1 day ago"), (1, "25 days ago")]
)
def test_where_nobody_promised_anything_nothing_is_due_or_late(day, words):
    assert words_for(date(2026, 11, day), date(2026, 11, 26), is_promise=False) == words
