"""One array in place of many parameters."""

import pytest
from django.contrib.postgres.expressions import ArraySubquery

from councils.models import Council
from cpc.components.arrays import is_among
from tests.counting import captured_queries
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def test_rows_of_these_keys_and_no_others():
    one, two, other = (make_council() for _ in range(3))
    assert set(Council.objects.filter(is_among("pk", {one.pk: "", two.pk: ""}))) == {one, two}
    assert set(Council.objects.exclude(is_among("pk", [one.pk, two.pk])).filter(pk__gte=one.pk)) == {other}
    assert not Council.objects.filter(is_among("pk", [])).exists()
    some = ArraySubquery(Council.objects.filter(pk=two.pk).values("pk"))
    assert list(Council.objects.filter(is_among("pk", some))) == [two]


def test_a_thousand_keys_are_one_parameter():
    few, many = (
        captured_queries(lambda keys=keys: list(Council.objects.filter(is_among("pk", keys))))
        for keys in ([1], range(1000))
    )
    assert [each.count("ANY") for each in few] == [each.count("ANY") for each in many] == [1]
