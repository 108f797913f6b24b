"""Councils for tests. Plainly invented unless a test names a real one."""

from itertools import count
from typing import Any

from councils.models import Council

_numbers = count(1)


def make_council(**overrides: Any) -> Council:
    """A current English unitary in the programme; every field may be overridden."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "gss_code": f"X{number:08}",
        "slug": f"exampleshire-{number}",
        "name": f"Exampleshire {number}",
        "official_name": f"Exampleshire {number} Council",
        "council_type": "unitary",
        "nation": "England",
        "region": "North East",
        "population": 200000,
        "population_year": 2023,
        "in_programme": True,
    }
    return Council.objects.create(**fields | overrides)
