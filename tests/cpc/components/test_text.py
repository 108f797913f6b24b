"""Text as people type and paste it: one function for an address, for visible text, for search and for XML."""

import sys
import unicodedata

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from cpc.components.folding import folded, folding_in_sql, words_of
from cpc.components.text import NotAnAddress, email_address, has_visible, plain_address, visible_text, xml_text

UNSEEN = ["\u200b", "\ufeff", "\u00ad", "\u200d", "\u200c", "\u200e", "\u2060", "\u3164", "\u2800", "\u180e", "\u2064"]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
RAINBOW_FLAG = "\U0001f3f3\ufe0f\u200d\U0001f308"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("place", ["{}ida@harrowdale.example", "ida@harrowdale.example{}", "ida@harrow{}dale.example"])
def test_an_address_has_one_form_whatever_hides_in_it(unseen, place):
    if unseen == "\u2800":
        pytest.skip("A blank of Braille is no character that hides: it is refused below.")
    assert email_address(place.format(unseen)) == "ida@harrowdale.example"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Ida@Harrowdale.Example ", "ida@harrowdale.example"),
        ("ida\uff20harrowdale.example", "ida@harrowdale.example"),
        ("\uff29da@harrowdale.example", "ida@harrowdale.example"),
        ("ida@m\u00fcller.example", "ida@xn--mller-kva.example"),
        ("ida@mu\u0308ller.example", "ida@xn--mller-kva.example"),
        ("ida@XN--MLLER-KVA.example", "ida@xn--mller-kva.example"),
        ("o'neill+cpc@example.org", "o'neill+cpc@example.org"),
    ],
)
def test_an_address_is_stored_in_small_letters_with_its_domain_in_ascii(typed, stored):
    assert email_address(typed) == stored
    assert email_address(stored) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "ida", "ida@", "@example.org", "si\u00e2n@example.org", '"a b"@example.org', "a@b@c.example", "a b@example.org",
     "\u0456da@example.org", "ida@exa mple.org", "ida@\u2800.example", "i" * 250 + "@example.org", "ida@example",
     "ida@-\u00fc-.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_sentence(typed):
    with pytest.raises(NotAnAddress) as refused:
        email_address(typed)
    assert len(str(refused.value)) > 20


@given(st.text(max_size=30))
def test_an_address_that_was_taken_is_its_own_form(name):
    try:
        address = email_address(f"{name}@example.org")
    except NotAnAddress:
        return
    assert address.isascii()
    assert address == address.lower() == email_address(address)


def test_an_address_is_looked_up_by_its_one_form():
    assert plain_address("\u200bIda@Example.org ") == "ida@example.org"
    assert plain_address(" Nobody ") == "nobody"


@pytest.mark.parametrize("unseen", [*UNSEEN, " ", "\n", "\u00a0", "\u2003", "\u0301", "\u202e", "\u2066", "\ufe0f"])
def test_a_value_without_a_visible_character_is_empty(unseen):
    assert visible_text(unseen) == visible_text(unseen * 3 + " \n" + unseen) == ""
    assert not has_visible(unseen)


@pytest.mark.parametrize("unseen", [each for each in UNSEEN if each != "\u2800"])
def test_what_cannot_be_seen_is_taken_out_where_it_carries_nothing(unseen):
    assert visible_text(f"{unseen}Lunch with {unseen}members{unseen}") == "Lunch with members"


def test_words_do_not_run_backwards():
    assert visible_text("\u202eLunch \u2066with\u2069 members\u202c") == "Lunch with members"


@pytest.mark.parametrize(
    "text",
    [FAMILY, RAINBOW_FLAG, WALES, "\u2764\ufe0f on fire", "1\ufe0f\u20e3 first", "\U0001f44d\U0001f3fd",
     "\U0001f9d1\U0001f3fd\u200d\u2695\ufe0f", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937",
     "\u00a35\u00a0million", "page\u202f12", "caf\u00e9", "\u2022\tpoint", "a\nb", "\U0001fae8"],
)  # fmt: skip
def test_what_carries_something_stays(text):
    assert visible_text(text) == text


def test_text_is_stored_composed_and_with_one_kind_of_line_end():
    assert visible_text("Sia\u0302n\r\nO\u2028Briain\x0b") == "Si\u00e2n\nO\nBriain\n"


@given(st.text(max_size=60))
def test_visible_text_is_its_own_form(text):
    once = visible_text(text)
    assert visible_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert bool(once) == has_visible(once)


def test_xml_loses_only_what_xml_forbids():
    """Every blank of Unicode, joined emoji and everything else that XML 1.0 allows."""
    kept = set(xml_text("".join(EVERY_CHARACTER)))
    lost = [ord(each) for each in EVERY_CHARACTER if each not in kept]
    assert lost == [*range(9), 0xB, 0xC, *range(0xE, 0x20), 0xFFFE, 0xFFFF]
    assert xml_text(FAMILY) == FAMILY


SAME_NAMES = [
    ("O\u2019Neill", ["O'Neill", "o\u02bcneill", "O`Neill", "O\u00b4Neill", "ONEILL", "O Neill", "O-Neill"]),
    ("King's Lynn", ["King\u2019s Lynn", "kings lynn", "King's  Lynn", "KING\u2018S\u00a0LYNN", "lynn kings"]),
    ("Si\u00e2n \u00d3 Briain-M\u00fcller", ["Sian", "Muller", "O Briain", "Sia\u0302n", "Briain Muller", "m\u00fcller si\u00e2n"]),
    ("Stockton-on-Tees", ["stockton on tees", "Stockton\u2013on\u2013Tees", "stocktonontees"]),
    ("Bath & North East Somerset", ["bath and north east somerset", "Bath & North"]),
    ("Mac Donald", ["Macdonald", "MacDonald", "mac donald"]),
    ("S\u00f8ren \u0141ukasz \u00c6gir", ["soren", "lukasz", "aegir"]),
    ("Co-ordinator", ["coordinator", "co ordinator"]),
    ("Ynys M\u00f4n", ["ynys mon"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "typed"), [(name, each) for name, typed in SAME_NAMES for each in typed])
def test_the_same_name_is_found_however_it_is_typed(name, typed):
    assert all(word in folded(name) for word in words_of(typed))


@pytest.mark.django_db
def test_the_database_folds_as_python_does():
    """Over every character that this Python knows: the statement of the migration is written out of the same tables. The
    database may know a later Unicode."""
    with connection.cursor() as cursor:
        cursor.execute(folding_in_sql().replace("FUNCTION folded", "FUNCTION folded_now").replace("%", "%%"), [])
        known = [each for each in EVERY_CHARACTER[1:] if unicodedata.category(each) != "Cn"]
        samples = [f"a{each} b" for each in known] + [each for row in SAME_NAMES for each in row[1]]
        cursor.execute(
            "SELECT written, folded_now(written) FROM unnest(%s::text[]) written",
            [samples],
        )
        wrong = [written for written, found in cursor.fetchall() if found != folded(written)]
    assert wrong == []
