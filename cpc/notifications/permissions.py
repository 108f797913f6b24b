"""The outbox is for the LGA's programme people and administrators: it names recipients and kinds, no content of cases."""

from cpc.accounts.roles import Role


def reads_outbox(user, obj=None) -> bool:
    return user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER, Role.SUPPORT_OFFICER}


RULES = {
    "cpc.view_outbox": reads_outbox,
    "cpc.resend_message": reads_outbox,
}
