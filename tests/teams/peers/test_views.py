import pytest
from django.urls import reverse

from teams.peers.models import PeerProfile
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.peers import make_peer
from tests.teams.markup import assert_valid_html

pytestmark = pytest.mark.django_db

FORM = {"kind": "officer", "current_post": "Director of Housing", "party": "", "region": "", "version": "0"}


def person(role: str):
    if role in {"coordinator", "leader", "chief_executive", "contributor"}:
        return make_user(role, council=make_council())
    return make_user(role)


@pytest.mark.parametrize(
    ("role", "listed", "added", "other", "edited"),
    [
        ("administrator", 200, 403, 200, 403),
        ("programme_manager", 200, 200, 200, 200),
        ("peer_challenge_manager", 200, 200, 200, 200),
        ("support_officer", 200, 200, 200, 200),
        ("principal_adviser", 200, 200, 200, 200),
        ("coordinator", 403, 403, 404, 404),
        ("leader", 403, 403, 404, 404),
        ("contributor", 403, 403, 404, 404),
        ("peer", 403, 403, 404, 404),
    ],
)
def test_who_opens_the_pool(client_for, role, listed, added, other, edited):
    profile = make_peer()
    client = client_for(person(role))
    assert client.get(reverse("peers:list")).status_code == listed
    assert client.get(reverse("peers:add")).status_code == added
    assert client.get(reverse("peers:detail", args=[profile.pk])).status_code == other
    assert client.get(reverse("peers:edit", args=[profile.pk])).status_code == edited


def test_list_costs_the_same_with_one_and_with_three(client_for):
    client = client_for(make_user("programme_manager"))
    make_peer(skills=["finance"])
    client.get(reverse("peers:list"))
    one = count_queries(lambda: client.get(reverse("peers:list")))
    make_peer(), make_peer("member")
    assert count_queries(lambda: client.get(reverse("peers:list"))) == one
    assert one <= 12


def test_list_says_when_nothing_matches_and_survives_nonsense(client_for):
    client = client_for(make_user("programme_manager"))
    make_peer()
    page = client.get(reverse("peers:list"), {"q": "no one of this name"})
    assert "No peers match" in page.content.decode()
    for query in ({"page": "10000000000"}, {"kind": "wizard"}, {"skill": "x" * 500}, {"q": "x" * 500}):
        response = client.get(reverse("peers:list"), query)
        assert response.status_code == 200
        assert_valid_html(response.content.decode())


def test_peer_keeps_their_own_profile(client_for):
    user = make_user("peer", council=make_council())
    client = client_for(user)
    assert client.get(reverse("peers:mine")).url == reverse("peers:add-own")
    page = client.post(reverse("peers:add-own"), FORM | {"flags": ["is_former"], "skills": ["housing"]})
    profile = PeerProfile.objects.get(user=user)
    assert page.url == reverse("peers:detail", args=[profile.pk])
    assert (profile.is_former, profile.skills, profile.is_out_of_date) == (True, ["housing"], False)
    assert client.get(reverse("peers:mine")).url == reverse("peers:detail", args=[profile.pk])
    for name in ("detail", "edit", "window-add", "confirm"):
        response = client.get(reverse(f"peers:{name}", args=[profile.pk]))
        assert response.status_code == 200
        assert_valid_html(response.content.decode())
    assert client.get(reverse("peers:ask", args=[profile.pk])).status_code == 403


def test_stale_edit_shows_both_texts_and_keeps_what_was_typed(client_for):
    profile = make_peer()
    client = client_for(make_user("programme_manager"))
    url = reverse("peers:edit", args=[profile.pk])
    assert client.post(url, FORM | {"current_post": "First"}).status_code == 302
    page = client.post(url, FORM | {"current_post": "Second"})
    assert page.status_code == 409
    html = page.content.decode()
    assert "First" in html and "Second" in html
    assert_valid_html(html)


def test_a_profile_saved_twice_is_no_conflict(client_for):
    profile = make_peer()
    client, url = client_for(make_user("programme_manager")), reverse("peers:edit", args=[profile.pk])
    typed = FORM | {"current_post": "Director of Place"}
    assert [client.post(url, typed).status_code for _ in range(2)] == [302, 302]
    profile.refresh_from_db()
    assert (profile.version, profile.current_post) == (1, "Director of Place")


def test_refusal_stands_beside_the_field(client_for):
    user = make_user("peer", council=make_council())
    page = client_for(user).post(reverse("peers:add-own"), FORM | {"kind": "member"})
    assert page.status_code == 422
    assert "Choose the party" in page.content.decode()
    assert "<title>Error: " in page.content.decode()
    assert_valid_html(page.content.decode())
