"""Places on teams that somebody was asked for or said yes to. Once a team is confirmed, the membership says so."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from cpc.cases.commitments import How, People, Source, how_of, register_commitments
from cpc.cases.models import Case
from teams.composition.models import MemberState, TeamMember

HOW = {MemberState.INVITED: How.INVITED, MemberState.ACCEPTED: How.ACCEPTED}


def places(people: People, from_on: date, to_on: date) -> QuerySet:
    return TeamMember.objects.filter(
        user__in=people, state__in=list(HOW), team__case__in=Case.objects.onsite_between(from_on, to_on)
    )


def people_of_team(case: Case) -> QuerySet:
    """Whom the case counts on before they are on it: everybody who is proposed, asked or has said yes."""
    return TeamMember.objects.filter(team__case=case).standing().values("user")


register_commitments(Source(places, how_of("state", HOW), case="team__case"), people=people_of_team)
