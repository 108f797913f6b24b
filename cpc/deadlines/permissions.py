"""Who may agree a new date: the side that owns the deadline, or the programme manager."""

from cpc.accounts.roles import Role
from cpc.deadlines.recipients import recipients_of


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


def views_calendars(user, obj=None) -> bool:
    return user.is_lga_staff


def changes_calendars(user, obj=None) -> bool:
    return user.role in {Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR}


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
    "cpc.view_reminder_rules": views_calendars,
    "cpc.change_reminder_rules": changes_reminder_rules,
    "cpc.view_reminder_plan": views_reminder_plan,
    "cpc.revise_deadline": revises,
    "cpc.explain_deadline": explains,
    "cpc.view_calendars": views_calendars,
    "cpc.change_calendars": changes_calendars,
}
