"""Who reads and changes the rules of reminders, and who pauses them."""

from cpc.accounts.roles import Role


def views_reminder_rules(user, obj=None) -> bool:
    return user.is_lga_staff


def views_reminder_plan(user, obj=None) -> bool:
    """Whoever reads the outbox: it names the same people before they are written to."""
    return user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER, Role.SUPPORT_OFFICER}


def changes_reminder_rules(user, obj=None) -> bool:
    return user.role == Role.PROGRAMME_MANAGER


def pauses_own(user, obj=None) -> bool:
    return bool(user.is_authenticated)


RULES = {
    "cpc.pause_reminders": changes_reminder_rules,
    "cpc.pause_own_reminders": pauses_own,
    "cpc.view_reminder_rules": views_reminder_rules,
    "cpc.change_reminder_rules": changes_reminder_rules,
    "cpc.view_reminder_plan": views_reminder_plan,
}
