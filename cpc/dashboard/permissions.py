"""The pipeline is the LGA's; my work is everybody's."""

RULES = {
    "cpc.view_pipeline": lambda user, obj=None: user.is_lga_staff,
    "cpc.view_my_work": lambda user, obj=None: True,
}
