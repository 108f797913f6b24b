"""What the case does when packages below it announce something or ask who somebody is."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from councils.events import register_changed
from councils.panels import register_panel
from cpc.accounts.events import account_changed
from cpc.cases.models import Case, CaseRole
from cpc.cases.queries import cases_of_council
from cpc.casework.endings import ask_for_successor, end_memberships, end_with_tenures
from cpc.casework.services import add_member
from cpc.components.errors import Refused


@receiver(account_changed)
def join_case_on_acceptance(sender: Any, *, verb: str, by: Any, user: Any, data: dict[str, Any], **kwargs: Any) -> None:
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


@receiver(account_changed)
def end_what_no_longer_holds(
    sender: Any, *, verb: str, by: Any, user: Any, data: dict[str, Any], **kwargs: Any
) -> None:
    """Another role or council, or an account that was closed, ends what rested on it."""
    if verb in {"role_changed", "person_deactivated"}:
        end_memberships(users=[user], by=by)


@receiver(register_changed)
def end_with_a_tenure(sender: Any, *, verb: str, by: Any, council: Any, data: dict[str, Any], **kwargs: Any) -> None:
    """R3: the register says that a leader or chief executive has left, or who follows them."""
    if verb in {"tenure_ended", "tenure_recorded"}:
        end_with_tenures(council=council, by=by)


def council_panel(council: Any, user: Any) -> dict[str, Any]:
    """Peer challenges on a council's page."""
    return {"template": "cpc/casework/council_panel.html", "cases": cases_of_council(council, user)}


register_panel(council_panel)
