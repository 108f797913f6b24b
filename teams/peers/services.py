"""Changes to the pool."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import LGA_STAFF
from cpc.audit.services import record
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import save_versioned
from teams.peers.messages import ask_by_mail
from teams.peers.models import AvailabilityWindow, PeerKind, PeerProfile

FIELDS = (
    "kind",
    "current_post",
    "is_chief_executive",
    "is_council_leader",
    "is_senior_member",
    "is_former",
    "party",
    "region",
    "skills",
    "other_skills",
    "training",
)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a profile, free of what does not fit its kind. Raises Refused naming the field."""
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"A peer profile has no {', '.join(sorted(unknown))}.")
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if values["kind"] == PeerKind.MEMBER:
        if not values.get("party"):
            raise Refused("Choose the party; a councillor without one is Independent", field="party")
        if values.get("is_chief_executive"):
            raise Refused("A chief executive is an officer peer. Choose officer peer", field="kind")
    else:
        if values.get("is_council_leader") or values.get("is_senior_member"):
            raise Refused("A leader or senior councillor is a member peer. Choose member peer", field="kind")
        # Officers are politically restricted: no party is kept of them.
        values["party"] = ""
    if not values.get("current_post"):
        raise Refused("Enter the post", field="current_post")
    return values


@transaction.atomic
def add_to_pool(*, user: User, by: User, **values: Any) -> PeerProfile:
    """Take somebody into the pool. A second press of the button returns the profile that stands."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.role in LGA_STAFF:
        raise Refused(f"{user.full_name} works for the LGA and cannot be a peer.", field="user")
    if not user.is_active:
        raise Refused(f"{user.full_name} no longer has an account.", field="user")
    standing = PeerProfile.objects.filter(user=user).first()
    if standing:
        return standing
    values = _checked(values)
    if not values.get("region") and user.council:
        values["region"] = user.council.region
    today = timezone.localdate()
    confirmed_on = today if by.pk == user.pk else None
    profile = PeerProfile.objects.create(user=user, last_confirmed_on=confirmed_on, added_on=today, **values)
    record(verb="peer_added", by=by, data={"name": user.full_name}, audience="lga")
    return profile


@transaction.atomic
def change_profile(*, profile: PeerProfile, version: int, by: User, **values: Any) -> PeerProfile:
    """Raises Stale when somebody saved first. A peer who saves their own profile has thereby confirmed it (X7)."""
    values = _checked(values)
    if by.pk == profile.user_id:
        values["last_confirmed_on"] = timezone.localdate()
    if not save_versioned(profile, version=version, **values):
        return profile
    record(verb="peer_changed", by=by, data={"name": profile.user.full_name}, audience="lga")
    return profile


@transaction.atomic
def confirm_profile(*, profile: PeerProfile, by: User) -> PeerProfile:
    """X7: “still right”, said by the peer themselves. Twice on one day counts once."""
    profile = PeerProfile.objects.select_for_update(of=("self",)).select_related("user").get(pk=profile.pk)
    if profile.user_id != by.pk:
        raise Refused("Only the person themselves can say that their profile is right.")
    today = timezone.localdate()
    if profile.last_confirmed_on == today:
        return profile
    profile.last_confirmed_on = today
    profile.save(update_fields=["last_confirmed_on"])
    record(verb="peer_confirmed", by=by, data={"name": profile.user.full_name}, audience="lga")
    return profile


@transaction.atomic
def ask_to_confirm(*, profile: PeerProfile, by: User) -> None:
    """Mail the peer a link to their profile (X7). Once a day is enough: a second press the same day is told so."""
    if not profile.user.is_active:
        raise Refused(f"{profile.user.full_name} no longer has an account.")
    if ask_by_mail(profile) is None:
        raise AlreadyMoved(f"{profile.user.full_name} was already asked today.")
    record(verb="peer_asked_to_confirm", by=by, data={"name": profile.user.full_name}, audience="lga")


@transaction.atomic
def add_window(*, profile: PeerProfile, start_on: date, end_on: date, by: User) -> AvailabilityWindow:
    """Days on which the peer could be onsite. The same days given twice stand once."""
    if end_on < start_on:
        raise Refused("The last day must be the same as or after the first", field="end_on")
    if end_on < timezone.localdate():
        raise Refused("The last day must be today or in the future", field="end_on")
    try:
        with transaction.atomic():
            window = AvailabilityWindow.objects.create(profile=profile, start_on=start_on, end_on=end_on)
    except IntegrityError as error:
        raise AlreadyMoved("These days are already on the profile.") from error
    record(
        verb="peer_availability_added",
        by=by,
        data={"name": profile.user.full_name, "days": str(window)},
        audience="lga",
    )
    return window


@transaction.atomic
def remove_window(*, window: AvailabilityWindow, by: User) -> None:
    found = AvailabilityWindow.objects.select_for_update().filter(pk=window.pk).first()
    if found is None:
        raise AlreadyMoved("These days were already taken off.")
    profile = PeerProfile.objects.select_related("user").get(pk=found.profile_id)
    record(
        verb="peer_availability_removed",
        by=by,
        data={"name": profile.user.full_name, "days": str(found)},
        audience="lga",
    )
    found.delete()
