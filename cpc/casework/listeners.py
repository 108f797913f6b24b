"""What the case does when packages below it announce something or ask who somebody is."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from councils.events import register_listener as register_council_listener
from councils.panels import register_panel
from cpc.accounts.events import register_listener
from cpc.audit.models import Audience
from cpc.audit.queries import register_audiences
from cpc.cases import access
from cpc.cases.models import Case, CaseRole
from cpc.cases.queries import cases_of_council
from cpc.casework.endings import ask_for_successor, end_memberships, end_with_tenures
from cpc.casework.services import add_member
from cpc.components.errors import Refused


def join_case_on_acceptance(verb: str, *, by: Any, user: Any, data: dict[str, Any]) -> None:
    """An invitation may name the case that the new person joins, and as what."""
    if verb == "invitation_accepted" and data.get("case_id") and data.get("case_role"):
        case = Case.objects.get(pk=data["case_id"])
        if not case.is_over:
            _join(case, user, data["case_role"], by)


def _join(case: Case, user: Any, role: str, by: Any) -> None:
    """What was promised when they were invited may hold no longer: the account is theirs all the same, the place is not."""
    try:
        with transaction.atomic():
            add_member(case=case, user=user, role=role, by=by)
    except Refused:
        ask_for_successor(case, CaseRole(role), by=by)


def end_what_no_longer_holds(verb: str, *, by: Any, user: Any, data: dict[str, Any]) -> None:
    """Another role or council, or an account that was closed, ends what rested on it."""
    if verb in {"role_changed", "person_deactivated"}:
        end_memberships(users=[user], by=by)


def end_with_a_tenure(verb: str, *, by: Any, council: Any, data: dict[str, Any]) -> None:
    """R3: the register says that a leader or chief executive has left, or who follows them."""
    if verb in {"tenure_ended", "tenure_recorded"}:
        end_with_tenures(council=council, by=by)


def audiences_in(user: Any, case: Case) -> set[str]:
    """Which events of a case somebody reads. An administrator reads that things happened, not what was written."""
    found = {Audience.CASE} if access.sees_overview(user, case) else set()
    if access.is_case_lga(user, case):
        found |= {Audience.LGA, Audience.TEAM, Audience.COUNCIL}
    if access.is_team(user, case):
        found.add(Audience.TEAM)
    if access.is_host(user, case):
        found.add(Audience.COUNCIL)
    return {str(audience) for audience in found}


def council_panel(council: Any, user: Any) -> dict[str, Any]:
    """Peer challenges on a council's page."""
    return {"template": "cpc/casework/council_panel.html", "cases": cases_of_council(council, user)}


register_listener(join_case_on_acceptance)
register_listener(end_what_no_longer_holds)
register_council_listener(end_with_a_tenure)
register_audiences(audiences_in)
register_panel(council_panel)
