"""Readings of people and invitations."""

from __future__ import annotations

from cpc.accounts.models import Invitation, InvitationQuerySet, User, UserQuerySet
from cpc.components.search import words_match


def search_people(user: User, *, text: str = "", role: str = "") -> UserQuerySet:
    """People whom `user` may see, by part of name, address or council."""
    people = User.objects.visible_to(user).select_related("council")
    if text:
        people = people.filter(words_match(text, "full_name_folded", "council__name_folded", plain=("email",)))
    if role:
        people = people.filter(role=role)
    return people.order_by("full_name", "pk")


def waiting_invitations(user: User) -> InvitationQuerySet:
    return Invitation.objects.visible_to(user).waiting().select_related("council", "sent_by")
