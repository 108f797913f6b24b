"""Who reads the calendars, and who changes them."""

from cpc.accounts.roles import Role


def views_calendars(user, obj=None) -> bool:
    return user.is_lga_staff


def changes_calendars(user, obj=None) -> bool:
    return user.role in {Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR}


RULES = {
    "cpc.view_calendars": views_calendars,
    "cpc.change_calendars": changes_calendars,
}
