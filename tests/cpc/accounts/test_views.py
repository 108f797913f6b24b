from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpc.accounts import services
from cpc.accounts.models import Invitation, User
from cpc.notifications import tasks
from tests.counting import count_queries
from tests.factories.accounts import PASSWORD, make_invitation, make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db


def test_people_list_searches_filters_and_pages(client_for):
    client = client_for(make_user("administrator", full_name="Ada Admin"))
    for _ in range(26):
        make_user("peer")
    make_user("leader", full_name="Zoë Searched", council=make_council())
    address = reverse("accounts:user-list")
    assert len(client.get(address).context["page_obj"].object_list) == 25
    assert [person.full_name for person in client.get(address, {"q": "searched"}).context["page_obj"]] == [
        "Zoë Searched"
    ]
    found = client.get(address, {"role": "peer", "page": "2"})
    assert len(found.context["page_obj"].object_list) == 1 and b"role=peer" in found.content
    for nonsense in ({"role": "x"}, {"page": "9" * 30}, {"q": "\x00"}, {"q": "x" * 5000}):
        assert client.get(address, nonsense).status_code in {200, 400}


@pytest.mark.parametrize("name", ["user-list", "invitation-list"])
def test_lists_cost_the_same_with_more_rows(client_for, name):
    by = make_user("administrator")
    client = client_for(by)
    address = reverse(f"accounts:{name}")

    def add() -> None:
        make_user("leader")
        make_invitation(by=by)

    add()
    client.get(address)
    one = count_queries(lambda: client.get(address))
    add()
    add()
    assert count_queries(lambda: client.get(address)) == one <= 12


def test_coordinator_manages_their_own_council_only(client_for):
    coordinator = make_user("coordinator")
    client = client_for(coordinator)
    own, other = make_user("contributor", council=coordinator.council), make_user("contributor")
    assert list(client.get(reverse("accounts:user-list")).context["page_obj"]) == sorted(
        [coordinator, own], key=lambda person: person.full_name
    )
    assert client.get(reverse("accounts:user-detail", args=[own.pk])).status_code == 200
    assert client.get(reverse("accounts:user-detail", args=[other.pk])).status_code == 404
    assert client.post(reverse("accounts:user-deactivate", args=[other.pk])).status_code == 404
    assert client.get(reverse("accounts:user-role", args=[own.pk])).status_code == 403
    invitation, _ = make_invitation()
    assert client.post(reverse("accounts:invitation-withdraw", args=[invitation.pk])).status_code == 404


@pytest.mark.parametrize("role", ["peer_challenge_manager", "leader", "contributor", "peer"])
def test_others_have_no_people_pages(client_for, role):
    client = client_for(make_user(role))
    for name in ("user-list", "user-invite", "invitation-list"):
        assert client.get(reverse(f"accounts:{name}")).status_code == 403
    assert client.get(reverse("accounts:hub")).status_code == 200


def test_invite_page_sends_and_refuses_beside_the_field(client_for):
    by = make_user("administrator")
    client = client_for(by)
    address = reverse("accounts:user-invite")
    typed = {
        "full_name": "Ivy Typed",
        "email": "ivy@example.org",
        "role": "coordinator",
        "job_title": "",
        "council": "",
    }
    answer = client.post(address, typed)
    assert answer.status_code == 422 and b"Ivy Typed" in answer.content
    assert "council" in answer.context["form"].errors
    answer = client.post(address, typed | {"role": "peer"})
    assert answer.status_code == 302
    invitation = Invitation.objects.get(email="ivy@example.org")
    # The second post names the invitation that waits, and offers to send it again.
    answer = client.post(address, typed | {"role": "peer"})
    assert answer.status_code == 422
    assert reverse("accounts:invitation-resend", args=[invitation.pk]) in answer.content.decode()


def test_resend_and_withdraw_pages(client_for):
    by = make_user("administrator")
    client = client_for(by)
    invitation, _ = make_invitation(by=by)
    address = reverse("accounts:invitation-resend", args=[invitation.pk])
    page = client.get(address)
    assert page.status_code == 200
    client.post(address, {"sending": page.context["hidden"]["sending"]})
    changed = Invitation.objects.get(pk=invitation.pk)
    assert changed.sending != invitation.sending
    client.post(address, {"sending": page.context["hidden"]["sending"]})
    assert Invitation.objects.get(pk=invitation.pk).sending == changed.sending
    address = reverse("accounts:invitation-withdraw", args=[invitation.pk])
    assert client.get(address).status_code == 200
    client.post(address)
    assert Invitation.objects.get(pk=invitation.pk).withdrawn_by == by
    assert client.post(address, follow=True).status_code == 200


def test_deactivate_page_ends_the_running_session(client_for):
    person = make_user("peer")
    theirs = Client()
    theirs.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert theirs.get(reverse("accounts:hub")).status_code == 200
    client = client_for(make_user("administrator"))
    address = reverse("accounts:user-deactivate", args=[person.pk])
    assert client.get(address).status_code == 200
    assert not User.objects.get(pk=person.pk).deactivated_at
    client.post(address)
    assert theirs.get(reverse("accounts:hub")).status_code == 302
    assert client.get(reverse("accounts:user-detail", args=[person.pk])).status_code == 200
    client.post(reverse("accounts:user-reactivate", args=[person.pk]))
    assert User.objects.get(pk=person.pk).is_active


def test_stale_profile_shows_both_texts(client_for):
    user = make_user("peer")
    client = client_for(user)
    address = reverse("accounts:profile-edit")
    client.post(address, {"full_name": "First Saved", "version": "0"})
    answer = client.post(address, {"full_name": "Second Typed", "version": "0"})
    assert answer.status_code == 409
    assert b"First Saved" in answer.content and b"Second Typed" in answer.content
    answer = client.post(address, {"full_name": "Second Typed", "version": answer.context["form"]["version"].value()})
    assert answer.status_code == 302 and User.objects.get(pk=user.pk).full_name == "Second Typed"


def test_role_page_changes_the_role(client_for):
    client = client_for(make_user("administrator"))
    person, council = make_user("peer"), make_council()
    address = reverse("accounts:user-role", args=[person.pk])
    assert client.get(address).status_code == 200
    client.post(address, {"role": "leader", "council": council.pk, "version": "0"})
    person.refresh_from_db()
    assert (person.role, person.council) == ("leader", council)


def test_invitation_is_accepted_and_the_new_person_signs_in(client):
    invitation, token = make_invitation()
    address = reverse("accounts:invitation-accept", args=[token])
    assert "Ivy Invited" in client.get(address).content.decode()
    answer = client.post(address, {"full_name": "Ivy Kept", "password": "short"})
    assert answer.status_code == 422 and b"Ivy Kept" in answer.content
    assert client.post(address, {"full_name": "Ivy Kept", "password": PASSWORD}).url == reverse("account_login")
    client.post(reverse("account_login"), {"login": invitation.email, "password": PASSWORD})
    assert client.get(reverse("accounts:hub")).status_code == 200


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("used", 410, "already been used"),
        ("withdrawn", 410, "withdrawn"),
        ("expired", 410, "has expired"),
        ("refused", 410, "no longer valid"),
        ("unknown", 404, "is not valid"),
    ],
)
def test_each_dead_link_has_its_own_page(client, reason, status, words):
    by = make_user("administrator")
    invitation, token = make_invitation(by=by)
    if reason == "used":
        services.accept_invitation(token=token, full_name="Ida", password=PASSWORD)
    elif reason == "withdrawn":
        services.withdraw_invitation(invitation=invitation, by=by)
    elif reason == "expired":
        Invitation.objects.update(
            sent_at=timezone.now() - timedelta(days=15), expires_at=timezone.now() - timedelta(days=1)
        )
    elif reason == "refused":
        User.objects.filter(pk=by.pk).update(is_active=False)
    else:
        token = "x" * 43
    address = reverse("accounts:invitation-accept", args=[token])
    for answer in (client.get(address), client.post(address, {"full_name": "Ida", "password": PASSWORD})):
        assert answer.status_code == status and words in answer.content.decode()


def test_an_invitation_is_not_accepted_in_a_browser_where_somebody_else_is_signed_in():
    """On a shared computer the new person would go on with the other's rights."""
    invitation, token = make_invitation()
    other = make_user("programme_manager", full_name="Mo Manager")
    shared = Client()
    shared.post(reverse("account_login"), {"login": other.email, "password": PASSWORD})
    address = reverse("accounts:invitation-accept", args=[token])
    page = shared.get(address)
    assert page.status_code == 200
    assert_valid_html(page.content.decode())
    assert "signed in as Mo Manager" in page.content.decode()
    answer = shared.post(address, {"full_name": "Ivy Kept", "password": PASSWORD})
    assert answer.status_code == 409
    assert not User.objects.filter(email=invitation.email).exists()
    # The one button signs the other out and opens the invitation.
    answer = shared.post(reverse("account_logout"), {"next": address})
    assert answer.url == address
    assert shared.post(address, {"full_name": "Ivy Kept", "password": PASSWORD}).url == reverse("account_login")
    assert shared.get(reverse("accounts:hub")).status_code == 302


def test_ones_details_saved_twice_are_no_conflict(client_for):
    user = make_user("peer")
    client, address = client_for(user), reverse("accounts:profile-edit")
    typed = {"full_name": "Pat Peer", "job_title": "Director", "phone": "", "version": "0"}
    assert [client.post(address, typed).status_code for _ in range(2)] == [302, 302]
    assert User.objects.get(pk=user.pk).version == 1
    assert client.post(address, typed | {"full_name": "Pat Other"}).status_code == 409


@pytest.mark.parametrize(
    ("inviter", "is_from"), [("programme_manager", "Local Government Association"), ("coordinator", "")]
)
def test_an_invitation_says_who_invites_to_what_for_which_council_and_by_when(inviter, is_from):
    by = make_user(inviter, full_name="Parker Example")
    council = by.council or make_council(name="Alder")
    invitation, token = make_invitation("contributor", by=by, council=council)
    tasks.deliver_waiting()
    (sent,) = mail.outbox
    html = sent.alternatives[0][0]
    for text in (sent.body, html):
        words = " ".join(text.split())
        assert words.count("Dear Ivy Invited") == 1
        assert f"Parker Example ({by.get_role_display()}, {is_from or council.name}) has invited you to use" in words
        assert f"Your role will be: Council contributor, {council.name}." in words
        assert "The Local Government Association (LGA) runs the programme." in words
        assert f"{invitation.expires_at:%-d %B %Y}" in words
        assert f"http://localhost:8000/invitations/{token}/" in words
    assert "LGA" in sent.subject
