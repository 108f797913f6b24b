"""Views that name a permission. Lives in components, so that the register below can use it too."""

from cpc.components.mixins import PermissionRequired

__all__ = ["PermissionRequired"]
