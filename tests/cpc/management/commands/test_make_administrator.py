"""The first administrator can sign in; there is no second by this way."""

import re

import pytest
from django.core.management import CommandError, call_command

from cpc.accounts.models import User
from cpc.notifications import tasks


def test_first_administrator_signs_in_by_code(db, client, mailoutbox):
    call_command("make_administrator", "First.Person@example.org", "First Person")
    client.post("/accounts/login/code/", {"email": "first.person@example.org"})
    tasks.deliver_waiting()
    code = re.search(r"^[A-Z0-9]{4}-?[A-Z0-9]{4}$", mailoutbox[-1].body, re.MULTILINE).group()
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)


def test_a_second_administrator_is_invited_instead(db):
    call_command("make_administrator", "first.person@example.org", "First Person")
    with pytest.raises(CommandError, match="administrator already"):
        call_command("make_administrator", "second.person@example.org", "Second Person")
    assert User.objects.count() == 1


def test_a_wrong_address_is_refused(db):
    with pytest.raises(CommandError, match="not an email address"):
        call_command("make_administrator", "first.person", "First Person")
