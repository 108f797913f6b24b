"""Opening the pages of a case, and reading what came back."""

from datetime import timedelta
from html import unescape

from django.urls import reverse
from django.utils import timezone

from cpc.cases.models import Case
from tests.html import assert_valid_html


def url(staged, name="detail", **kwargs):
    return reverse(f"cases:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def text(response):
    return unescape(response.content.decode())


def day(name, on):
    return {f"{name}-day": on.day, f"{name}-month": on.month, f"{name}-year": on.year}


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def fresh(staged):
    return Case.objects.get(pk=staged.case.pk)


def refused(response, *words):
    """The page came back whole, in error, with these words."""
    assert response.status_code == 422
    assert_valid_html(response.content.decode())
    for each in words:
        assert each in text(response), each


def told(response, *words):
    """A person who came too late lands on a whole page that says so."""
    assert response.status_code == 200
    for each in words:
        assert each in text(response), each
