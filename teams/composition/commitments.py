"""Places on teams that somebody was asked for or said yes to. Once a team is confirmed, the membership says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import QuerySet

from cpc.cases.commitments import Commitment, How, register_commitments
from cpc.cases.models import Case
from teams.composition.models import MemberState, TeamMember

HOW = {MemberState.INVITED: How.INVITED, MemberState.ACCEPTED: How.ACCEPTED}


def places(people: Collection[int], from_on: date, to_on: date) -> Iterable[Commitment]:
    rows = TeamMember.objects.filter(
        user__in=people, state__in=list(HOW), team__case__in=Case.objects.onsite_between(from_on, to_on)
    ).values_list("user_id", "state", "team__case__onsite_start_on", "team__case__onsite_end_on", "team__case_id")
    return [
        Commitment(user, HOW[MemberState(state)], start, end, case)
        for user, state, start, end, case in rows
        if start and end
    ]


def people_of_team(case: Case) -> QuerySet:
    """Whom the case counts on before they are on it: everybody who is proposed, asked or has said yes."""
    return TeamMember.objects.filter(team__case=case).standing().values("user")


register_commitments(places, people=people_of_team)
