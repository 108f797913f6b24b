"""However an address is typed or pasted, one person signs in with it, and one person is invited by it."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from cpc.accounts.errors import InvitationWaits
from cpc.accounts.models import Invitation
from cpc.accounts.services import accept_invitation, invite_user
from cpc.components.errors import Refused
from tests.factories.accounts import PASSWORD, make_invitation, make_user

pytestmark = pytest.mark.django_db

PASTED = ["\u200b{}", "{}\u200b", "{}\ufeff", " {}\u00a0", "\u2060{}\u200e"]


def spoilt(address: str) -> str:
    """With a soft hyphen inside the domain, in large letters."""
    return address.replace("example.org", "EXA\u00adMPLE.org").upper()


@pytest.mark.parametrize("pasted", [*PASTED, "spoilt"])
def test_a_pasted_address_signs_in(client, pasted):
    user = make_user("peer")
    typed = spoilt(user.email) if pasted == "spoilt" else pasted.format(user.email)
    client.post(reverse("account_login"), {"login": typed, "password": PASSWORD})
    assert client.session.get("_auth_user_id") == str(user.pk)


@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password"])
@pytest.mark.parametrize("pasted", PASTED)
def test_a_pasted_address_gets_a_code_and_a_reset(client, django_capture_on_commit_callbacks, name, pasted):
    user = make_user("peer")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse(name), {"email": pasted.format(user.email)})
    assert [message.to for message in mail.outbox] == [[user.email]]


@pytest.mark.parametrize("name", ["account_login", "account_request_login_code", "account_reset_password"])
@pytest.mark.parametrize("typed", ["si\u00e2n@example.org", "ida@\u2800.example", "ida", '"a b"@example.org'])
def test_what_is_no_address_is_refused_beside_the_field(client, name, typed):
    field = "login" if name == "account_login" else "email"
    answer = client.post(reverse(name), {field: typed, "password": PASSWORD})
    assert answer.status_code in {200, 422}
    assert re.search(r'class="govuk-error-message"', answer.content.decode())


@pytest.mark.parametrize("pasted", PASTED)
def test_an_invitation_to_a_pasted_address_is_one_to_the_address(pasted):
    by = make_user("administrator")
    invitation, token = make_invitation("contributor", by=by, email=pasted.format("ida@harrowdale.example"))
    assert invitation.email == "ida@harrowdale.example"
    with pytest.raises(InvitationWaits):
        invite_user(
            email="ida@harrowdale.example", full_name="Ida", role="contributor", council=invitation.council, by=by
        )
    user = accept_invitation(token=token, full_name="Ida", password=PASSWORD)
    assert user.email == "ida@harrowdale.example"
    with pytest.raises(Refused):
        invite_user(
            email="IDA@harrow\u00addale.example", full_name="Ida", role="contributor", council=user.council, by=by
        )
    assert Invitation.objects.count() == 1


def test_an_invitation_to_what_is_no_address_is_refused():
    with pytest.raises(Refused) as refused:
        make_invitation("contributor", email="si\u00e2n@example.org")
    assert refused.value.field == "email"
