"""Each kind of field refuses with a sentence, gives back what was typed, and its error link leads to it."""

from datetime import date, time
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template import engines
from django.utils.safestring import mark_safe

from cpc.components import forms
from cpc.components.params import params
from tests.html import problems

FEW = [("a", "The first"), ("b", "The second")]
MANY = [(str(number), f"Number {number}") for number in range(1, 13)]
PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>{% if form.errors %}Error: {% endif %}Page</title></head><body>'
    "{{ govuk_error_summary(form) }}<h1>Page</h1>"
    '<form method="post">{{ form_page(form, submit="Save") }}</form></body></html>'
)


class Everything(forms.Form):
    name = forms.CharField(label="Name <b>", max_length=10, help_text="A hint")
    reason = forms.TextField(label="Reason", max_length=20)
    notes = forms.TextField(label="Notes", required=False)
    email = forms.EmailField(label="Email address")
    address = forms.URLField(label="Web address")
    number = forms.IntegerField(label="How many", min_value=1, max_value=9)
    on = forms.DateField(label="First day", noun="First day")
    at = forms.TimeField(label="Start")
    few = forms.ChoiceField(label="One of a few", choices=FEW, choice_hints={"b": "A hint of its own"})
    many = forms.ChoiceField(label="One of many", choices=[("", "Choose one"), *MANY])
    grouped = forms.ChoiceField(label="In groups", choices=[("North", MANY[:6]), ("South", MANY[6:])] * 5)
    some = forms.MultipleChoiceField(label="Some", choices=FEW)
    answer = forms.YesNoField(label="Is it so?")
    file = forms.FileField(label="Paper")
    secret = forms.CharField(label="Password", widget=forms.PasswordInput)
    version = forms.VersionField()


def render(form: forms.Form) -> str:
    return engines["jinja"].env.from_string(PAGE).render(form=form)


def one(field, value: str | None, name: str = "it"):
    """A form of one field with one posted value."""
    data = QueryDict(mutable=True)
    if value is not None:
        data[name] = value
    return type("OneField", (forms.Form,), {name: field})(data)


def sentence(field, value: str | None) -> str:
    form = one(field, value)
    assert not form.is_valid()
    return form.errors["it"][0]


def dated(day: str, month: str, year: str):
    return type("Dated", (forms.Form,), {"on": forms.DateField(label="First day", noun="First day")})(
        {"on-day": day, "on-month": month, "on-year": year}
    )


@pytest.mark.parametrize("data", [None, {}], ids=["fresh", "with an error in every field"])
def test_every_kind_of_field_is_valid_html_and_every_error_link_hits(data):
    form = Everything(data, {}) if data is not None else Everything(initial={"version": 3, "on": date(2027, 3, 14)})
    page = render(form)
    assert problems(page) == []
    assert "<b>" not in page
    links = page.count('href="#id_')
    assert links == (len(form.errors) if data is not None else 0)
    assert ("14" in page and 'value="2027"' in page) == (data is None)


def test_every_kind_of_field_takes_a_good_answer():
    data = QueryDict(
        "name=Name&reason=Because&email=a@example.org&address=https://example.org/x&number=3&on-day=4&on-month=3"
        "&on-year=2027&at=9.30&few=a&many=2&grouped=7&some=a&some=b&answer=no&secret=x&version=4"
    )
    form = Everything(data, {"file": SimpleUploadedFile("a.txt", b"text")})
    assert form.is_valid(), form.errors
    cleaned = form.cleaned_data
    assert (cleaned["on"], cleaned["at"], cleaned["answer"]) == (date(2027, 3, 4), time(9, 30), False)
    assert (cleaned["some"], cleaned["version"], cleaned["grouped"]) == (["a", "b"], 4, "7")


def test_what_was_typed_comes_back():
    form = Everything(
        QueryDict(
            "name=Far+too+long+a+name&reason=Kept&number=lots&on-day=31&on-month=2&on-year=2027&at=late&many=3&few=b"
        )
    )
    page = render(form)
    for typed in ('value="Far too long a name"', ">Kept</textarea>", 'value="lots"', 'value="31"', 'value="late"'):
        assert typed in page
    assert '<option value="3" selected' in page
    assert problems(page) == []


def test_a_password_does_not_come_back():
    assert "hunter2" not in render(Everything(QueryDict("secret=hunter2")))


@pytest.mark.parametrize(
    ("day", "month", "year", "words", "link"),
    [
        ("31", "2", "2027", "First day must be a real date", "#id_on-day"),
        ("", "2", "2027", "First day must include a day", "#id_on-day"),
        ("3", "", "", "First day must include a month and year", "#id_on-month"),
        ("3", "2", "27", "Year must include 4 numbers", "#id_on-year"),
        ("3", "2", "9999", "Year must include 4 numbers", "#id_on-year"),
        ("x", "2", "2027", "First day must be a real date", "#id_on-day"),
        ("٣", "2", "2027", "First day must be a real date", "#id_on-day"),
        ("3\x00", "2", "2027", "First day must be a real date", "#id_on-day"),
        ("3" * 400, "2", "2027", "First day must be a real date", "#id_on-day"),
    ],
)
def test_a_date_is_refused_at_the_right_box(day, month, year, words, link):
    form = dated(day, month, year)
    assert form.errors["on"][0] == words
    assert f'href="{link}"' in render(form)


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        ("5", "March", "2027"),
        ("5th", "mar", "2027"),
        ("05", "03", "2027"),
        ("\u200b5\u00a0", "MAR.", "2027\u200b"),
        ("5 March 2027", "", ""),
        ("5th Mar, 2027", "", ""),
        ("2027-03-05", "", ""),
    ],
)
def test_a_date_is_read_as_people_write_it(day, month, year):
    form = dated(day, month, year)
    assert form.is_valid() and form.cleaned_data["on"] == date(2027, 3, 5)


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        ("5", "Marche", "2027"),
        ("5", "ma", "2027"),
        ("5", "3rd", "2027"),
        ("31st", "June", "2027"),
        ("five", "3", "2027"),
    ],
)
def test_a_date_that_nobody_can_read_is_refused(day, month, year):
    assert dated(day, month, year).errors["on"][0] == "First day must be a real date"


def test_a_date_in_figures_in_one_box_is_not_guessed_at():
    assert dated("5/3/2027", "", "").errors["on"][0] == "First day must include a month and year"


def test_boxes_that_hold_nothing_visible_are_an_empty_date():
    form = type("Dated", (forms.Form,), {"on": forms.DateField(required=False)})(
        {"on-day": "\u200b", "on-year": "\ufeff"}
    )
    assert form.is_valid() and form.cleaned_data["on"] is None


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u200d", "\u200e", "\u3164", "\u2800", "\u00a0"]
)
@pytest.mark.parametrize("field", [forms.CharField, forms.TextField, forms.EmailField, forms.URLField, forms.TimeField])
def test_a_value_without_a_visible_character_is_empty(field, unseen):
    assert sentence(field(label="It", error_messages={"required": "Enter it"}), unseen) == "Enter it"
    form = one(field(label="It", required=False), unseen)
    assert form.is_valid() and not form.cleaned_data["it"]


@pytest.mark.parametrize("field", [forms.CharField, forms.TextField])
def test_words_are_stored_as_they_are_seen(field):
    form = one(field(label="It"), "\u202eLunch\u200b with Sia\u0302n\u202c ")
    assert form.is_valid() and form.cleaned_data["it"] == "Lunch with Si\u00e2n"


def test_one_line_is_one_line():
    form = one(forms.CharField(label="Title"), "Lunch\r\nwith\tmembers")
    assert form.is_valid() and form.cleaned_data["it"] == "Lunch with members"


def test_a_password_is_what_was_typed():
    form = one(forms.CharField(label="Password", widget=forms.PasswordInput, strip=False), " a\u200bb ")
    assert form.is_valid() and form.cleaned_data["it"] == " a\u200bb "


def test_an_address_is_taken_in_its_one_form():
    form = one(forms.EmailField(label="E-mail"), "\u200bIda@Harrow\u00addale.Example\ufeff")
    assert form.is_valid() and form.cleaned_data["it"] == "ida@harrowdale.example"
    assert "without accents" in sentence(forms.EmailField(label="E-mail"), "si\u00e2n@example.org")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9:30", time(9, 30)),
        ("09.30", time(9, 30)),
        ("14:00", time(14, 0)),
        ("2pm", time(14, 0)),
        ("2:15 pm", time(14, 15)),
        ("12pm", time(12, 0)),
        ("12am", time(0, 0)),
        ("7", time(7, 0)),
        ("1330", time(13, 30)),
        ("930", time(9, 30)),
        ("noon", time(12, 0)),
        ("12 Noon", time(12, 0)),
        ("midnight", time(0, 0)),
        ("2 p.m.", time(14, 0)),
        ("9.30 a.m.", time(9, 30)),
        ("9\u00a0am", time(9, 0)),
        ("\u200b9\u202f:\u202f30\u200b", time(9, 30)),
        ("14h30", time(14, 30)),
        ("1400 hrs", time(14, 0)),
    ],
)
def test_times_as_people_type_them(typed, meant):
    form = one(forms.TimeField(label="Start"), typed)
    assert form.is_valid() and form.cleaned_data["it"] == meant


@pytest.mark.parametrize(
    "typed",
    [
        "25:00",
        "9:60",
        "13pm",
        "0am",
        "soon",
        "9:30:10",
        "-1:00",
        "²:00",
        "9" * 19,
        "9.3",
        "9:5",
        "9:3pm",
        "24:00",
        "1 330",
        "9 30 5",
        "13330",
        "9 or 10",
        "9:",
        "1360",
    ],
)
def test_what_is_no_time_is_refused(typed):
    assert sentence(forms.TimeField(label="Start"), typed) == "Start must be a time, like 9:30 or 2pm"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (
            forms.CharField(label="Name", max_length=5),
            "too long",
            "Name must be 5 characters or fewer. You entered 8.",
        ),
        (
            forms.TextField(label="Reason", max_length=3),
            "a\r\nbc",
            "Reason must be 3 characters or fewer. You entered 4.",
        ),
        (forms.CharField(label="Name"), "a\x00b", "Remove the characters that cannot be printed"),
        (forms.TextField(label="Reason"), "a\x00b", "Remove the characters that cannot be printed"),
        (
            forms.EmailField(label="E-mail"),
            "nobody",
            "Enter an email address in the correct format, like name@example.org",
        ),
        (forms.IntegerField(label="Number"), "1.5", "Enter a whole number"),
        (forms.IntegerField(label="100% of them", max_value=9), "10", "100% of them must be 9 or fewer"),
        (forms.IntegerField(label="Number", min_value=1), "0", "Number must be 1 or more"),
        (forms.ChoiceField(label="One", choices=FEW), "c", "Choose from the list"),
        (forms.ChoiceField(label="One", choices=FEW), "\x00", "Choose from the list"),
    ],
)
def test_a_refusal_says_what_to_do(field, typed, words):
    assert sentence(field, typed) == words


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (forms.CharField(label="Name"), "Enter name"),
        (forms.CharField(label="LGA contact"), "Enter LGA contact"),
        (forms.ChoiceField(label="The kind", choices=FEW), "Choose the kind"),
        (forms.YesNoField(label="Is it so?"), "Choose an answer"),
        (forms.CharField(label="Name", error_messages={"required": "Say who it is"}), "Say who it is"),
    ],
)
def test_what_is_missing_is_asked_for(field, words):
    page = render(one(field, None))
    assert page.count(words) == 2, "beside the field and at the top"
    assert "required" not in page


def test_line_ends_of_browsers_count_once():
    form = one(forms.TextField(label="Reason", max_length=4), "a\r\nbc")
    assert form.is_valid() and form.cleaned_data["it"] == "a\nbc"


@pytest.mark.parametrize(
    ("posted", "read"), [("4", 4), (None, -1), ("", -1), ("x", -1), ("-3", -1), ("9" * 30, -1), ("1\x00", -1)]
)
def test_a_version_that_never_was_is_read_as_such(posted, read):
    form = one(forms.VersionField(), posted)
    assert form.is_valid() and form.cleaned_data["it"] == read


def test_an_unanswered_question_is_not_taken_for_no():
    form = one(forms.YesNoField(label="Is it so?"), None)
    assert not form.is_valid()
    assert one(forms.YesNoField(label="Is it so?", required=False), None).is_valid()


def test_few_choices_are_radios_and_many_are_a_list():
    page = render(Everything())
    assert page.count('type="radio"') == len(FEW) + 2
    assert page.count("<select") == 2


def test_optional_is_said_and_needed_is_not():
    page = render(Everything())
    assert page.count("(optional)") == 1 and "Notes (optional)" in page


def test_of_a_filter_nothing_is_marked_as_optional():
    class Narrowed(forms.FilterForm):
        name = forms.CharField(label="Name", required=False)

    assert "Name" in render(Narrowed()) and "(optional)" not in render(Narrowed())


def test_the_counter_leaves_the_browser_nothing_to_cut():
    page = render(Everything())
    assert 'data-maxlength="20"' in page
    assert ' maxlength="20"' not in page


def test_a_label_from_data_is_text_unless_it_is_marked_safe():
    class Marked(forms.Form):
        name = forms.CharField(label=mark_safe("<em>Name</em>"), required=False)

    assert "<em>Name</em> (optional)" in render(Marked())


def test_a_mistyped_field_name_is_an_error():
    with pytest.raises(KeyError):
        params(Everything()["no_such_field"])


@pytest.mark.parametrize("character", ["\x07", "\x1b", "\x9f", "\ufffe", "\U0001ffff"])
def test_what_no_page_and_no_word_file_may_hold_is_refused_and_shown_no_more(character):
    for field in (forms.CharField(label="Name"), forms.TextField(label="Reason")):
        form = one(field, f"a{character}b")
        assert not form.is_valid()
        assert form.errors["it"] == ["Remove the characters that cannot be printed"]
        assert problems(render(form)) == []
        assert params(form["it"])[1]["value"] == "ab"


def test_hidden_value_comes_back_without_what_no_page_may_hold():
    form = one(forms.CharField(widget=forms.HiddenInput), "a\x00b")
    assert not form.is_valid()
    assert 'value="ab"' in str(form["it"])


def test_line_ends_that_were_pasted_are_lines():
    form = one(forms.TextField(label="Reason"), "one\r\ntwo\vthree\ffour\u2028five\x85six\rseven")
    assert form.is_valid()
    assert form.cleaned_data["it"].split("\n") == ["one", "two", "three", "four", "five", "six", "seven"]


def test_key_of_a_form_that_is_absent_or_broken_counts_as_new():
    key = uuid4()
    assert one(forms.UUIDField(), str(key)).is_valid()
    kept, *new = [one(forms.UUIDField(), value) for value in (str(key), None, "", "abc", "\x00")]
    assert all(form.is_valid() for form in [kept, *new])
    assert kept.cleaned_data["it"] == key
    assert len({form.cleaned_data["it"] for form in new}) == len(new)
    shown = [type("OneField", (forms.Form,), {"it": forms.UUIDField()})()["it"].value() for _ in range(2)]
    assert shown[0] != shown[1]


def test_yes_or_no_names_nothing_of_what_was_sent_instead():
    assert sentence(forms.YesNoField(label="Is it so?"), "perhaps") == "Choose yes or no"


def test_a_page_that_comes_back_asks_for_the_file_again():
    class Paper(forms.Form):
        title = forms.CharField(label="Title")
        paper = forms.FileField(label="Paper", help_text="Word or PDF.")

    def sent(content: bytes) -> forms.Form:
        return Paper({"title": ""}, {"paper": SimpleUploadedFile("paper.pdf", content)})

    form = sent(b"%PDF")
    assert not form.is_valid()
    form.add_error(None, "Refused by a service")
    assert form.fields["paper"].help_text == "Choose the file again. Word or PDF."
    # What is wrong with the file itself says as much.
    empty = sent(b"")
    assert set(empty.errors) == {"title", "paper"}
    assert empty.fields["paper"].help_text == "Word or PDF."
    assert not Paper({"title": ""}, {}).is_valid()
    assert Paper.base_fields["paper"].help_text == "Word or PDF."
