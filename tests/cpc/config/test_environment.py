from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured

from cpc.config import environment


def test_a_day_is_read_and_anything_else_is_refused_by_name(monkeypatch):
    monkeypatch.delenv("A_DAY", raising=False)
    assert environment.day("A_DAY", "2011-04-01") == date(2011, 4, 1)
    monkeypatch.setenv("A_DAY", "2012-05-02")
    assert environment.day("A_DAY", "2011-04-01") == date(2012, 5, 2)
    monkeypatch.setenv("A_DAY", "2 May 2012")
    with pytest.raises(ImproperlyConfigured, match="A_DAY must be a day such as 2011-04-01"):
        environment.day("A_DAY", "2011-04-01")
