"""What the case does when packages below it announce something or ask who somebody is."""

from __future__ import annotations

from typing import Any

from councils.pages import register_panel
from cpc.accounts.events import register_listener
from cpc.audit.models import Audience
from cpc.audit.queries import register_audiences
from cpc.cases import access
from cpc.cases.models import Case
from cpc.cases.queries import cases_of_council, recipients_of, recipients_of_each
from cpc.cases.services import add_member
from cpc.deadlines.recipients import register_resolver


def join_case_on_acceptance(verb: str, *, by: Any, user: Any, data: dict[str, Any]) -> None:
    """An invitation may name the case that the new person joins, and as what."""
    if verb == "invitation_accepted" and data.get("case_id") and data.get("case_role"):
        case = Case.objects.get(pk=data["case_id"])
        if not case.is_over:
            add_member(case=case, user=user, role=data["case_role"], by=by)


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
    return {"template": "cpc/cases/council_panel.html", "cases": cases_of_council(council, user)}


register_listener(join_case_on_acceptance)
register_resolver(recipients_of, recipients_of_each)
register_audiences(audiences_in)
register_panel(council_panel)
