"""Bringing people in, changing what they are, and ending their access. Rows only: listeners record and mail."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from councils.models import Council
from cpc.accounts.errors import InvitationClosed, InvitationWaits
from cpc.accounts.events import announce
from cpc.accounts.models import Invitation, User
from cpc.accounts.permissions import may_give_role
from cpc.accounts.roles import COUNCIL_ROLES, LGA_STAFF, Role
from cpc.components.errors import Refused
from cpc.components.text import NotAnAddress, email_address
from cpc.components.versioned import check_version, save_versioned


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _about(invitation: Invitation) -> dict[str, Any]:
    return {
        "name": invitation.full_name,
        "role": invitation.get_role_display(),
        "email": invitation.email,
        "council_id": invitation.council_id,
        "invitation_id": invitation.pk,
        "case_id": invitation.case_id,
        "case_role": invitation.case_role,
        "council": invitation.council.name if invitation.council else "",
        "case_council": invitation.case.council.name if invitation.case else "",
    }


def _about_person(user: User) -> dict[str, Any]:
    return {"name": user.full_name, "role": user.get_role_display(), "council_id": user.council_id}


def _check_role_and_council(role: str, council: Council | None) -> None:
    if role not in Role.values:
        raise Refused("Choose the role from the list", field="role")
    if role in COUNCIL_ROLES and council is None:
        raise Refused("Choose the council that this person works for", field="council")
    if role in LGA_STAFF and council is not None:
        raise Refused("LGA staff belong to no council: leave the council empty", field="council")


def _check_may_give(by: User, role: str, council: Council | None) -> None:
    council_id = council.pk if council else None
    if may_give_role(by, role, council_id):
        return
    if by.role == Role.COORDINATOR and role in COUNCIL_ROLES:
        raise Refused("You can only invite people of your own council", field="council")
    raise Refused("You cannot give someone this role. Choose another", field="role")


def _check_no_account(email: str) -> None:
    holder = User.objects.filter(email=email).first()
    if holder and holder.is_active:
        raise Refused("Someone with this email address already has an account", field="email")
    if holder:
        raise Refused(
            "The account with this email address was deactivated. It can be reactivated instead", field="email"
        )


@transaction.atomic
def invite_user(
    *,
    email: str,
    full_name: str,
    role: str,
    council: Council | None = None,
    job_title: str = "",
    case: Any = None,
    case_role: str = "",
    by: User,
) -> Invitation:
    """Invite somebody by a link that works once. Raises Refused, or InvitationWaits when one is on its way."""
    try:
        email = email_address(email)
    except NotAnAddress as error:
        raise Refused(str(error), field="email") from error
    _check_role_and_council(role, council)
    _check_may_give(by, role, council)
    _check_no_account(email)
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    invitation = Invitation(
        email=email,
        full_name=full_name.strip(),
        role=role,
        council=council,
        job_title=job_title.strip(),
        case=case,
        case_role=case_role,
        token_hash=hash_of(token),
        sent_at=now,
        sent_by=by,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as error:
        # The unique index on open invitations decides, so two people who invite at once get one invitation.
        standing = Invitation.objects.visible_to(by).waiting().filter(email=email).first()
        raise InvitationWaits(
            "An invitation to this email address is already waiting. Send that one again instead", standing
        ) from error
    announce("person_invited", by=by, user=None, data=_about(invitation) | _secret(invitation, token))
    return invitation


def _secret(invitation: Invitation, token: str) -> dict[str, Any]:
    """What only the mail may carry: whoever records the event leaves these out."""
    return {"token": token, "sending": invitation.sending, "expires_at": invitation.expires_at}


def _locked_waiting(invitation: Invitation) -> Invitation:
    locked = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if locked.accepted_at:
        raise Refused(f"{locked.full_name} has already accepted this invitation.")
    if locked.withdrawn_at:
        raise Refused("This invitation was already withdrawn.")
    return locked


@transaction.atomic
def resend_invitation(*, invitation: Invitation, sending: str, by: User) -> Invitation:
    """Send it again with a new link and a new last day; the old link dies. A second click sends nothing."""
    locked = _locked_waiting(invitation)
    _check_may_give(by, locked.role, locked.council)
    _check_no_account(locked.email)
    if locked.sending != sending:
        raise Refused("This invitation has just been sent again. It is not sent twice.")
    token = secrets.token_urlsafe(32)
    locked.token_hash = hash_of(token)
    locked.sent_at = timezone.now()
    locked.sent_by = by
    locked.expires_at = locked.sent_at + timedelta(days=settings.INVITATION_DAYS)
    locked.save(update_fields=["token_hash", "sent_at", "sent_by", "expires_at"])
    announce("invitation_resent", by=by, user=None, data=_about(locked) | _secret(locked, token))
    return locked


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, by: User) -> Invitation:
    locked = _locked_waiting(invitation)
    _check_may_give(by, locked.role, locked.council)
    return _withdraw(locked, by=by)


def _withdraw(invitation: Invitation, *, by: User) -> Invitation:
    invitation.withdrawn_at = timezone.now()
    invitation.withdrawn_by = by
    invitation.save(update_fields=["withdrawn_at", "withdrawn_by"])
    announce("invitation_withdrawn", by=by, user=None, data=_about(invitation))
    return invitation


def check_invitation(invitation: Invitation | None) -> Invitation:
    """The invitation if its link still makes an account; raises InvitationClosed with the reason otherwise."""
    if invitation is None:
        raise InvitationClosed("This link is not valid.", reason="unknown")
    if invitation.accepted_at:
        raise InvitationClosed("This invitation has already been used.", reason="used")
    if invitation.withdrawn_at:
        raise InvitationClosed("This invitation was withdrawn.", reason="withdrawn")
    if not invitation.is_open():
        raise InvitationClosed("This invitation has expired.", reason="expired")
    if not may_give_role(invitation.sent_by, invitation.role, invitation.council_id):
        raise InvitationClosed("This invitation is no longer valid.", reason="refused")
    return invitation


def open_invitation(token: str) -> Invitation:
    """The invitation of a link, for the page that offers to accept it. Raises InvitationClosed."""
    invitation = Invitation.objects.select_related("sent_by", "council").filter(token_hash=hash_of(token)).first()
    return check_invitation(invitation)


@transaction.atomic
def accept_invitation(*, token: str, full_name: str, password: str) -> User:
    """Make the account. Under the invitation's lock: of nine at once one makes it, eight are told it was used."""
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("sent_by", "council")
        .filter(token_hash=hash_of(token))
        .first()
    )
    invitation = check_invitation(found)
    user = User(
        email=invitation.email,
        full_name=full_name.strip(),
        role=invitation.role,
        council=invitation.council,
        job_title=invitation.job_title,
    )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="password") from error
    if User.objects.filter(email=invitation.email).exists():
        raise InvitationClosed("An account with this email address exists already.", reason="used")
    user.set_password(password)
    user.save()
    # The link went to this address, so whoever holds it reads its mail.
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    announce("invitation_accepted", by=user, user=user, data=_about(invitation) | {"name": user.full_name})
    return user


def _locked_user(user: User) -> User:
    # Rows that point at the person may be added meanwhile: else whoever adds one waits for us, and we for their case.
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def _check_not_last_administrator(user: User) -> None:
    """Locks every active administrator, so that two of them cannot end each other at the same moment."""
    if user.role != Role.ADMINISTRATOR:
        return
    standing = User.objects.select_for_update().active().filter(role=Role.ADMINISTRATOR).order_by("pk")
    if [each.pk for each in standing] == [user.pk]:
        raise Refused("This is the last administrator. Make someone else an administrator first.")


def end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


@transaction.atomic
def deactivate_user(*, user: User, by: User) -> User:
    """End somebody's access at once: no sign-in, no running session, and the invitations they sent are withdrawn."""
    if user.pk == by.pk:
        raise Refused("You cannot deactivate your own account. Ask another administrator.")
    _check_not_last_administrator(user)
    locked = _locked_user(user)
    if not locked.is_active:
        raise Refused(f"{locked.full_name} was already deactivated.")
    _check_may_give(by, locked.role, locked.council)
    locked.is_active = False
    locked.deactivated_at = timezone.now()
    locked.deactivated_by = by
    locked.version += 1
    locked.save(update_fields=["is_active", "deactivated_at", "deactivated_by", "version"])
    for invitation in Invitation.objects.select_for_update(of=("self",)).waiting().filter(sent_by=locked):
        _withdraw(invitation, by=by)
    end_sessions(locked)
    announce("person_deactivated", by=by, user=locked, data=_about_person(locked))
    return locked


@transaction.atomic
def reactivate_user(*, user: User, by: User) -> User:
    locked = _locked_user(user)
    if locked.is_active:
        raise Refused(f"{locked.full_name} is already active.")
    _check_may_give(by, locked.role, locked.council)
    locked.is_active = True
    locked.deactivated_at = None
    locked.deactivated_by = None
    locked.version += 1
    locked.save(update_fields=["is_active", "deactivated_at", "deactivated_by", "version"])
    announce("person_reactivated", by=by, user=locked, data=_about_person(locked))
    return locked


@transaction.atomic
def change_role(*, user: User, role: str, council: Council | None = None, version: int, by: User) -> User:
    """Give somebody another role, and with it the council that the role needs. Their sessions end."""
    if user.pk == by.pk:
        raise Refused("You cannot change your own role. Ask another administrator.")
    _check_role_and_council(role, council)
    if role != Role.ADMINISTRATOR:
        _check_not_last_administrator(user)
    locked = _locked_user(user)
    if by.role not in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER}:
        raise Refused("Only administrators and programme managers change roles.", field="role")
    _check_may_give(by, locked.role, locked.council)
    _check_may_give(by, role, council)
    check_version(locked, version, "Someone else changed this person while you were writing. Check what is saved now.")
    before = locked.get_role_display()
    locked.role = role
    locked.council = council
    locked.version += 1
    locked.save(update_fields=["role", "council", "version"])
    end_sessions(locked)
    announce("role_changed", by=by, user=locked, data=_about_person(locked) | {"from_role": before})
    return locked


@transaction.atomic
def change_profile(*, user: User, full_name: str, job_title: str, phone: str, version: int, by: User) -> User:
    """Change one's own name, job title and phone. Raises Stale when another window saved first."""
    values: dict[str, Any] = {"full_name": full_name.strip(), "job_title": job_title.strip(), "phone": phone.strip()}
    stale = "Your details were changed in another window while you were writing. Nothing typed is lost."
    saved = save_versioned(user, version=version, message=stale, **values)
    changed = User.objects.get(pk=user.pk)
    if not saved:
        return changed
    announce("profile_changed", by=by, user=changed, data=_about_person(changed))
    return changed
