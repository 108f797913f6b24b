"""Who reads and keeps the register."""

# Many councils at once, and the undoing of it.
IMPORTERS = {"administrator", "programme_manager"}
KEEPERS = {"administrator", "programme_manager", "principal_adviser"}


def views_council(user, council) -> bool:
    return user.is_lga_staff or (user.council_id is not None and user.council_id == council.pk)


def keeps_register(user, obj=None) -> bool:
    return user.role in KEEPERS


RULES = {
    "councils.list_councils": lambda user, obj=None: user.is_lga_staff,
    "councils.view_council": views_council,
    "councils.change_council": keeps_register,
    "councils.import_data": lambda user, obj=None: user.role in IMPORTERS,
    "councils.change_reorganisation": lambda user, obj=None: user.role in IMPORTERS,
    # Names and addresses of people at a council: for the LGA's own use.
    "councils.view_contacts": lambda user, obj=None: user.is_lga_staff,
}
