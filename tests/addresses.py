"""Every address of the service, with what it needs to open it in the world of tests/factories/world.py."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from assessments.onsite.models import Session
from assessments.self_assessment.models import SectionContributor
from councils.models import (
    Contact,
    CouncilCode,
    ImportRun,
    PlannedSuccession,
    PlannedSuccessor,
    Reorganisation,
    Succession,
    Tenure,
)
from cpc.accounts.models import Invitation, User
from cpc.calendars.models import CalendarEntry
from cpc.cases.models import CaseMembership
from cpc.deadlines.models import Deadline
from cpc.documents.models import Document, DocumentVersion
from cpc.drafts.models import Draft
from cpc.drafts.shared.models import TextVersion
from cpc.notifications.models import Message
from cpc.reminders.models import ReminderPause, ReminderRule
from tests.factories.world import World

# Pages of django-allauth and its parts: sign-in and each person's own account. They have tests of their own.
ACCOUNT_PAGES = "accounts/"


def url_names(resolver: Any = None, namespace: str = "", prefix: str = "") -> list[tuple[str, str]]:
    """(name, route) of every address of the service."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            found += url_names(entry, inner, route)
        elif isinstance(entry, URLPattern):
            found.append((f"{namespace}{entry.name}", route))
    return found


def own_url_names() -> list[str]:
    names = [name for name, route in url_names() if not route.startswith(ACCOUNT_PAGES)]
    assert len(names) == len(set(names)), "two addresses share a name"
    return names


def _one(queryset: Any) -> Any:
    found = queryset.first()
    assert found is not None, f"the world has no {queryset.model.__name__}"
    return found


def arguments(name: str, world: World) -> dict[str, Any]:
    """What the address needs, from the world's one case and its people."""
    case, people = world.case, world.people
    profile = people["lead.member.peer"].peer_profile
    team = case.team
    objects = {
        "councils:import-": lambda: ImportRun.objects,
        "councils:succession-remove": lambda: Succession.objects.filter(successor=case.council),
        "councils:contact-": lambda: Contact.objects.filter(council=case.council),
        "councils:former-code": lambda: CouncilCode.objects.filter(council=case.council, code="E06999998"),
        "councils:code-take-back": lambda: CouncilCode.objects.filter(council=case.council),
        "councils:tenure-end": lambda: Tenure.objects.filter(council=case.council),
        "accounts:invitation": lambda: Invitation.objects.filter(council=case.council),
        "accounts:user": lambda: User.objects.filter(pk=people["contributor"].pk),
        "cases:member-remove": lambda: CaseMembership.objects.filter(case=case, user=people["support.officer"]),
        "cases:deadline-revise": lambda: Deadline.objects.filter(case=case, kind="world"),
        "cases:deadline-explain": lambda: Deadline.objects.filter(case=case, kind="world-late"),
        "scheduling:focus-area": lambda: case.focus_areas.filter(is_core=False),
        "composition:comment": lambda: team.comments,
        "composition:consultation": lambda: team.consultations,
        "composition:invitation": lambda: team.members.filter(user=people["governance.peer"]),
        "composition:new-dates": lambda: team.members.filter(user=people["lead.member.peer"]),
        "composition:conflicts": lambda: team.members.filter(user=people["lead.member.peer"]),
        "composition:member": lambda: team.members.filter(user=people["member.peer"]),
        "self_assessment:section": lambda: case.position_statement.sections.filter(
            contributors__user=people["contributor"]
        ),
        "self_assessment:contributor-add": lambda: case.position_statement.sections,
        "self_assessment:comment-add": lambda: case.position_statement.sections,
        "self_assessment:contributor-remove": lambda: SectionContributor.objects.filter(section__statement__case=case),
        "onsite:session": lambda: Session.objects.filter(day__case=case),
        "onsite:finding": lambda: case.findings,
        "onsite:talk": lambda: case.onsite_days.first().talks,
        "report:release": lambda: case.report.releases,
        "report:correction": lambda: case.report.corrections,
        "report:recommendation": lambda: case.report.recommendations,
        "action_plan:answer": lambda: case.report.recommendations,
        "action_plan:outcome": lambda: case.report.recommendations,
        "action_plan:outcome-reopen": lambda: case.report.recommendations.filter(outcome__isnull=False),
        "action_plan:action": lambda: case.action_plan.actions,
        "progress_review:": lambda: case.progress_review.items,
        "documents:new-version": lambda: Document.objects.filter(case=case, kind="case_file"),
        "documents:remove": lambda: Document.objects.filter(case=case, kind="case_file"),
        "documents:": lambda: Document.objects.filter(case=case, kind="report_draft"),
        "documents:download": lambda: DocumentVersion.objects.filter(
            document__case=case, document__kind="report_draft"
        ),
        "cycle:prompt-set-aside": lambda: case.council.prompts,
        "cycle:hand-over-several": lambda: User.objects.filter(adviser_posts__isnull=False),
        "cycle:reminder-pause": lambda: ReminderPause.objects.filter(council=case.council),
        "cases:reminder-pause": lambda: ReminderPause.objects.filter(case=case),
        "cycle:journey": lambda: case.council.journey,
        "reorganisations:": lambda: Reorganisation.objects.filter(name="Exampleshire 2028"),
        "cycle:mentoring": lambda: case.council.mentoring,
        "deadlines:": lambda: CalendarEntry.objects,
        "reminders:rule": lambda: ReminderRule.objects.filter(version__gt=2),
        "reminders:pause": lambda: ReminderPause.objects.filter(council=case.council),
        "reminders:own-pause": lambda: ReminderPause.objects.filter(email=people["programme.manager"].email),
        "notifications:": lambda: Message.objects,
        "drafts:": lambda: Draft.objects,
        "drafts:version": lambda: case.position_statement.sections.filter(contributors__user=people["contributor"]),
        "peers:": lambda: type(profile).objects.filter(pk=profile.pk),
    }
    route = dict(url_names())[name]
    wanted: dict[str, Any] = {}
    if "<slug:reference>" in route:
        wanted["reference"] = case.reference
    if "<slug:slug>" in route:
        wanted["slug"] = case.council.slug
    if "<slug:source>" in route:
        wanted["source"] = "tenures"
    if "<member_kind:kind>" in route:
        wanted["kind"] = "lga"
    if "<slug:code>" in route:
        wanted["code"] = "section"
    if "<int:text_version>" in route:
        wanted["text_version"] = TextVersion.objects.order_by("pk")[0].pk
    if "<int:year>" in route:
        wanted["year"] = 2023
    if "<int:number>" in route:
        wanted["number"] = 2
    if "<int:profile>" in route:
        wanted["profile"] = people["second.leader"].peer_profile.pk
    if "<int:window>" in route:
        wanted["window"] = _one(profile.windows).pk
    if "<int:successor>" in route:
        wanted["successor"] = _one(PlannedSuccessor.objects.filter(name="Newshire")).pk
    if "<int:planned>" in route:
        wanted["planned"] = _one(PlannedSuccession.objects.filter(successor__name="Newshire")).pk
    if "<str:token>" in route:
        wanted["token"] = "no-such-token"
    if "<int:pk>" in route:
        matching = [key for key in objects if name.startswith(key)]
        assert matching, f"{name} needs an object: add it to the table in arguments()"
        wanted["pk"] = _one(objects[max(matching, key=len)]()).pk
    return wanted


def addresses(world: World) -> dict[str, str]:
    return {name: reverse(name, kwargs=arguments(name, world)) for name in own_url_names()}
