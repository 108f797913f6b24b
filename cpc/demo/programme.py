"""The demo programme: real councils, plainly invented people, a case at every stage. All through the services."""

from __future__ import annotations

import io
import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import docx
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assessments.action_plan import services as plan_services
from assessments.action_plan.models import Action
from assessments.onsite import services as onsite_services
from assessments.onsite.models import DailyTalk, Finding, OnsiteDay
from assessments.progress_review import services as review_services
from assessments.progress_review.models import ReviewedRecommendation
from assessments.report import services as report_services
from assessments.report.models import Recommendation, Report, Theme
from assessments.self_assessment import services as statement_services
from assessments.self_assessment.queries import sections_of
from councils.models import Council, Post
from councils.services import record_tenure
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases import access
from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import USUAL_KIND, Stage, row_of
from cpc.casework import services as case_services
from cpc.cycle.journey import services as journey_services
from cpc.cycle.models import ConversationState
from cpc.cycle.services import write_cycle_dates
from cpc.demo.people import PEERS, STAFF, account
from cpc.scheduling import services as scheduling_services
from cpc.scheduling.queries import date_warnings, scope_of
from teams.composition import services as team_services
from teams.composition.council_view import services as council_services
from teams.composition.invitations import services as invitation_services
from teams.composition.models import TeamMember
from teams.peers.services import add_to_pool

LONDON = ZoneInfo("Europe/London")
FINDINGS = [
    (0, "strength", "Residents and partners know what the council stands for"),
    (1, "recommendation", "Cabinet and senior officers rarely plan together beyond a year"),
    (2, "strength", "Scrutiny chairs are trained and listened to"),
    (3, "recommendation", "Savings are agreed, their delivery is not followed closely enough"),
    (4, "recommendation", "Everything is a priority and staff are stretched"),
]
RECOMMENDATIONS = [
    ("high", None, "Agree a small number of priorities for the next two years and stop or pause other work."),
    ("high", None, "Bring cabinet and senior officers together each month to plan beyond this year."),
    ("further", 3, "Report the delivery of savings to cabinet every quarter, with what is behind schedule."),
    ("further", 2, "Publish how scrutiny's recommendations were answered."),
]


def at(day: date, hour: int = 10):
    """The clock stands on this day while the block runs: the demo's past is made as it would have happened."""
    return time_machine.travel(datetime.combine(day, time(hour), tzinfo=LONDON), tick=True)


def word_file(title: str) -> SimpleUploadedFile:
    document = docx.Document()
    document.add_heading(title, level=0)
    document.add_paragraph("This is an invented document of the demo.")
    out = io.BytesIO()
    document.save(out)
    return SimpleUploadedFile(
        f"{title}.docx", out.getvalue(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )


class Programme:
    """Makes the demo. `today` is the day the demo is loaded; everything else is counted from it."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.monday = today - timedelta(days=today.weekday())
        self.people: dict[str, User] = {}
        # Every case is of this kind, with the stages and the days of its row.
        self.kind = USUAL_KIND

    def load(self) -> int:
        """Everybody and every case. Returns the number of cases."""
        with at(self.today - timedelta(days=500)):
            self._people()
        cases = [
            self._scheduling("fareham"),
            self._team("rushcliffe"),
            self._postponed("north-hertfordshire"),
            self._statement("gateshead"),
            self._onsite("leeds"),
            self._report("wyre", weeks_ago=5),
            self._report("braintree", weeks_ago=18),
            self._plan("high-peak", joint="staffordshire-moorlands", weeks_ago=16),
            self._review("newark-and-sherwood", weeks_ago=44),
            self._closed("harlow", weeks_ago=56),
        ]
        self._cycle()
        return len(cases)

    # -------------------------------------------------------------- before a peer challenge

    def _cycle(self) -> None:
        """Councils that somebody looks after, one that a new chief executive prompts, and talks with others."""
        adviser, manager = self.people["principal.adviser"], self.people["programme.manager"]
        cared_for = Council.objects.in_programme(self.today).filter(region__in=["East Midlands", "South East"])
        with at(self.today - timedelta(days=400)):
            for council in cared_for:
                journey_services.hand_over_council(
                    council=council, user=adviser, on=timezone.localdate(), note="", seen=0, by=manager
                )
        with at(self.today - timedelta(days=20)):
            record_tenure(
                council=Council.objects.get(slug="winchester"),
                post=Post.CHIEF_EXECUTIVE,
                person_name="Casey Example",
                party="",
                started_on=timezone.localdate(),
                ended_on=None,
                is_first_post=True,
                is_interim=False,
                by=adviser,
            )
            for slug, state, reason in [
                ("new-forest", ConversationState.IN_CONVERSATION, ""),
                ("portsmouth", ConversationState.NO_DATE_AGREED, "After the elections in May"),
                ("isle-of-wight", ConversationState.DECLINED, "An inspection is announced for the same months"),
            ]:
                journey_services.record_conversation(
                    council=Council.objects.get(slug=slug),
                    state=state,
                    reason=reason,
                    started_on=timezone.localdate(),
                    seen=0,
                    by=adviser,
                )
        write_cycle_dates(self.today)

    # -------------------------------------------------------------- people

    def _people(self) -> None:
        for role, email, name, post, slug in STAFF:
            council = Council.objects.get(slug=slug) if slug else None
            self.people[email] = account(role, email, name, post, council)
        manager = self.people["programme.manager"]
        for email, name, slug, profile in PEERS:
            council = Council.objects.get(slug=slug)
            user = account(Role.PEER, email, name, profile["current_post"], council)
            self.people[email] = user
            add_to_pool(user=user, by=manager, region="", **profile)

    def _host(self, case: Case) -> tuple[User, User]:
        """Leader and coordinator of a council; Gateshead's are the ones that sign in."""
        manager = self.people["peer.challenge.manager"]
        if case.council.slug == "gateshead":
            hosts = [
                (self.people[name], role)
                for name, role in (
                    ("leader", CaseRole.LEADER),
                    ("coordinator", CaseRole.COORDINATOR),
                    ("chief.executive", CaseRole.CHIEF_EXECUTIVE),
                )
            ]
        else:
            name = case.council.slug
            leader = User.objects.filter(email=f"leader.{name}@example.org").first() or account(
                Role.LEADER,
                f"leader.{name}",
                f"Leader Example of {case.council.name}",
                "Leader of the council",
                case.council,
            )
            coordinator = User.objects.filter(email=f"coordinator.{name}@example.org").first() or account(
                Role.COORDINATOR,
                f"coordinator.{name}",
                f"Coordinator Example of {case.council.name}",
                "Head of policy",
                case.council,
            )
            hosts = [(leader, CaseRole.LEADER), (coordinator, CaseRole.COORDINATOR)]
        for user, role in hosts:
            case_services.add_member(case=case, user=user, role=role, by=manager)
        return hosts[0][0], hosts[1][0]

    # -------------------------------------------------------------- stages

    def _start(self, slug: str, onsite: date, *, joint: str = "", manager: str = "peer.challenge.manager") -> Case:
        """Scoped, with dates: ready to leave scheduling. Made five months before the onsite."""
        by = self.people[manager]
        with at(min(self.today, onsite - timedelta(weeks=22))):
            case = case_services.start_case(
                council=Council.objects.get(slug=slug),
                joint_councils=[Council.objects.get(slug=joint)] if joint else [],
                kind=self.kind,
                off_cycle_reason="The council asks for an early look at its new priorities.",
                by=self.people["programme.manager"],
            )
            case_services.hand_over_case(
                case=case, role=CaseRole.PEER_CHALLENGE_MANAGER, to=by, by=self.people["programme.manager"]
            )
            self._host(case)
            scheduling_services.record_purpose(
                case=case,
                purpose="validate",
                purpose_detail="An outside view of where we stand before the next council plan.",
                requested_by="both",
                version=scope_of(case).version,
                by=by,
            )
            scheduling_services.record_set_up_meeting(
                case=case,
                meeting_on=min(self.today, onsite - timedelta(weeks=22)),
                leader_attended=True,
                chief_executive_attended=True,
                absence_reason="",
                version=scope_of(case).version,
                by=by,
            )
            scheduling_services.add_focus_area(
                case=case,
                name="Working with residents",
                description="How we listen, and what we do with what we hear.",
                by=by,
            )
            case = Case.objects.get(pk=case.pk)
            last = onsite + timedelta(days=row_of(self.kind).days[1] - 1)
            scheduling_services.agree_dates(
                case=case,
                start_on=onsite,
                end_on=last,
                seen_warnings=date_warnings(case, onsite, last, by),
                version=case.version,
                by=by,
            )
        return Case.objects.get(pk=case.pk)

    def _advance(self, case: Case, by: User) -> Case:
        case = Case.objects.get(pk=case.pk)
        return case_services.advance_case(case=case, from_stage=case.stage, by=by)

    def _manager(self, case: Case) -> User:
        return case.memberships.get(role=CaseRole.PEER_CHALLENGE_MANAGER, removed_at__isnull=True).user

    def _scheduling(self, slug: str) -> Case:
        with at(self.today - timedelta(days=6)):
            case = case_services.start_case(
                council=Council.objects.get(slug=slug), kind=self.kind, by=self.people["programme.manager"]
            )
            case_services.hand_over_case(
                case=case,
                role=CaseRole.PEER_CHALLENGE_MANAGER,
                to=self.people["peer.challenge.manager"],
                by=self.people["programme.manager"],
            )
            self._host(case)
        return case

    def _propose(
        self, case: Case, leads: tuple[str, str] = ("lead.member.peer", "lead.officer.peer")
    ) -> list[TeamMember]:
        by = self._manager(case)
        roles = [
            (leads[0], CaseRole.LEAD_MEMBER_PEER),
            (leads[1], CaseRole.LEAD_OFFICER_PEER),
            ("member.peer", CaseRole.MEMBER_PEER),
            ("officer.peer", CaseRole.SENIOR_OFFICER_PEER),
        ]
        return [
            team_services.propose_member(case=case, user=self.people[name], role=role, by=by) for name, role in roles
        ]

    def _accept(self, case: Case, member: TeamMember) -> None:
        member = invitation_services.invite_member(member=member, by=self._manager(case))
        invitation_services.accept_invitation(
            member=member,
            conflicts=["none"],
            conflict_text="",
            dates_seen=invitation_services.dates_key(case),
            by=member.user,
        )
        access.forget_roles(member.user)

    def _team(self, slug: str) -> Case:
        onsite = self.monday + timedelta(weeks=16)
        case = self._start(slug, onsite)
        by = self._manager(case)
        case = self._advance(case, by)
        members = self._propose(case, ("second.leader", "second.chief.executive"))
        self._accept(case, members[0])
        invitation_services.invite_member(member=members[1], by=by)
        return case

    def _postponed(self, slug: str) -> Case:
        case = self._start(slug, self.monday + timedelta(weeks=10), manager="second.manager")
        by = self._manager(case)
        case = self._advance(case, by)
        return case_services.postpone_case(
            case=case,
            reason="All-out elections were called for May; the council wants to give the new members time.",
            new_on=self.monday + timedelta(weeks=36),
            agreed_with="The chief executive and the leader",
            by=by,
        )

    def _confirmed(self, case: Case, on: date) -> Case:
        """Team confirmed: the case stands at the position statement."""
        with at(on):
            by = self._manager(case)
            case = self._advance(case, by)
            for member in self._propose(case):
                self._accept(case, member)
            council_services.share_team(case=case, by=by)
            leader = User.objects.get(memberships__case=case, memberships__role=CaseRole.LEADER)
            access.forget_roles(leader)
            council_services.record_leader_talk(case=case, on=on, by=leader)
            team_services.confirm_team(case=case, by=by)
            case = self._advance(case, by)
        for user in self.people.values():
            access.forget_roles(user)
        return case

    def _statement(self, slug: str) -> Case:
        onsite = self.monday + timedelta(weeks=8)
        case = self._start(slug, onsite)
        case = self._confirmed(case, self.today - timedelta(weeks=3))
        coordinator = self.people["coordinator"]
        sections = list(sections_of(case))
        for section in sections[:2]:
            self._write(section, coordinator)
        statement_services.add_contributor(section=sections[3], user=self.people["contributor"], by=coordinator)
        statement_services.add_pack_document(
            case=case,
            title="Medium-term financial strategy",
            upload=word_file("Medium-term financial strategy"),
            by=coordinator,
        )
        return case

    def _write(self, section, by: User) -> None:
        statement_services.change_section(
            section=section,
            context="The plan of 2023 still guides us; demand for social care has grown faster than we expected.",
            successes="We brought three services together and residents tell us that they are easier to reach.",
            challenges="We take on too much at once, and the reserves are lower than we want them to be.",
            help_wanted="How do others decide what to stop?",
            version=section.version,
            by=by,
        )

    def _onsite_case(
        self, slug: str, onsite: date, *, joint: str = "", manager: str = "peer.challenge.manager"
    ) -> Case:
        """Statement final, pack out: the case stands at onsite."""
        case = self._start(slug, onsite, joint=joint, manager=manager)
        case = self._confirmed(case, onsite - timedelta(weeks=12))
        by = self._manager(case)
        coordinator = User.objects.get(memberships__case=case, memberships__role=CaseRole.COORDINATOR)
        if case.has_stage(Stage.SELF_ASSESSMENT):
            with at(onsite - timedelta(weeks=6)):
                for section in sections_of(case):
                    self._write(section, coordinator)
                statement_services.submit_statement(case=case, by=coordinator)
            with at(onsite - timedelta(weeks=4)):
                statement_services.finalise_statement(case=case, by=by)
                statement_services.release_pack(case=case, by=by)
                case = self._advance(case, by)
        with at(onsite - timedelta(weeks=4)):
            days = list(OnsiteDay.objects.filter(case=case))
            peers = list(case.memberships.filter(role__endswith="_peer"))
            for day in days:
                for hour, kind, title in (
                    (9, "leadership", "Leader and chief executive"),
                    (11, "staff", "Staff focus group"),
                    (14, "voluntary", "Voluntary and community sector"),
                ):
                    onsite_services.add_session(
                        case=case, day=day, kind=kind, title=title, starts_at=time(hour), ends_at=time(hour + 1), place="Town hall",
                        who_with="", political_group="", peers=peers[:2], by=coordinator,
                    )  # fmt: skip
        return case

    def _find(self, case: Case, on: date, *, confirmed: bool) -> None:
        peer = self.people["member.peer"]
        areas = list(case.focus_areas.all())
        with at(on, 16):
            for index, kind, headline in FINDINGS:
                onsite_services.log_finding(
                    case=case, focus_area=areas[index], kind=kind, headline=headline, client_key=uuid.uuid4(), by=peer
                )
            if confirmed:
                for finding in Finding.objects.filter(case=case).select_related("focus_area"):
                    onsite_services.change_finding(
                        finding=finding,
                        state="confirmed",
                        text="Seen in several meetings.",
                        raised_with_council=True,
                        version=finding.version,
                        by=peer,
                    )

    def _onsite(self, slug: str) -> Case:
        """The team is in the council this week."""
        case = self._onsite_case(slug, self.monday, manager="second.manager")
        self._find(case, self.today, confirmed=False)
        return case

    def _left_onsite(self, slug: str, weeks_ago: int, *, joint: str = "") -> Case:
        """Onsite over and signed off: the case stands at the report, or is closed where its kind has none."""
        onsite = self.monday - timedelta(weeks=weeks_ago)
        case = self._onsite_case(slug, onsite, joint=joint)
        by = self._manager(case)
        last = case.onsite_end_on
        assert last is not None  # noqa: S101
        self._find(case, last, confirmed=True)
        with at(last, 18):
            for talk in DailyTalk.objects.filter(day__case=case):
                onsite_services.record_talk(talk=talk, state="took_place", by=by)
            onsite_services.record_final_feedback(
                case=case, held_on=last, leader_heard_first=True, chief_executive_heard_first=True, version=0, by=by
            )
            return self._advance(case, by)

    def _report_case(self, slug: str, weeks_ago: int, *, joint: str = "") -> Case:
        case = self._left_onsite(slug, weeks_ago, joint=joint)
        by = self._manager(case)
        assert case.onsite_end_on is not None  # noqa: S101
        with at(case.onsite_end_on, 18):
            areas = list(case.focus_areas.all())
            themes = {theme.name: theme for theme in Theme.objects.all()}
            for level, index, text in RECOMMENDATIONS:
                report_services.add_recommendation(
                    case=case,
                    level=level,
                    text=text,
                    focus_area=areas[index] if index is not None else None,
                    themes=[themes["Governance"]] if index == 2 else [themes["Vision"]],
                    by=by,
                )
        return case

    def _report(self, slug: str, *, weeks_ago: int) -> Case:
        case = self._report_case(slug, weeks_ago)
        by = self._manager(case)
        onsite_end = case.onsite_end_on
        assert onsite_end is not None  # noqa: S101
        with at(onsite_end + timedelta(weeks=3)):
            report_services.add_draft(case=case, upload=word_file("Feedback report"), by=by)
            report_services.sign_quality_check(case=case, by=by)
            coordinator = User.objects.get(memberships__case=case, memberships__role=CaseRole.COORDINATOR)
            report_services.release_draft(
                case=case, recipients=[coordinator], until=self.today + timedelta(days=10), by=by
            )
            report_services.propose_correction(
                case=case, place="Page 3, second paragraph", kind="figure", says="a workforce of 2,100", should_say="a workforce of 1,900",
                evidence="Annual pay statement", by=coordinator,
            )  # fmt: skip
        return case

    def _published(self, slug: str, *, joint: str = "", weeks_ago: int) -> Case:
        """Report public: the case stands at the action plan."""
        case = self._report_case(slug, weeks_ago, joint=joint)
        by = self._manager(case)
        onsite_end = case.onsite_end_on
        assert onsite_end is not None  # noqa: S101
        public = onsite_end + timedelta(weeks=10)
        with at(public):
            report_services.change_headline(
                case=case,
                headline="A well-run council that should do fewer things",
                version=Report.objects.get(case=case).version,
                by=by,
            )
            report_services.add_draft(case=case, upload=word_file("Feedback report"), by=by)
            report_services.sign_quality_check(case=case, by=by)
            report_services.finalise_report(case=case, by=by)
            report_services.publish_report(
                case=case, published_on=public, published_address=f"https://www.example.org/{slug}/peer-challenge",
                pre_election_reason="Agreed with the monitoring officer.", version=Report.objects.get(case=case).version, by=by,
            )  # fmt: skip
            case = self._advance(case, by)
        return case

    def _plan(self, slug: str, *, joint: str, weeks_ago: int) -> Case:
        case = self._published(slug, joint=joint, weeks_ago=weeks_ago)
        coordinator = User.objects.get(memberships__case=case, memberships__role=CaseRole.COORDINATOR)
        for recommendation in Recommendation.objects.filter(report__case=case).select_related("report")[:2]:
            self._answer(recommendation, coordinator)
        return case

    def _answer(self, recommendation: Recommendation, by: User) -> Action:
        case = recommendation.report.case
        plan_services.answer_recommendation(
            recommendation=recommendation, answer="accepted", reason="", version=0, by=by
        )
        return plan_services.add_action(
            case=case,
            recommendation=recommendation,
            text=f"Bring a paper on recommendation {recommendation.number} to cabinet and follow it up each quarter",
            owner="Director of Resources",
            due_on=self.today + timedelta(weeks=12),
            measure="Cabinet minute, and the quarterly report",
            by=by,
        )

    def _review_case(self, slug: str, weeks_ago: int) -> Case:
        """Plan public: the case stands at the progress review."""
        case = self._published(slug, weeks_ago=weeks_ago)
        by = self._manager(case)
        coordinator = User.objects.get(memberships__case=case, memberships__role=CaseRole.COORDINATOR)
        onsite_end = case.onsite_end_on
        assert onsite_end is not None  # noqa: S101
        public = onsite_end + timedelta(weeks=18)
        with at(public):
            for recommendation in Recommendation.objects.filter(report__case=case).select_related("report"):
                action = self._answer(recommendation, coordinator)
                plan_services.update_progress(
                    action=action, status="on_track", rag="", progress="The first paper went to cabinet.", evidence="", version=action.version, by=coordinator
                )  # fmt: skip
            plan_services.publish_plan(
                case=case, published_on=public, published_address=f"https://www.example.org/{slug}/action-plan",
                pre_election_reason="Agreed with the monitoring officer.", version=case.action_plan.version, by=coordinator,
            )  # fmt: skip
            case = self._advance(case, by)
        return case

    def _review(self, slug: str, *, weeks_ago: int, publish: bool = False) -> Case:
        case = self._review_case(slug, weeks_ago)
        by = self._manager(case)
        coordinator = User.objects.get(memberships__case=case, memberships__role=CaseRole.COORDINATOR)
        onsite_end = case.onsite_end_on
        assert onsite_end is not None  # noqa: S101
        held = onsite_end + timedelta(weeks=43)
        with at(min(held + timedelta(days=7), self.today)):
            review_services.plan_review(
                case=case, starts_on=held, ends_on=held, team_scope="all", members=[], other_peers="",
                version=case.progress_review.version, by=by,
            )  # fmt: skip
            items = list(ReviewedRecommendation.objects.filter(review__case=case).select_related("review"))
            for index, item in enumerate(items):
                item = review_services.record_council_rating(
                    item=item,
                    rag="green",
                    update="Done as planned; the quarterly report shows it.",
                    version=item.version,
                    by=coordinator,
                )
                if publish or index < 2:
                    review_services.record_peers_view(
                        item=item, rag="amber" if index == 1 else "green", view="We saw the papers and heard from staff.",
                        version=item.peers_version, by=self.people["lead.member.peer"],
                    )  # fmt: skip
        return case

    def _closed(self, slug: str, *, weeks_ago: int) -> Case:
        case = self._review(slug, weeks_ago=weeks_ago, publish=True)
        by = self._manager(case)
        onsite_end = case.onsite_end_on
        assert onsite_end is not None  # noqa: S101
        public = onsite_end + timedelta(weeks=50)
        with at(public):
            case = Case.objects.get(pk=case.pk)
            review_services.publish_review(
                case=case, published_on=public, published_address=f"https://www.example.org/{slug}/progress-review",
                pre_election_reason="Agreed with the monitoring officer.", version=case.progress_review.version, by=by,
            )  # fmt: skip
            return self._advance(case, by)
