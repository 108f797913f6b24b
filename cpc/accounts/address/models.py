"""A change of somebody's e-mail address, from its asking to the press of the link that the new address was sent."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cpc.components.search import address_constraint


class AddressChange(models.Model):
    """Only the hash of the link's token is kept. The addresses stand here and in no event: an event is for good."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="address_changes")
    old_email = models.EmailField()
    new_email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Another change was asked for after this one.
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            address_constraint(name="address_change_old_in_one_form", field="old_email"),
            address_constraint(name="address_change_new_in_one_form", field="new_email"),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(confirmed_at__isnull=True, replaced_at__isnull=True),
                name="address_change_one_open",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(replaced_at__isnull=True),
                name="address_change_one_ending",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="address_change_expires_after_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"change of address of {self.user_id}"

    def is_open(self) -> bool:
        return not self.confirmed_at and not self.replaced_at and self.expires_at > timezone.now()
