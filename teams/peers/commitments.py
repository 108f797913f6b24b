"""The days that peers gave: somebody who gave days, none of which cover these, is not free on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Exists, OuterRef

from cpc.cases.commitments import Commitment, How, register_commitments
from teams.peers.models import AvailabilityWindow, PeerProfile


def other_days(people: Collection[int], from_on: date, to_on: date) -> Iterable[Commitment]:
    windows = AvailabilityWindow.objects.filter(profile=OuterRef("pk"))
    covering = windows.filter(start_on__lte=from_on, end_on__gte=to_on)
    found = PeerProfile.objects.filter(Exists(windows), ~Exists(covering), user__in=people)
    return [
        Commitment(user, How.OTHER_DAYS, from_on, to_on) for user in found.order_by().values_list("user_id", flat=True)
    ]


register_commitments(other_days)
