import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from tests.factories.accounts import make_invitation, make_user

pytestmark = pytest.mark.django_db


def test_roles_of_the_setting_set_up_two_step_sign_in_first(client_for, settings):
    settings.TWO_STEP_ROLES = ["administrator"]
    user = make_user("administrator")
    client = client_for(user)
    answer = client.get(reverse("accounts:user-list"))
    assert (answer.status_code, answer.url) == (302, reverse("mfa_activate_totp"))
    assert client.post(reverse("accounts:user-invite"), {}).url == reverse("mfa_activate_totp")
    assert client.get(reverse("account_logout")).status_code == 200
    _, token = make_invitation(by=user)
    assert client.get(reverse("accounts:invitation-accept", args=[token])).status_code == 200
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    assert client.get(reverse("accounts:user-list")).status_code == 200


def test_other_roles_go_on_without(client_for, settings):
    settings.TWO_STEP_ROLES = ["administrator"]
    assert client_for(make_user("programme_manager")).get(reverse("accounts:user-list")).status_code == 200
