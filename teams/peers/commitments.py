"""The days that peers gave: somebody who gave days, none of which cover these, is not free on them."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from cpc.cases.commitments import How, People, Source, register_commitments
from teams.peers.models import AvailabilityWindow, PeerProfile


def other_days(people: People, from_on: date, to_on: date) -> QuerySet:
    windows = AvailabilityWindow.objects.filter(profile=OuterRef("pk"))
    covering = windows.filter(start_on__lte=from_on, end_on__gte=to_on)
    return PeerProfile.objects.filter(Exists(windows), ~Exists(covering), user__in=people)


register_commitments(Source(other_days, How.OTHER_DAYS))
