from datetime import timedelta
from threading import Barrier, Thread

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.utils import timezone

from cpc.accounts import services
from cpc.accounts.errors import InvitationClosed, InvitationWaits
from cpc.accounts.models import Invitation, User
from cpc.audit.models import Event
from cpc.components.errors import Refused, Stale
from tests.factories.accounts import make_invitation, make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
GOOD = "three quiet herons"


def invite(by, **overrides):
    values = {"email": "new@example.org", "full_name": "New Person", "role": "peer"}
    return services.invite_user(**(values | overrides), by=by)


def verbs() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("verb", flat=True))


def test_invite_user_records_and_mails_a_link(django_capture_on_commit_callbacks, settings):
    by = make_user("programme_manager")
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite(by, email="New@Example.org")
    assert invitation.email == "new@example.org"
    assert verbs() == ["person_invited"]
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    token = mail.outbox[0].body.split("/invitations/")[1].split("/")[0]
    assert services.open_invitation(token) == invitation
    # The link itself is nowhere in the record.
    assert token not in str(list(Event.objects.values())) and token not in str(list(Invitation.objects.values()))


@pytest.mark.parametrize(
    ("inviter", "role", "council", "field"),
    [
        ("programme_manager", "administrator", None, "role"),
        ("programme_manager", "coordinator", None, "council"),
        ("programme_manager", "support_officer", "any", "council"),
        ("programme_manager", "emperor", None, "role"),
        ("coordinator", "support_officer", None, "role"),
        ("coordinator", "peer", "own", "role"),
        ("coordinator", "leader", "any", "council"),
        ("peer_challenge_manager", "peer", None, "role"),
        ("leader", "contributor", "own", "role"),
        ("peer", "peer", None, "role"),
    ],
)
def test_invite_user_refuses(inviter, role, council, field):
    by = make_user(inviter)
    chosen = {"own": by.council, "any": make_council() if council == "any" else None, None: None}[council]
    with pytest.raises(Refused) as refused:
        invite(by, role=role, council=chosen)
    assert refused.value.field == field
    assert not Invitation.objects.exists() and verbs() == []


def test_coordinator_invites_for_their_own_council():
    by = make_user("coordinator")
    assert invite(by, role="contributor", council=by.council).council == by.council


def test_invite_user_refuses_an_address_with_an_account():
    by = make_user("administrator")
    user = make_user("peer", email="taken@example.org")
    with pytest.raises(Refused, match="already has an account"):
        invite(by, email="TAKEN@example.org")
    services.deactivate_user(user=user, by=by)
    with pytest.raises(Refused, match="deactivated"):
        invite(by, email="taken@example.org")


def test_second_invitation_to_an_address_is_refused_and_names_the_first():
    by = make_user("administrator")
    first = invite(by)
    with pytest.raises(InvitationWaits) as refused:
        invite(by, email="NEW@example.org")
    assert refused.value.invitation == first
    # Somebody who may not see the first is not told about it.
    other = make_user("coordinator")
    with pytest.raises(InvitationWaits) as refused:
        invite(other, role="contributor", council=other.council)
    assert refused.value.invitation is None
    assert Invitation.objects.count() == 1


def test_resend_gives_a_new_link_and_the_old_one_dies():
    by = make_user("administrator")
    invitation, token = make_invitation(by=by)
    Invitation.objects.update(
        sent_at=timezone.now() - timedelta(days=20), expires_at=timezone.now() - timedelta(days=6)
    )
    again = services.resend_invitation(invitation=invitation, sending=invitation.sending, by=by)
    assert again.is_open() and again.pk == invitation.pk
    with pytest.raises(InvitationClosed) as closed:
        services.open_invitation(token)
    assert closed.value.reason == "unknown"
    # A second click carries the old sending.
    with pytest.raises(Refused, match="just been sent"):
        services.resend_invitation(invitation=invitation, sending=invitation.sending, by=by)
    assert verbs() == ["person_invited", "invitation_resent"]


def test_accept_makes_one_account_with_a_confirmed_address():
    council = make_council()
    invitation, token = make_invitation("coordinator", council=council)
    user = services.accept_invitation(token=token, full_name=" Ida Newname ", password=GOOD)
    assert (user.email, user.full_name, user.role, user.council) == (
        invitation.email,
        "Ida Newname",
        "coordinator",
        council,
    )
    assert user.check_password(GOOD)
    assert EmailAddress.objects.get(user=user).verified
    assert verbs()[-1] == "invitation_accepted"
    with pytest.raises(InvitationClosed) as closed:
        services.accept_invitation(token=token, full_name="Ida", password=GOOD)
    assert closed.value.reason == "used"


def test_accept_refuses_a_weak_password_and_keeps_the_link():
    _, token = make_invitation()
    with pytest.raises(Refused) as refused:
        services.accept_invitation(token=token, full_name="Ida", password="short")
    assert refused.value.field == "password"
    assert services.open_invitation(token)


@pytest.mark.parametrize("reason", ["unknown", "expired", "withdrawn", "refused"])
def test_accept_refuses_dead_links(reason):
    by = make_user("administrator")
    make_user("administrator")
    invitation, token = make_invitation(by=by)
    if reason == "unknown":
        token += "x"
    elif reason == "expired":
        Invitation.objects.update(
            sent_at=timezone.now() - timedelta(days=15), expires_at=timezone.now() - timedelta(days=1)
        )
    elif reason == "withdrawn":
        services.withdraw_invitation(invitation=invitation, by=by)
    else:
        User.objects.filter(pk=by.pk).update(role="peer")
    with pytest.raises(InvitationClosed) as closed:
        services.accept_invitation(token=token, full_name="Ida", password=GOOD)
    assert closed.value.reason == reason
    assert not User.objects.filter(email=invitation.email).exists()


def test_withdraw_twice_and_by_somebody_else_is_refused():
    by = make_user("administrator")
    invitation, _ = make_invitation(by=by)
    with pytest.raises(Refused):
        services.withdraw_invitation(invitation=invitation, by=make_user("coordinator"))
    services.withdraw_invitation(invitation=invitation, by=by)
    with pytest.raises(Refused, match="already withdrawn"):
        services.withdraw_invitation(invitation=invitation, by=by)


@pytest.mark.django_db(transaction=True)
def test_nine_accepts_at_once_make_one_account():
    invitation, token = make_invitation("peer")
    start = Barrier(9)
    outcomes: list[str] = []

    def accept() -> None:
        start.wait()
        try:
            services.accept_invitation(token=token, full_name="Ida", password=GOOD)
            outcomes.append("made")
        except InvitationClosed as error:
            outcomes.append(error.reason)
        finally:
            connection.close()

    threads = [Thread(target=accept) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", *["used"] * 8]
    assert User.objects.filter(email=invitation.email).count() == 1


def test_deactivate_withdraws_open_invitations_and_reactivate_restores():
    by, person = make_user("administrator"), make_user("administrator")
    invitation, _ = make_invitation(by=person)
    ended = services.deactivate_user(user=person, by=by)
    assert not ended.is_active and ended.deactivated_by == by
    invitation.refresh_from_db()
    assert invitation.withdrawn_by == by
    with pytest.raises(Refused, match="already deactivated"):
        services.deactivate_user(user=person, by=by)
    assert services.reactivate_user(user=person, by=by).is_active
    with pytest.raises(Refused, match="already active"):
        services.reactivate_user(user=person, by=by)
    assert verbs() == ["person_invited", "invitation_withdrawn", "person_deactivated", "person_reactivated"]


def test_deactivate_refuses_oneself_the_last_administrator_and_other_councils():
    administrator, manager = make_user("administrator"), make_user("programme_manager")
    with pytest.raises(Refused, match="your own"):
        services.deactivate_user(user=administrator, by=administrator)
    with pytest.raises(Refused, match="last administrator"):
        services.deactivate_user(user=administrator, by=manager)
    with pytest.raises(Refused):
        services.deactivate_user(user=make_user("leader"), by=make_user("coordinator"))
    make_user("administrator")
    with pytest.raises(Refused):
        services.deactivate_user(user=administrator, by=manager)
    assert not User.objects.filter(is_active=False).exists()


def test_change_role_checks_council_version_and_rank():
    by, person = make_user("administrator"), make_user("peer")
    council = make_council()
    with pytest.raises(Refused) as refused:
        services.change_role(user=person, role="leader", version=0, by=by)
    assert refused.value.field == "council"
    with pytest.raises(Refused):
        services.change_role(user=person, role="administrator", version=0, by=make_user("programme_manager"))
    changed = services.change_role(user=person, role="leader", council=council, version=0, by=by)
    assert (changed.role, changed.council) == ("leader", council)
    with pytest.raises(Stale):
        services.change_role(user=person, role="contributor", council=council, version=0, by=by)
    with pytest.raises(Refused, match="own role"):
        services.change_role(user=by, role="peer", version=0, by=by)
    with pytest.raises(Refused, match="last administrator"):
        services.change_role(user=by, role="peer", version=0, by=make_user("programme_manager"))
    assert Event.objects.get(verb="role_changed").data["from_role"] == "Peer"


def test_change_profile_refuses_a_stale_form():
    user = make_user("peer")
    values = {"job_title": "Leader", "phone": "", "version": 0}
    assert services.change_profile(user=user, full_name="First", **values, by=user).version == 1
    with pytest.raises(Stale):
        services.change_profile(user=user, full_name="Second", **values, by=user)
    user.refresh_from_db()
    assert user.full_name == "First"
