"""A case at any stage, with its people, made quickly: rows where life would need months, services where they are cheap."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import docx
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assessments.report import services as report_services
from assessments.report.models import Recommendation, Report, ReportState
from cpc.accounts.models import User
from cpc.audit.services import record_each
from cpc.cases import access
from cpc.cases.models import Case, CaseMembership, CaseRole, StageEntry
from cpc.cases.stages import PLUGINS, POSITION, STAGES, Stage
from cpc.casework.reference_data import ensure_theme_sets
from cpc.casework.services import start_case
from tests.factories.accounts import make_user, make_users
from tests.factories.councils import make_council
from tests.factories.rules import ensure_default_rules


@dataclass
class Staged:
    """A case and the people on it, by their case role."""

    case: Case
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None


ON_CASE = {
    "manager": ("peer_challenge_manager", CaseRole.PEER_CHALLENGE_MANAGER),
    "support": ("support_officer", CaseRole.SUPPORT_OFFICER),
    "coordinator": ("coordinator", CaseRole.COORDINATOR),
    "leader": ("leader", CaseRole.LEADER),
    "chief_executive": ("chief_executive", CaseRole.CHIEF_EXECUTIVE),
    "lead_member": ("peer", CaseRole.LEAD_MEMBER_PEER),
    "lead_officer": ("peer", CaseRole.LEAD_OFFICER_PEER),
    "peer": ("peer", CaseRole.MEMBER_PEER),
}


def put_on_case(case: Case, roles: dict[User, CaseRole], *, by: User) -> None:
    """The rows that `add_member` writes for people who may be on the case, which is not asked."""
    today = timezone.localdate()
    CaseMembership.objects.bulk_create(
        CaseMembership(case=case, user=user, role=role, starts_on=today, added_by=by) for user, role in roles.items()
    )
    record_each(
        verb="member_added",
        by=by,
        cases=[case] * len(roles),
        data=[{"name": user.full_name, "role": role.label} for user, role in roles.items()],
    )
    for user in roles:
        access.forget_roles(user)


def make_staged(stage: str = Stage.SELF_ASSESSMENT, *, onsite_days_ago: int | None = None) -> Staged:
    """A case that stands at `stage`. The team has been onsite when the stage comes after it."""
    ensure_theme_sets()
    ensure_default_rules()
    council = make_council()
    programme_manager = make_user("programme_manager")
    case = start_case(council=council, by=programme_manager)
    staged = Staged(case, {"programme_manager": programme_manager, "administrator": make_user("administrator")})
    of_council = {"coordinator", "leader", "chief_executive"}
    users = make_users(
        {"role": role} | ({"council": council} if role in of_council else {}) for role, _ in ON_CASE.values()
    )
    staged.people |= dict(zip(ON_CASE, users, strict=True))
    roles = [case_role for _, case_role in ON_CASE.values()]
    put_on_case(case, dict(zip(users, roles, strict=True)), by=programme_manager)
    past = POSITION[stage] >= POSITION[Stage.REPORT]
    ago = onsite_days_ago if onsite_days_ago is not None else (40 if past else -60)
    last = timezone.localdate() - timedelta(days=ago)
    case.onsite_start_on, case.onsite_end_on = last - timedelta(days=2), last
    case.stage = stage
    case.save()
    StageEntry.objects.filter(case=case, left_at__isnull=True).update(stage=stage)
    for row in STAGES:
        if POSITION[row.stage] <= POSITION[stage] or row.stage == Stage.ONSITE:
            PLUGINS[row.stage].on_enter(case, programme_manager)
    staged.case = Case.objects.get(pk=case.pk)
    return staged


def word_upload(name: str = "report.docx", text: str = "Invented words") -> SimpleUploadedFile:
    document = docx.Document()
    document.add_paragraph(f"{text} {uuid.uuid4()}")
    out = io.BytesIO()
    document.save(out)
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return SimpleUploadedFile(name, out.getvalue(), kind)


def recommend(staged: Staged, text: str = "Agree fewer priorities.") -> Recommendation:
    return report_services.add_recommendation(case=staged.case, level="high", text=text, by=staged.manager)


def make_reported(stage: str = Stage.ACTION_PLAN, *, recommendations: int = 2) -> Staged:
    """A case whose report is published, standing at `stage`."""
    staged = make_staged(Stage.REPORT)
    for number in range(recommendations):
        recommend(staged, f"Recommendation text {number + 1}")
    Report.objects.filter(case=staged.case).update(
        state=ReportState.PUBLISHED,
        published_on=timezone.localdate() - timedelta(days=5),
        published_address="https://www.example.org/report",
    )
    for row in STAGES:
        if POSITION[Stage.REPORT] < POSITION[row.stage] <= POSITION[stage]:
            staged.case.stage = row.stage
            staged.case.save()
            PLUGINS[row.stage].on_enter(staged.case, staged.programme_manager)
    StageEntry.objects.filter(case=staged.case, left_at__isnull=True).update(stage=stage)
    staged.case = Case.objects.get(pk=staged.case.pk)
    return staged
