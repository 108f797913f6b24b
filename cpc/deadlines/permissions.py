"""Who may agree a new date: the side that owns the deadline, or the programme manager."""

from cpc.accounts.roles import Role
from cpc.cases.queries import recipients_of


def revises(user, deadline) -> bool:
    return deadline.state == "open" and deadline.case.state in {"active", "postponed"} and keeps(user, deadline)


def explains(user, deadline) -> bool:
    """Why a promise was met late can be said at any time, also when the case is closed; not of one that was in time."""
    return deadline.state == "met" and deadline.days_late > 0 and keeps(user, deadline)


def keeps(user, deadline) -> bool:
    if user.role == Role.PROGRAMME_MANAGER:
        return True
    # The LGA's people of the case keep all its dates; a council moves its own promises only.
    sides = {"LGA", "Council"} if deadline.owner_role == "Council" else {"LGA"}
    return any(person.pk == user.pk for side in sides for person in recipients_of(deadline.case, side))


RULES = {
    "cpc.revise_deadline": revises,
    "cpc.explain_deadline": explains,
}
