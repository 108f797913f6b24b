"""Who may see and change the pool."""

from cpc.accounts.roles import Role


def sees_pool(user, obj=None) -> bool:
    return user.is_lga_staff


def keeps_pool(user, obj=None) -> bool:
    """The LGA's people who put teams together; an administrator runs accounts, not the pool."""
    return user.is_lga_staff and user.role != Role.ADMINISTRATOR


def has_own_profile(user, obj=None) -> bool:
    """Peers, and council people who have been taken into the pool (R48: the same person hosts and serves)."""
    return user.is_peer or hasattr(user, "peer_profile")


RULES = {
    "teams.list_peers": sees_pool,
    "teams.view_peer": lambda user, profile: sees_pool(user) or profile.user_id == user.pk,
    "teams.add_peer": keeps_pool,
    "teams.change_peer": lambda user, profile: keeps_pool(user) or profile.user_id == user.pk,
    "teams.confirm_peer": lambda user, profile: profile.user_id == user.pk,
    "teams.ask_peer": lambda user, profile: keeps_pool(user),
    "teams.view_own_profile": has_own_profile,
}
