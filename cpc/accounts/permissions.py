"""Who may manage people."""

from typing import Any

from cpc.accounts.models import User
from cpc.accounts.roles import COUNCIL_ROLES, Role


def is_lga_staff(user: User, obj: Any = None) -> bool:
    return user.is_lga_staff


def is_anybody(user: User, obj: Any = None) -> bool:
    return True


def manages_people(user: User, obj: Any = None) -> bool:
    """Administrators and programme managers; a coordinator the people of their own council."""
    if user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER}:
        return True
    if user.role == Role.COORDINATOR:
        return obj is None or (obj.council_id == user.council_id and obj.role in COUNCIL_ROLES)
    return False


def may_give_role(user: User, role: str, council_id: int | None) -> bool:
    """Whether somebody may bring in a person of this role: nobody gives more than they hold themselves."""
    if not user.is_active:
        return False
    if user.role == Role.ADMINISTRATOR:
        return True
    if user.role == Role.PROGRAMME_MANAGER:
        return role != Role.ADMINISTRATOR
    return (
        user.role == Role.COORDINATOR
        and role in COUNCIL_ROLES
        and council_id is not None
        and council_id == user.council_id
    )


def manages_account(user: User, obj: Any = None) -> bool:
    """Ending, restoring or changing an account: as inviting its holder would be, and never one's own."""
    if obj is None:
        return manages_people(user)
    return obj.pk != user.pk and may_give_role(user, obj.role, obj.council_id)


def manages_invitation(user: User, obj: Any = None) -> bool:
    return manages_people(user) if obj is None else may_give_role(user, obj.role, obj.council_id)


def changes_roles(user: User, obj: Any = None) -> bool:
    """A role opens pages of every council, so coordinators do not change it."""
    return user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER} and manages_account(user, obj)


RULES = {
    "cpc.view_styleguide": is_lga_staff,
    "cpc.view_user": manages_people,
    "cpc.invite_user": manages_people,
    "cpc.manage_invitation": manages_invitation,
    "cpc.deactivate_user": manages_account,
    "cpc.change_role": changes_roles,
    "cpc.change_own_profile": is_anybody,
}
