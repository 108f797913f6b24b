"""Who looks after councils before a peer challenge is agreed. An administrator reads no log."""

from councils.permissions import views_council
from cpc.accounts.roles import Role
from cpc.cycle.journey.queries import councils_advised

ADVISING = {Role.PROGRAMME_MANAGER, Role.PRINCIPAL_ADVISER}


def advises(user, council) -> bool:
    """The council's own principal adviser, or a programme manager."""
    return user.role == Role.PROGRAMME_MANAGER or council.pk in councils_advised(user)


def looks_after(user, council) -> bool:
    """A programme manager, or a principal adviser of the council's region."""
    return user.role == Role.PROGRAMME_MANAGER or council.region in councils_advised(user).values()


def hands_over_for(user, leaving) -> bool:
    """Several councils at once: a principal adviser their own, a programme manager anybody's."""
    return user.role == Role.PROGRAMME_MANAGER or (user.role == Role.PRINCIPAL_ADVISER and user.pk == leaving.pk)


def reads_due_list(user, obj=None) -> bool:
    return user.is_lga_staff


RULES = {
    "cpc.view_due_list": reads_due_list,
    "cpc.set_aside_prompt": looks_after,
    "cpc.hand_over_council": advises,
    "cpc.hand_over_councils": hands_over_for,
    "cpc.list_handovers": lambda user, obj=None: user.role in ADVISING,
    "cpc.pause_council_reminders": advises,
    "cpc.view_contact_log": looks_after,
    "cpc.change_contact_log": looks_after,
    "cpc.view_support_log": advises,
    "cpc.change_support_log": advises,
    "cpc.change_mentoring": advises,
    "cpc.view_journey": views_council,
    "cpc.change_journey": looks_after,
}
