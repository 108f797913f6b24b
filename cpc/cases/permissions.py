"""Who may do what with a case as a whole. Stages have their own tables."""

from typing import Any

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases import access
from cpc.cases.models import Case, CaseOrigin


def runs_programme(user: User, obj: Any = None) -> bool:
    return user.role == Role.PROGRAMME_MANAGER


def starts_cases(user: User, obj: Any = None) -> bool:
    return user.role in {Role.PROGRAMME_MANAGER, Role.PRINCIPAL_ADVISER, Role.PEER_CHALLENGE_MANAGER}


def belongs(user: User, case: Case) -> bool:
    """May open the case's address at all: contributors too, who are then led to their section."""
    return access.sees_overview(user, case) or access.is_contributor(user, case)


def manages_people_of(user: User, case: Case) -> bool:
    return access.manages_case(user, case) and case.state != "cancelled"


def keeps_history(user: User, case: Case) -> bool:
    """What is known of a challenge that this service did not run."""
    return runs_programme(user) and case.origin == CaseOrigin.HISTORY


def signs_off(user: User, case: Case) -> bool:
    return access.manages_case(user, case) and not case.is_over


RULES = {
    # The LGA's people of the case: they hear first why a council is not to be written to for a while.
    "cpc.pause_case_reminders": access.is_case_lga,
    "cpc.list_cases": lambda user, obj=None: True,
    "cpc.add_case": starts_cases,
    "cpc.enter_case_under_way": runs_programme,
    "cpc.change_past_challenge": keeps_history,
    "cpc.view_case": access.sees_overview,
    "cpc.open_case": belongs,
    "cpc.advance_case": signs_off,
    "cpc.override_gate": runs_programme,
    "cpc.send_back_case": signs_off,
    "cpc.postpone_case": signs_off,
    "cpc.pause_case": signs_off,
    "cpc.resume_case": signs_off,
    "cpc.cancel_case": lambda user, case: runs_programme(user) and not case.is_over,
    "cpc.view_case_people": access.sees_overview,
    "cpc.change_case_people": manages_people_of,
    "cpc.view_case_history": access.sees_overview,
    "cpc.view_case_deadlines": access.sees_overview,
    "cpc.change_cycle_start": runs_programme,
    "cpc.view_case_file": access.is_case_lga,
}
