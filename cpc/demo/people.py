"""The people of the demo: plainly invented, of real councils."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import Role

PASSWORD = "demo-Password-1"  # noqa: S105 - invented people on localhost

# role, e-mail, name, post, council
STAFF = [
    (Role.ADMINISTRATOR, "administrator", "Avery Example", "Service administrator", ""),
    (Role.PROGRAMME_MANAGER, "programme.manager", "Parker Example", "Programme manager", ""),
    (Role.PRINCIPAL_ADVISER, "principal.adviser", "Robin Example", "Principal adviser", ""),
    (Role.PEER_CHALLENGE_MANAGER, "peer.challenge.manager", "Morgan Example", "Peer challenge manager", ""),
    (Role.PEER_CHALLENGE_MANAGER, "second.manager", "Jordan Example", "Peer challenge manager", ""),
    (Role.SUPPORT_OFFICER, "support.officer", "Sidney Example", "Programme support officer", ""),
    (Role.COORDINATOR, "coordinator", "Casey Example", "Head of policy", "gateshead"),
    (Role.LEADER, "leader", "Lesley Example", "Leader of the council", "gateshead"),
    (Role.CHIEF_EXECUTIVE, "chief.executive", "Charlie Example", "Chief executive", "gateshead"),
    (Role.CONTRIBUTOR, "contributor", "Frankie Example", "Graduate trainee", "gateshead"),
]
# e-mail, name, council, profile
PEERS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("lead.member.peer", "Quinn Example", "breckland", {"kind": "member", "current_post": "Leader", "party": "conservative", "is_council_leader": True}),
    ("lead.officer.peer", "Taylor Example", "solihull", {"kind": "officer", "current_post": "Chief Executive", "is_chief_executive": True}),
    ("member.peer", "Riley Example", "wirral", {"kind": "member", "current_post": "Cabinet member for finance", "party": "labour", "is_senior_member": True}),
    ("officer.peer", "Drew Example", "kirklees", {"kind": "officer", "current_post": "Director of Resources"}),
    ("second.leader", "Jamie Example", "cheltenham", {"kind": "member", "current_post": "Leader", "party": "liberal_democrat", "is_council_leader": True}),
    ("second.chief.executive", "Blake Example", "wigan", {"kind": "officer", "current_post": "Chief Executive", "is_chief_executive": True}),
    ("governance.peer", "Reese Example", "dudley", {"kind": "officer", "current_post": "Monitoring Officer"}),
    ("independent.peer", "Emery Example", "herefordshire", {"kind": "member", "current_post": "Group leader", "party": "independent", "is_senior_member": True}),
]  # fmt: skip


@lru_cache(1)
def _password_hash() -> str:
    return make_password(PASSWORD)


def account(role: str, email: str, name: str, post: str, council: Council | None) -> User:
    user = User.objects.create_user(f"{email}@example.org", full_name=name, role=role, job_title=post, council=council)
    # One hash for all: hashing forty passwords takes longer than all the rest.
    user.password = _password_hash()
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
