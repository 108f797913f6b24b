"""The pipeline is the LGA's; my work is everybody's own, and programme managers see that of all."""

from cpc.accounts.roles import Role

RULES = {
    "cpc.view_pipeline": lambda user, obj=None: user.is_lga_staff,
    "cpc.view_everybodys_work": lambda user, obj=None: user.role == Role.PROGRAMME_MANAGER,
    "cpc.view_my_work": lambda user, obj=None: True,
}
