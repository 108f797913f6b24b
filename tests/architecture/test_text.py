"""Every text field stores what is seen, and every search folds: no form and no query has a way of its own."""

import copy
import re
from collections.abc import Iterator

import pytest
from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.urls import get_resolver

from cpc.components import forms
from tests.architecture.source import name_of, python_files

UNSEEN = ["\u200b", "\u2060", "\ufeff", "\u3164", "\u2800", "\u202e"]
# Where letters are compared as they stand, and why.
AS_THEY_STAND = {
    "cpc/components/search.py": "the mechanism itself",
    "councils/models/register.py": "a code of the Office for National Statistics",
}


def every_form() -> Iterator[type[forms.Form]]:
    get_resolver().url_patterns  # noqa: B018 - imports every view, and with it every form
    waiting = [forms.Form]
    while waiting:
        found = waiting.pop().__subclasses__()
        waiting += found
        yield from (each for each in found if not each.__module__.startswith("tests"))


def text_fields() -> Iterator[tuple[str, django_forms.CharField]]:
    for form in every_form():
        for name, field in form.base_fields.items():
            is_text = isinstance(field, django_forms.CharField) and not isinstance(field, django_forms.UUIDField)
            if is_text and not isinstance(field.widget, django_forms.PasswordInput):
                yield f"{form.__module__}.{form.__name__}.{name}", field


def test_there_are_many_text_fields():
    assert len(list(text_fields())) > 60


@pytest.mark.parametrize("unseen", UNSEEN)
def test_in_every_text_field_a_value_without_a_visible_character_is_empty(unseen):
    wrong = []
    for name, field in text_fields():
        asked = copy.deepcopy(field)
        try:
            if asked.clean(unseen):
                wrong.append(name)
        except ValidationError as error:
            if error.code != "required":
                wrong.append(f"{name}: {error.code}")
    assert wrong == []


def test_in_every_text_field_words_are_stored_as_they_are_seen():
    plain = (forms.EmailField, forms.URLField, forms.SlugField, forms.TimeField)
    wrong = []
    for name, field in text_fields():
        asked = copy.deepcopy(field)
        if not isinstance(asked, plain):
            asked.validators = []
            asked.max_length = None
            if asked.clean("\u202eSia\u0302n\u200b") != "Si\u00e2n":
                wrong.append(name)
    assert wrong == []


def test_no_query_looks_for_words_in_a_way_of_its_own():
    found = [
        f"{name_of(path)}: {line.strip()}"
        for path in python_files()
        if name_of(path) not in AS_THEY_STAND
        for line in path.read_text().splitlines()
        if re.search(r"__(icontains|istartswith|iendswith|iexact|search|trigram)", line)
    ]
    assert found == []
