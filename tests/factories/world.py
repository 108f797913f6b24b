"""A small world for tests that look at every page: one case with something on each of its pages, and everybody around it.

Made by the demo's own code, so that what these tests see is what a visitor of the demo sees.
"""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.management import call_command
from django.utils import timezone

from assessments.action_plan.outcomes.services import settle_recommendation
from assessments.report.models import DraftRelease, FactualCorrection, Report
from assessments.self_assessment.models import PositionStatement, SectionComment, SectionContributor, Snapshot
from councils.imports.services import check_file
from councils.models import Contact, Council, CouncilCode, Seats, Succession, Tenure
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases import access
from cpc.cases.models import Case, CaseRole
from cpc.casework.services import add_member
from cpc.cycle.models import AdviserPost, JourneyEntry, Mentoring, Prompt, Trigger
from cpc.deadlines.models import Deadline
from cpc.demo.people import PEERS, STAFF, account
from cpc.demo.programme import Programme
from cpc.documents.services import add_document
from cpc.drafts.services import keep_draft
from cpc.drafts.shared.models import TextVersion
from cpc.reminders.models import ReminderRule
from cpc.reminders.pauses.services import pause_reminders
from cpc.reminders.rules.services import change_reminder_rule
from teams.composition.models import CouncilComment, GroupConsultation, MemberState, Team, TeamMember
from teams.peers.models import PeerProfile
from tests.factories.accounts import make_invitation, make_user
from tests.factories.assessments import word_upload
from tests.factories.councils import make_council
from tests.factories.reorganisation import make_draft

# The people of the tables, in the order of their columns. The first part belongs to the case, the second does not.
BELONG = [
    "programme.manager",
    "peer.challenge.manager",
    "support.officer",
    "leader",
    "chief.executive",
    "coordinator",
    "contributor",
    "lead.member.peer",
    "member.peer",
]
STRANGERS = [
    "administrator",
    "principal.adviser",
    "second.manager",
    "coordinator.elsewhere",
    "governance.peer",  # invited to the team, has not answered
    "independent.peer",  # was invited and taken off again: their old link
    "second.leader",  # a peer who has nothing to do with the case
]
EVERYBODY = [*BELONG, *STRANGERS]


@dataclass
class World:
    case: Case
    people: dict[str, User]

    def fresh(self, name: str) -> User:
        """As a new request would load them: nothing remembered about their roles."""
        return User.objects.get(pk=self.people[name].pk)


def make_programme(make: type[Programme] = Programme) -> Programme:
    """The demo's people and reference data, and none of its cases."""
    call_command("load_reference", stdout=io.StringIO())
    for slug in {slug for *_, slug in STAFF if slug} | {row[2] for row in PEERS}:
        if not Council.objects.filter(slug=slug).exists():
            make_council(slug=slug, name=slug.title())
    programme = make(timezone.localdate())
    programme._people()
    elsewhere = make_council()
    programme.people["coordinator.elsewhere"] = account(
        Role.COORDINATOR, "coordinator.elsewhere", "Robbie Example", "Head of policy", elsewhere
    )
    return programme


def _with_everybody(programme: Programme, case: Case) -> World:
    manager = programme.people["peer.challenge.manager"]
    add_member(
        case=case,
        user=programme.people["support.officer"],
        role=CaseRole.SUPPORT_OFFICER,
        by=programme.people["programme.manager"],
    )
    if not case.memberships.filter(user=programme.people["contributor"], removed_at__isnull=True).exists():
        add_member(case=case, user=programme.people["contributor"], role=CaseRole.CONTRIBUTOR, by=manager)
    team = Team.objects.filter(case=case).first()
    if team:
        now = timezone.now()
        TeamMember.objects.create(
            team=team,
            user=programme.people["governance.peer"],
            role=CaseRole.SENIOR_OFFICER_PEER,
            state=MemberState.INVITED,
            post_printed="Monitoring Officer, Dudley",
            proposed_by=manager,
            invited_at=now,
            answer_by_on=timezone.localdate() + timedelta(days=10),
        )
        TeamMember.objects.create(
            team=team,
            user=programme.people["independent.peer"],
            role=CaseRole.MEMBER_PEER,
            state=MemberState.WITHDRAWN,
            post_printed="Group leader, Herefordshire",
            proposed_by=manager,
            invited_at=now,
            withdrawn_at=now,
            withdrawn_by=manager,
            withdrawn_reason="The dates did not suit after all.",
        )
    for user in programme.people.values():
        access.forget_roles(user)
    return World(Case.objects.get(pk=case.pk), programme.people)


# How the demo brings a case to each stage; weeks count back from today to the onsite days.
def world_at(stage: str, programme: Programme | None = None) -> World:
    """A case of Gateshead that stands at this stage, with its people, and people who have nothing to do with it."""
    programme = programme or make_programme()
    make = {
        "scheduling": lambda: programme._scheduling("gateshead"),
        "team_composition": lambda: programme._team("gateshead"),
        "self_assessment": lambda: programme._statement("gateshead"),
        "onsite": lambda: programme._onsite_case("gateshead", programme.monday),
        "report": lambda: programme._report("gateshead", weeks_ago=5),
        "action_plan": lambda: programme._published("gateshead", weeks_ago=18),
        "progress_review": lambda: programme._review("gateshead", weeks_ago=44),
        "closed": lambda: programme._closed("gateshead", weeks_ago=56),
    }
    return _with_everybody(programme, make[stage]())


def make_world() -> World:
    """A case at its progress review that has one of everything its earlier pages can show."""
    world = world_at("progress_review")
    case, people = world.case, world.people
    manager, coordinator = people["peer.challenge.manager"], people["coordinator"]
    statement = PositionStatement.objects.get(case=case)
    section = statement.sections.first()
    assert section is not None
    first = statement.snapshots.get()
    Snapshot.objects.create(statement=statement, number=2, sections=first.sections, taken_by=coordinator)
    SectionContributor.objects.create(section=section, user=people["contributor"], added_by=coordinator)
    SectionComment.objects.create(section=section, text="Say more about the partners.", written_by=coordinator)
    team = Team.objects.get(case=case)
    CouncilComment.objects.create(
        team=team, kind="objection", reason="We know this person too well.", made_by=coordinator, form_key=uuid.uuid4()
    )
    GroupConsultation.objects.create(
        team=team, group="Labour", leader_name="Sam Example", consulted_on=timezone.localdate(), recorded_by=manager
    )
    report = Report.objects.get(case=case)
    DraftRelease.objects.create(
        report=report,
        recipient=coordinator,
        document_version=report.draft.latest,
        expires_on=timezone.localdate() + timedelta(days=9),
        released_by=manager,
    )
    FactualCorrection.objects.create(
        report=report, place="Page 3", kind="figure", says="2,100", should_say="1,900", proposed_by=coordinator
    )
    Deadline.objects.create(
        case=case,
        kind="world",
        label="Progress review statement",
        due_on=timezone.localdate() + timedelta(days=20),
        first_due_on=timezone.localdate() + timedelta(days=20),
        owner_role="Council",
    )
    long_ago = timezone.localdate() - timedelta(days=90)
    Deadline.objects.create(
        case=case,
        kind="world-late",
        label="Letter of the leader",
        due_on=long_ago,
        first_due_on=long_ago,
        state="met",
        met_on=long_ago + timedelta(days=23),
        owner_role="Council",
    )
    add_document(case=case, kind="case_file", title="Scoping note", upload=word_upload(), by=manager)
    make_invitation("contributor", council=case.council, by=coordinator)
    PeerProfile.objects.get(user=people["lead.member.peer"]).windows.create(
        start_on=date(2030, 1, 7), end_on=date(2030, 1, 10)
    )
    before = make_council(end_on=date(1998, 3, 31))
    Succession.objects.create(predecessor=before, successor=case.council, on=date(1998, 4, 1), kind="merger")
    Contact.objects.create(
        council=before,
        role="coordinator",
        name="Robbie Example",
        email="robbie@council.example.org",
        started_on=date(1997, 5, 1),
    )
    # It ends, far ahead, and another follows: of its recommendations the last is decided.
    last_day = timezone.localdate() + timedelta(days=900)
    Council.objects.filter(pk=case.council_id).update(end_on=last_day)
    heir = make_council(start_on=last_day + timedelta(days=1))
    Succession.objects.create(predecessor=case.council, successor=heir, on=last_day + timedelta(days=1), kind="merger")
    settle_recommendation(
        recommendation=report.recommendations.order_by("number").last(),  # type: ignore[arg-type]
        kind="completed",
        successor=None,
        note="The cabinet's minutes show it.",
        decided_on=timezone.localdate(),
        version=0,
        by=manager,
    )
    Contact.objects.create(
        council=case.council,
        role="democratic_services",
        name="Sasha Example",
        email="sasha@council.example.org",
        started_on=date(2024, 5, 20),
    )
    # Of a council that has nothing to do with the case; and somebody who could follow.
    AdviserPost.objects.create(
        council=make_council(region="South West"), user=people["principal.adviser"], started_on=date(2024, 1, 8)
    )
    make_user("principal_adviser")
    prompt = Prompt.objects.create(council=case.council, made_on=timezone.localdate())
    Trigger.objects.create(
        council=case.council,
        kind="new_leader",
        happened_on=prompt.made_on,
        detail="Lesley Example",
        source="tenure:0",
        prompt=prompt,
    )
    JourneyEntry.objects.create(
        council=case.council,
        kind="best_value_notice",
        name="Notice of the department",
        started_on=date(2024, 1, 15),
        recorded_by=people["programme.manager"],
    )
    Mentoring.objects.create(
        council=case.council,
        peer=people["lead.member.peer"],
        started_on=date(2024, 9, 1),
        ended_on=date(2025, 8, 31),
        recorded_by=people["programme.manager"],
    )
    Tenure.objects.create(
        council=case.council, post="leader", person_name="Lesley Example", started_on=date(2024, 5, 9)
    )
    CouncilCode.objects.create(council=case.council, code="E06999998", ended_on=date(2009, 3, 31))
    Seats.objects.create(council=case.council, year=2023, party="Labour", number=23)
    neighbours = f"AREACD,1\n{case.council.gss_code},{make_council().gss_code}\nE99999999,E99999999\n"
    check_file(
        source="ons_neighbours", file_name="neighbours.csv", content=neighbours.encode(), by=people["administrator"]
    )
    boss = people["programme.manager"]
    make_draft(boss, {"Newshire": [make_council(), make_council()]})
    rule = ReminderRule.objects.get(kind="", offset_days=-7)
    for number, words in enumerate(["First words", "Second words", "Third words"]):
        change_reminder_rule(rule_id=rule.pk, values={"body_text": words}, version=number, by=boss)
    until = timezone.localdate() + timedelta(days=30)
    pause_reminders(council=case.council, reason="A by-election", ends_on=until, by=boss)
    pause_reminders(case=case, reason="The chief executive has left", ends_on=until, by=boss)
    pause_reminders(email=boss.email, reason="On leave", ends_on=until, by=boss)
    section = case.position_statement.sections.get(contributors__user=people["contributor"])
    for successes in ("Two words", "Two words and more"):
        words = {"context": "", "successes": successes, "challenges": "None", "help_wanted": ""}
        TextVersion.objects.create(
            kind="section", row=section.pk, words=words, saved_by=people["coordinator"], saved_at=timezone.now()
        )
    keep_draft(person_id=people["coordinator"].pk, address="/privacy/", words=[("text", "Not saved yet")])
    return world
