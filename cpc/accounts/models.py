"""People who sign in, and the invitations that bring them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin, _user_has_perm  # type: ignore[attr-defined]
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from cpc.accounts.roles import COUNCIL_ROLES, LGA_STAFF, Role
from cpc.components.search import address_constraint, folded_column, folded_index
from cpc.components.text import plain_address


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Administrators and programme managers see everybody; a coordinator their own council's people; others nobody."""
        if user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER}:
            return self
        if user.role == Role.COORDINATOR and user.council_id:
            return self.filter(council_id=user.council_id)
        return self.none()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=plain_address(email), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=plain_address(email))


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in by e-mail. Never deleted: people are named in the record for good."""

    email = models.EmailField(
        unique=True, error_messages={"unique": "Someone with this email address already has an account"}
    )
    full_name = models.CharField(max_length=150)
    role = models.CharField(max_length=30, choices=Role.choices)
    council = models.ForeignKey(
        "councils.Council", null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )
    job_title = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivated_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)
    full_name_folded = folded_column("full_name")

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name", "role"]

    class Meta:
        ordering = ["full_name", "pk"]
        indexes = [folded_index("full_name_folded", name="user_name_folded")]
        constraints = [
            address_constraint(name="user_address_in_one_form"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            # A council user belongs to one council; nobody at the LGA does. A peer may serve a council.
            models.CheckConstraint(
                condition=(
                    Q(role__in=sorted(COUNCIL_ROLES), council__isnull=False)
                    | Q(role__in=sorted(LGA_STAFF), council__isnull=True)
                    | Q(role=Role.PEER)
                ),
                name="user_council_fits_role",
            ),
            models.CheckConstraint(
                condition=Q(deactivated_at__isnull=True, deactivated_by__isnull=True)
                | Q(deactivated_at__isnull=False, deactivated_by__isnull=False),
                name="user_deactivated_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """The table decides for everybody: Django's own method says yes to a superuser before it asks."""
        return _user_has_perm(self, perm, obj)

    @property
    def is_lga_staff(self) -> bool:
        return self.role in LGA_STAFF

    @property
    def is_council_user(self) -> bool:
        return self.role in COUNCIL_ROLES

    @property
    def is_peer(self) -> bool:
        return self.role == Role.PEER


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; the time of some of them may have run out."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def visible_to(self, user: "User") -> "InvitationQuerySet":
        """As with people: administrators and programme managers all, a coordinator their own council's."""
        if user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER}:
            return self
        if user.role == Role.COORDINATOR and user.council_id:
            return self.filter(council_id=user.council_id, role__in=COUNCIL_ROLES)
        return self.none()


class Invitation(models.Model):
    """A link that makes one account, once, until it expires. Only the hash of its token is kept."""

    email = models.EmailField()
    full_name = models.CharField(max_length=150)
    role = models.CharField(max_length=30, choices=Role.choices)
    council = models.ForeignKey("councils.Council", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    job_title = models.CharField(max_length=150, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    # The case that the person is to join when they accept, and as what; set by packages above accounts.
    case = models.ForeignKey("cpc.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    case_role = models.CharField(max_length=30, blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations_sent")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            address_constraint(name="invitation_address_in_one_form"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="invitation_expires_after_sent"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="invitation_withdrawn_who_and_when",
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_open_per_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name}, {self.get_role_display()}"

    def is_open(self, at: datetime | None = None) -> bool:
        """Still usable at this moment (aware datetime; now by default)."""
        return not self.accepted_at and not self.withdrawn_at and self.expires_at > (at or timezone.now())

    @property
    def sending(self) -> str:
        """Names this sending of the invitation: a page that was opened before the last resend carries another."""
        return self.token_hash[:12]
