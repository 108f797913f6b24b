"""Readings of people and invitations."""

from __future__ import annotations

from django.db.models import Q

from cpc.accounts.models import Invitation, InvitationQuerySet, User, UserQuerySet


def search_people(user: User, *, text: str = "", role: str = "") -> UserQuerySet:
    """People whom `user` may see, by part of name, address or council."""
    people = User.objects.visible_to(user).select_related("council")
    if text:
        people = people.filter(
            Q(full_name__icontains=text) | Q(email__icontains=text) | Q(council__name__icontains=text)
        )
    if role:
        people = people.filter(role=role)
    return people.order_by("full_name", "pk")


def waiting_invitations(user: User) -> InvitationQuerySet:
    return Invitation.objects.visible_to(user).waiting().select_related("council", "sent_by")
