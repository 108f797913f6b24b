"""Who may see and set the scope and the dates."""

from cpc.cases import access


def sets_scope(user, case) -> bool:
    """The LGA's people on the case; the council agrees at the set-up meeting, the LGA writes it down."""
    return access.is_case_lga(user, case)


RULES = {
    "cpc.view_scheduling": access.sees_overview,
    "cpc.change_scope": sets_scope,
    "cpc.agree_dates": access.manages_case,
    "cpc.name_manager": access.manages_case,
}
