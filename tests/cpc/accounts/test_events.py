"""What is recorded of people."""

import pytest

from cpc.accounts.services import deactivate_user
from cpc.audit.models import Event
from tests.factories.accounts import make_invitation, make_user

pytestmark = pytest.mark.django_db


def test_what_is_recorded_of_people_holds_no_token_and_no_address():
    invitation, token = make_invitation("peer")
    person = make_user("peer")
    deactivate_user(user=person, by=make_user("administrator"))
    events = Event.objects.filter(verb__in=["person_invited", "person_deactivated"])
    assert events.count() == 2
    for event in events:
        assert set(event.data) <= {"name", "role", "from_role", "invitation_id", "user_id"}
        for secret in (token, invitation.token_hash, invitation.email, person.email):
            assert secret not in str(event.data)
        assert event.audience == "lga"
