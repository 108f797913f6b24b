"""Invented people never come into a real database."""

import pytest
from django.core.management import CommandError, call_command

from cpc.accounts.models import User


def test_demo_data_needs_demo_settings(db):
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")
    assert not User.objects.exists()
