"""Fills an empty database with a programme of `councils` councils, and says which pages to ask for.

`python -m tests.benchmarks.data 400` prints JSON: the pages, the cookie of each, their statements.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import date, timedelta
from typing import Any

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from allauth.mfa.models import Authenticator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from assessments.action_plan.models import Action, ActionPlan  # noqa: E402
from assessments.progress_review.models import ProgressReview  # noqa: E402
from assessments.report.models import Recommendation, Report  # noqa: E402
from councils.models import Council, CouncilType, PoliticalControl, Succession, SuccessionKind  # noqa: E402
from cpc.accounts.models import User  # noqa: E402
from cpc.accounts.roles import Role  # noqa: E402
from cpc.audit.models import Event  # noqa: E402
from cpc.cases.models import Case, CaseMembership, FocusArea, StageEntry, ThemeSet  # noqa: E402
from cpc.cases.stages import POSITION, STAGES, Stage  # noqa: E402
from cpc.cycle.models import Conversation, Prompt, Trigger  # noqa: E402
from cpc.deadlines.kinds import KINDS  # noqa: E402
from cpc.deadlines.models import Deadline  # noqa: E402
from cpc.scheduling.models import Scope  # noqa: E402
from teams.composition.models import Team  # noqa: E402
from tests.counting import captured_queries  # noqa: E402

MANAGERS = 22
BATCH = 5000
REGIONS = ["East of England", "London", "North East", "North West", "South East", "South West", "West Midlands"]
# Last onsite day of a case at each stage: so many days from today.
ONSITE_ENDS = {
    Stage.SCHEDULING: (150, 300),
    Stage.TEAM_COMPOSITION: (80, 180),
    Stage.SELF_ASSESSMENT: (30, 100),
    Stage.ONSITE: (-5, 30),
    Stage.REPORT: (-100, -5),
    Stage.ACTION_PLAN: (-170, -70),
    Stage.PROGRESS_REVIEW: (-370, -140),
}
RECOMMENDATIONS = """
INSERT INTO assessments_recommendation (report_id, level, number, text, intended_outcome, added_at, version)
SELECT report.id, 'high', number, 'Set out how the council will put recommendation ' || number || ' into practice.',
       'People see it.', now(), 0
FROM assessments_report report, generate_series(1, {each}) number"""
ACTIONS = """
INSERT INTO assessments_action
       (plan_id, recommendation_id, text, owner, due_on, measure, status, rag, rag_is_set, progress, evidence, added_at, version)
SELECT plan.id, recommendation.id, 'Agree step ' || step || ' with the cabinet.', 'Director of strategy',
       current_date + step * 30, 'Reported every quarter', 'on_track', 'green', false, 'Begun.', '', now(), 0
FROM assessments_recommendation recommendation
JOIN assessments_report report ON report.id = recommendation.report_id
JOIN assessments_actionplan plan ON plan.case_id = report.case_id, generate_series(1, {each}) step"""


class Programme:
    """Everything by rows at once: services would take an hour. The constraints of the database are kept."""

    def __init__(self, councils: int) -> None:
        self.number = councils
        self.random = random.Random(councils)
        self.today = timezone.localdate()

    @transaction.atomic
    def make(self) -> None:
        self.councils = self._councils()
        self._people()
        self.cases = self._cases()
        self._cycle()
        Event.objects.bulk_create(
            (Event(verb="case_started", case=case, by=self.boss) for case in self.cases for _ in range(5)),
            batch_size=BATCH,
        )
        with connection.cursor() as cursor:
            # At commit every entry and membership looks for its event: by case, not by this one transaction.
            cursor.execute("ANALYZE cpc_event")
        StageEntry.objects.bulk_create(self._entries(), batch_size=BATCH)
        CaseMembership.objects.bulk_create(self._memberships(), batch_size=BATCH)
        Deadline.objects.bulk_create(self._deadlines(), batch_size=BATCH)
        FocusArea.objects.bulk_create(
            (
                FocusArea(case=case, order=order, name=f"Core area {order}", is_core=True)
                for case in self.cases
                for order in range(1, 6)
            ),
            batch_size=BATCH,
        )
        for model in (Scope, Team, Report, ActionPlan, ProgressReview):
            model.objects.bulk_create((model(case=case) for case in self.cases), batch_size=BATCH)
        with connection.cursor() as cursor:
            cursor.execute(RECOMMENDATIONS.format(each=10))
            cursor.execute(ACTIONS.format(each=3))

    def _councils(self) -> list[Council]:
        types = [value for value in CouncilType.values if not value.startswith(("welsh", "scottish", "ni_"))]
        made = Council.objects.bulk_create(
            (
                Council(
                    gss_code=f"E{number:08}",
                    slug=f"exampleshire-{number}",
                    name=f"{self.random.choice('ABCDEFGHKLMNPRSTW')}xampleshire {number}",
                    official_name=f"Exampleshire {number} Council",
                    council_type=types[number % len(types)],
                    nation="England",
                    region=REGIONS[number % len(REGIONS)],
                    population=100000 + number,
                    population_year=2024,
                    in_programme=True,
                )
                for number in range(self.number)
            ),
            batch_size=BATCH,
        )
        PoliticalControl.objects.bulk_create(
            (PoliticalControl(council=council, year=2025, control="No overall control") for council in made),
            batch_size=BATCH,
        )
        return made

    def _user(self, role: Role, number: int, council: Council | None = None) -> User:
        return User(
            email=f"{role}.{number}@example.org",
            full_name=f"{role.label} {number}",
            role=role,
            council=council,
            password="!",
        )

    def _people(self) -> None:
        council_roles = [Role.COORDINATOR, Role.LEADER, Role.CHIEF_EXECUTIVE]
        people = [
            *(self._user(Role.PROGRAMME_MANAGER, number) for number in range(3)),
            *(self._user(Role.PEER_CHALLENGE_MANAGER, number) for number in range(MANAGERS)),
            *(self._user(Role.SUPPORT_OFFICER, number) for number in range(10)),
            *(self._user(Role.PRINCIPAL_ADVISER, number) for number in range(10)),
            *(self._user(Role.PEER, number) for number in range(self.number)),
            *(
                self._user(role, number, self.councils[number])
                for number in range(self.number)
                for role in council_roles
            ),
        ]
        User.objects.bulk_create(people, batch_size=BATCH)
        EmailAddress.objects.bulk_create(
            (EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people),
            batch_size=BATCH,
        )
        # Programme managers sign in with a second step, and every page asks whether they have it.
        Authenticator.objects.bulk_create(
            Authenticator(user=user, type=Authenticator.Type.TOTP, data={"secret": ""}) for user in people[:25]
        )
        self.by_role: dict[str, list[User]] = {}
        for user in people:
            self.by_role.setdefault(user.role, []).append(user)
        self.boss = self.by_role[Role.PROGRAMME_MANAGER][0]

    def _cases(self) -> list[Case]:
        """Of each council one that is under way, and those before it: two and a half in all."""
        theme_set = ThemeSet.objects.create(name="Core areas", starts_on=date(2021, 9, 1))
        cases = []
        for index, council in enumerate(self.councils):
            row = STAGES[index % len(STAGES)]
            ends_on = self.today + timedelta(days=self.random.randint(*ONSITE_ENDS[row.stage]))
            state = {11: "postponed", 17: "paused", 19: "cancelled"}.get(index % 20, "active")
            cases.append(self._case(council, theme_set, row.stage, state, ends_on))
            for years in range(5, 15 if index % 2 else 10, 5):
                before = ends_on - timedelta(days=365 * years)
                cases.append(self._case(council, theme_set, Stage.PROGRESS_REVIEW, "closed", before))
        return Case.objects.bulk_create(cases, batch_size=BATCH)

    def _case(self, council: Council, theme_set: ThemeSet, stage: str, state: str, ends_on: date) -> Case:
        dates_agreed = stage != Stage.SCHEDULING
        return Case(
            reference=f"{council.slug}-{ends_on.year}",
            council=council,
            theme_set=theme_set,
            stage=stage,
            state=state,
            state_reason="" if state in {"active", "closed"} else "A by-election",
            onsite_start_on=ends_on - timedelta(days=3) if dates_agreed else None,
            onsite_end_on=ends_on if dates_agreed else None,
            cycle_start_on=ends_on if dates_agreed else None,
            created_by=self.boss,
            created_at=timezone.now() - timedelta(days=max(0, 250 - (ends_on - self.today).days)),
            closed_on=ends_on + timedelta(days=365) if state == "closed" else None,
        )

    def _cycle(self) -> None:
        """What is going on before a peer challenge: of every fourth council talks, of every fifth a prompt, and a few
        that carry on from another under a new name."""
        Conversation.objects.bulk_create(
            (
                Conversation(
                    council=council,
                    state=self.random.choice(["in_conversation", "no_date_agreed", "declined"]),
                    reason="Not before the elections",
                    started_on=self.today - timedelta(days=60),
                    recorded_by=self.boss,
                )
                for council in self.councils[::4]
            ),
            batch_size=BATCH,
        )
        prompted = self.councils[::5]
        prompts = Prompt.objects.bulk_create(
            (Prompt(council=council, made_on=self.today - timedelta(days=30)) for council in prompted),
            batch_size=BATCH,
        )
        Trigger.objects.bulk_create(
            (
                Trigger(
                    council=prompt.council,
                    kind="new_leader",
                    happened_on=self.today - timedelta(days=40),
                    detail="Lesley Example",
                    source=f"tenure:{number}",
                    prompt=prompt,
                )
                for number, prompt in enumerate(prompts)
            ),
            batch_size=BATCH,
        )
        changed = self.today - timedelta(days=900)
        for before, after in zip(self.councils[7::80], self.councils[8::80], strict=False):
            Council.objects.filter(pk=before.pk).update(end_on=changed - timedelta(days=1))
            Council.objects.filter(pk=after.pk).update(start_on=changed)
            Succession.objects.create(predecessor=before, successor=after, on=changed, kind=SuccessionKind.CONTINUES)

    def _entries(self) -> Any:
        now = timezone.now()
        for case in self.cases:
            for row in STAGES[: POSITION[case.stage] + 1]:
                left = row.stage != case.stage or case.state == "closed"
                yield StageEntry(
                    case=case,
                    stage=row.stage,
                    entered_by=self.boss,
                    entered_at=case.created_at,
                    left_at=now if left else None,
                    left_by=self.boss if left else None,
                )

    def _memberships(self) -> Any:
        peer_roles = ["lead_member_peer", "lead_officer_peer", "member_peer", "senior_officer_peer", "associate_peer"]
        peers = self.by_role[Role.PEER]
        for index, case in enumerate(self.cases):
            ended = case.state in {"closed", "cancelled"}
            starts_on = timezone.localdate(case.created_at)
            held = [
                (self.by_role[Role.PEER_CHALLENGE_MANAGER][index % MANAGERS], "peer_challenge_manager"),
                (self.by_role[Role.SUPPORT_OFFICER][index % 10], "support_officer"),
                (self.by_role[Role.PRINCIPAL_ADVISER][index % 10], "principal_adviser"),
            ]
            held += [
                (self.by_role[role][int(case.council.slug.rsplit("-")[-1])], role)
                for role in (Role.COORDINATOR, Role.LEADER, Role.CHIEF_EXECUTIVE)
            ]
            held += [(peers[(index * 5 + place) % len(peers)], role) for place, role in enumerate(peer_roles)]
            for user, role in held:
                ends_on = max(starts_on, self.today - timedelta(days=30)) if ended and role.endswith("_peer") else None
                yield CaseMembership(
                    case=case, user=user, role=role, starts_on=starts_on, ends_on=ends_on, added_by=self.boss
                )

    def _deadlines(self) -> Any:
        """One of each rule. Those of stages that the case has left are met."""
        for case in self.cases:
            ends_on = case.onsite_end_on or timezone.localdate(case.created_at) + timedelta(days=200)
            position = POSITION[case.stage] + (case.state == "closed")
            for index, rule in enumerate(KINDS.values()):
                due_on = ends_on + timedelta(days=30 * rule.months + rule.days)
                met = index * len(STAGES) < position * len(KINDS)
                state = "met" if met else "cancelled" if case.state == "cancelled" else "open"
                yield Deadline(
                    case=case,
                    kind=rule.kind,
                    label=rule.to_do,
                    due_on=due_on,
                    first_due_on=due_on,
                    state=state,
                    met_on=due_on if met else None,
                    owner_role=rule.owner_role,
                )


def signed_in(user: User) -> Client:
    client = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0], HTTP_X_FORWARDED_PROTO="https")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def pages() -> list[dict[str, Any]]:
    """What is measured: name, address, cookie of who asks, statements of one request."""
    manager = User.objects.filter(role=Role.PEER_CHALLENGE_MANAGER).order_by("pk")[3]
    running = Case.objects.filter(state="active").order_by("pk")
    case = running.filter(stage=Stage.ACTION_PLAN)[0]
    own = running.filter(stage=Stage.TEAM_COMPOSITION, memberships__user=manager)[0]
    boss_asks = signed_in(User.objects.filter(role=Role.PROGRAMME_MANAGER).order_by("pk")[0])
    manager_asks = signed_in(manager)
    found = []
    for name, address, client in [
        ("pipeline", "/pipeline/", boss_asks),
        ("pipeline, 50 rows", "/pipeline-of-fifty/", boss_asks),
        ("pipeline by deadline", "/pipeline/?order=deadline", boss_asks),
        ("pipeline, late, searched", "/pipeline/?late=yes&q=exampleshire+1", boss_asks),
        ("pipeline of a manager", "/pipeline/", manager_asks),
        ("case", f"/cases/{case.reference}/", boss_asks),
        ("case of a manager", f"/cases/{own.reference}/", manager_asks),
        ("my work", "/my-work/", manager_asks),
        ("councils", "/councils/", boss_asks),
        ("due list", "/due/", boss_asks),
        ("due list, filtered", "/due/?standing=all&state=in_conversation&order=state", boss_asks),
        ("due list, years ahead", "/due/?on-day=1&on-month=4&on-year=2030", boss_asks),
        ("admin", "/admin/cpc/case/", boss_asks),
        ("admin, 50 rows", "/admin-of-fifty/cpc/case/", boss_asks),
    ]:
        client.get(address)
        statements = captured_queries(lambda client=client, address=address: client.get(address))
        found.append(
            {
                "name": name,
                "address": address,
                "cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}",
                "statements": len(statements),
                "sql": statements,
            }
        )
    return found


def rows() -> dict[str, int]:
    return {
        "councils": Council.objects.count(),
        "cases": Case.objects.count(),
        "under way": Case.objects.exclude(state__in=["closed", "cancelled"]).count(),
        "recommendations": Recommendation.objects.count(),
        "actions": Action.objects.count(),
        "deadlines": Deadline.objects.count(),
        "memberships": CaseMembership.objects.count(),
        "stage entries": StageEntry.objects.count(),
    }


def main(councils: int) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    if not User.objects.exists():
        Programme(councils).make()
        with connection.cursor() as cursor:
            # As autovacuum does within a minute where it runs.
            cursor.execute("VACUUM ANALYZE")
    print(json.dumps({"rows": rows(), "pages": pages()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
