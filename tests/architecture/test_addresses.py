"""Every column that holds an address takes its one form alone, whoever writes it (cpc.components.text)."""

import re

import pytest
from django.apps import apps
from django.db import connection, models

from cpc.components.text import email_address

NOT_STORED = [
    "Ida@example.org", "ida@Example.org", "ida@example.org\u200b", "\u200bida@example.org", "ida@exa\u00admple.org",
    "ida@m\u00fcller.example", "si\u00e2n@example.org", " ida@example.org", "ida@example.org\n", "ida", "ida@x@example.org", "i da@example.org",
]  # fmt: skip


def address_columns():
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.EmailField) or (isinstance(field, models.CharField) and "email" in field.name):
                yield model, field


def checks_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
            [table],
        )
        return [row[0] for row in cursor.fetchall()]


def takes(expressions: list[str], column: str, value: str) -> bool:
    """Whether the table's checks of this column alone let the value in."""
    with connection.cursor() as cursor:
        for expression in expressions:
            cursor.execute(
                f"SELECT {expression.replace('%', '%%')} FROM (SELECT %s::varchar AS {column}) of_the_row",  # noqa: S608
                [value],
            )
            if cursor.fetchone()[0] is False:
                return False
    return True


def test_there_are_columns_that_hold_addresses():
    names = {f"{model._meta.label}.{field.name}" for model, field in address_columns()}
    assert names >= {"cpc.User.email", "cpc.Invitation.email", "councils.Contact.email", "account.EmailAddress.email"}


@pytest.mark.django_db
def test_every_column_that_holds_an_address_takes_its_one_form_alone():
    wrong = []
    for model, field in address_columns():
        named = rf"\(?{field.column}\)?::text ~"
        alone = [each for each in checks_of(model._meta.db_table) if re.search(named, each)]
        if not alone:
            wrong.append(f"{model._meta.label}.{field.name} has no check")
            continue
        wrong += [
            f"{model._meta.label}.{field.name} takes {each!r}"
            for each in NOT_STORED
            if takes(alone, field.column, each)
        ]
        assert takes(alone, field.column, "o'neill+cpc@xn--mller-kva.example")
    assert wrong == []


def test_what_the_columns_refuse_the_address_function_never_gives():
    for typed in NOT_STORED:
        try:
            stored = email_address(typed)
        except ValueError:
            continue
        assert re.fullmatch(r"[!-?\[-~]+@[!-?\[-~]+", stored)
