"""Nothing that a person may not read reaches them: by a page, a file, a list, a title, a count or a mail.

Every text that people type gets words of its own, found nowhere else. Then everybody opens everything, and what they were
shown is searched for those words: each is found by those who may read it and by nobody else. A new text field must be
placed in one of the tables below before the tests pass.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan.models import PlanComment
from assessments.onsite.models import Finding, Session
from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from assessments.report.models import Report
from cpc.casework.services import pause_case
from cpc.documents.models import Document, DocumentVersion
from cpc.documents.services import add_version
from cpc.notifications.models import Message
from cpc.notifications.rendering import mail_of
from cpc.reminders import sweep as reminders
from teams.composition import services as team_services
from teams.composition.models import GroupConsultation, TeamMember
from tests.addresses import addresses
from tests.factories.assessments import word_upload
from tests.factories.world import World, make_world

APPS = ("councils", "cpc", "teams", "assessments")
WORD = re.compile(r"kanarie[0-9]+q")
MATRIX = Path(__file__).parent.parent / "architecture" / "permission_matrix.txt"

# Who they are in the world of tests/factories/world.py.
LGA = {"programme.manager", "peer.challenge.manager", "support.officer"}
HOST = {"leader", "chief.executive", "coordinator"}
TEAM = {"lead.member.peer", "member.peer"}
CASE = LGA | HOST | TEAM
OVERVIEW = CASE | {"administrator"}
FINDERS = {"programme.manager", "peer.challenge.manager"} | TEAM
LEADERS = {"peer.challenge.manager", "lead.member.peer"}
STAFF = LGA | {"administrator", "principal.adviser", "second.manager"}
NATIONAL = {"programme.manager", "administrator"}
# Whom the tests ask; the others of the world are like one of these.
ASKED = [
    "programme.manager", "peer.challenge.manager", "support.officer", "coordinator", "leader", "contributor",
    "lead.member.peer", "member.peer", "administrator", "principal.adviser", "coordinator.elsewhere", "governance.peer",
]  # fmt: skip

# Text that people type about a case or a person -> who may come upon it, wherever.
PRIVATE: dict[str, set[str]] = {
    "Finding.headline": FINDERS,
    "Finding.text": FINDERS,
    "Finding.headline restricted": LEADERS,
    "Finding.text restricted": LEADERS,
    "Session.title": CASE,
    "Session.place": CASE,
    "Session.who_with": CASE,
    "Session.political_group": CASE,
    "Session.title off the record": LGA | TEAM,
    "Session.place off the record": LGA | TEAM,
    "Session.who_with off the record": LGA | TEAM,
    "Session.political_group off the record": LGA | TEAM,
    "Team.waiver_reason": LGA,
    "TeamMember.fit_note": LGA,
    "TeamMember.challenge_note": LGA,
    "TeamMember.decline_reason": LGA,
    "TeamMember.withdrawn_reason": LGA,
    "TeamMember.post_printed": CASE | {"governance.peer"},
    "ConflictDeclaration.text": LGA | {"lead.member.peer"},
    "ConflictDeclaration.decision_reason": LGA,
    "CaseMembership.double_booking_reason": LGA,
    "CouncilComment.reason": LGA | HOST,
    "CouncilComment.decision_reason": LGA | HOST,
    "GroupConsultation.group": LGA,
    "GroupConsultation.leader_name": LGA,
    "GroupConsultation.view": LGA,
    "PositionStatement.return_reason": LGA | HOST,
    "PositionStatement.pack_override_reason": LGA | HOST,
    "StatementSection.context": LGA | HOST | {"contributor"},
    "StatementSection.successes": LGA | HOST | {"contributor"},
    "StatementSection.challenges": LGA | HOST | {"contributor"},
    "StatementSection.help_wanted": LGA | HOST | {"contributor"},
    "SectionComment.text": HOST | {"contributor"},
    "Snapshot.sections": CASE,
    "Report.pre_election_reason": OVERVIEW,
    "ActionPlan.pre_election_reason": OVERVIEW,
    "ProgressReview.pre_election_reason": OVERVIEW,
    "FactualCorrection.place": LGA | HOST,
    "FactualCorrection.says": LGA | HOST,
    "FactualCorrection.should_say": LGA | HOST,
    "FactualCorrection.evidence": LGA | HOST,
    "FactualCorrection.answer": LGA | HOST,
    "PlanComment.text": LGA | HOST,
    "ProgressReview.summary": LGA | TEAM,
    "ProgressReview.other_peers": CASE,
    "ReviewedRecommendation.council_update": CASE,
    "ReviewedRecommendation.peers_view": LGA | TEAM,
    "RecommendationOutcome.note": OVERVIEW | {"principal.adviser"},
    "Document.title case_file": LGA,
    "Document.title pack": CASE,
    "Document.title report_draft": OVERVIEW,
    "Document.removed_reason": set(),
    "DocumentVersion.original_name case_file": LGA,
    "DocumentVersion.original_name pack": CASE,
    "DocumentVersion.original_name report_draft": OVERVIEW,
    "DocumentVersion.original_name report_draft, not checked": LGA | TEAM,
    "DocumentVersion.scan_note": LGA,
    "Scope.purpose_detail": OVERVIEW,
    "Scope.off_cycle_reason": OVERVIEW,
    "Scope.absence_reason": OVERVIEW,
    "DateChange.reason": OVERVIEW,
    "DateChange.length_reason": OVERVIEW,
    "DateChange.warnings": LGA,
    "Case.state_reason": OVERVIEW,
    "Case.state_agreed_with": OVERVIEW,
    "Case.off_cycle_reason": OVERVIEW,
    "CaseMembership.ended_because": OVERVIEW,
    "StageEntry.note": OVERVIEW,
    "GateOverride.outstanding": OVERVIEW,
    "GateOverride.reason": OVERVIEW,
    "FocusArea.description": CASE | {"administrator", "contributor"},
    "Deadline.late_reason": OVERVIEW,
    "Deadline.agreed_with": OVERVIEW,
    "Deadline.explanation": OVERVIEW,
    "Deadline.order_reason": OVERVIEW,
    "ReminderPause.reason": STAFF,
    "ReminderPause.email": STAFF,
    "Conversation.reason": STAFF,
    "Prompt.closed_reason": STAFF,
    "Trigger.detail": STAFF,
    "ContactLogEntry.with_whom": STAFF,
    "ContactLogEntry.text": STAFF,
    "SupportLogEntry.text": STAFF,
    "AdviserPost.handover_note": STAFF,
    "AdviserPost.opening_note": STAFF,
    "Contact.name": STAFF | HOST,
    "Contact.email": STAFF | HOST,
    "Contact.phone": STAFF | HOST,
    "PeerProfile.current_post": STAFF | CASE | {"governance.peer"},
    "PeerProfile.other_skills": STAFF | TEAM,
    "PeerProfile.training": STAFF | TEAM,
    "Invitation.email": NATIONAL | HOST,
    "Invitation.full_name": NATIONAL | HOST,
    "Invitation.job_title": NATIONAL | HOST,
    "Message.context": LGA | NATIONAL,
    "Message.failure": NATIONAL,
    "Message.repeat_reason": NATIONAL,
    "Reminder.email": NATIONAL,
    "Reminder.instead": NATIONAL,
    "Reorganisation.notes": STAFF,
    "Reorganisation.effects": STAFF,
    "Reorganisation.source": STAFF,
    # Only who typed it, on the page where it was typed (tests/cpc/drafts).
    "Draft.words": set(),
    # Whoever may write the text: of a section the council and the contributor.
    "TextVersion.words": HOST | {"contributor"},
}
# Published, the register's or the case's name for itself, written by the service, or typed by nobody; and names and addresses of
# people, which tests of their own follow (a team that is not shown: tests/cpc/cases/test_outstanding_readers.py).
OPEN_MODELS = {
    "Council", "CouncilCode", "FormerFact", "Tenure", "PoliticalControl", "Seats", "Poll", "PlannedSuccessor", "ImportRun",
    "ImportLine", "ThemeSet", "ThemeArea", "Theme", "PastChallenge", "PastEvent", "DeadlineRule", "BankHolidayChange",
    "CalendarEntry", "CycleDate", "Event", "ReminderRule", "ReminderRuleVersion", "StatementPrompt", "Recommendation",
    "RecommendationAnswer", "Action", "User", "AddressChange",
    "JourneyEntry",
}  # fmt: skip
OPEN_FIELDS = {
    "Case.reference", "FocusArea.name", "Invitation.token_hash", "Invitation.case_role", "Deadline.kind", "Deadline.label",
    "Reminder.source", "Reminder.kind", "Reminder.side", "Document.kind", "DocumentVersion.file", "DocumentVersion.sha256",
    "DocumentVersion.content_type", "Message.kind", "Message.subject_key", "Message.email", "Report.headline",
    "Report.published_address", "ProgressReview.published_address", "ActionPlan.published_address", "Team.waived_needs",
    "RecommendationOutcome.decided_text", "Trigger.source", "Reorganisation.name", "PeerProfile.skills",
    "DocumentVersion.original_name", "Document.title", "Draft.address", "OpenPage.address", "TextVersion.kind",
}  # fmt: skip


def text_fields() -> dict[str, models.Field]:
    """What people type: "Finding.text" -> its field. Choices and keys are not among it."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label not in APPS or model.__name__ in OPEN_MODELS:
            continue
        for field in model._meta.concrete_fields:
            typed = isinstance(field, models.CharField | models.TextField | models.JSONField)
            if typed and not isinstance(field, models.SlugField) and not field.choices:
                found[f"{model.__name__}.{field.name}"] = field
    return found


def test_every_text_field_has_its_readers():
    fields = set(text_fields())
    placed = {key.split(" ")[0] for key in PRIVATE} | OPEN_FIELDS
    assert fields - placed == set(), "say who may read these"
    assert placed - fields - OPEN_FIELDS == set(), "these are no more"


def key_of(name: str, row: Any) -> str:
    """Rows of one field that different people may read have words of their own."""
    if isinstance(row, Finding) and row.is_restricted:
        return f"{name} restricted"
    if isinstance(row, Session) and row.is_off_record:
        return f"{name} off the record"
    if isinstance(row, Document) and name == "Document.title":
        return f"{name} {row.kind}"
    if isinstance(row, DocumentVersion) and name == "DocumentVersion.original_name":
        checked = row.document.kind != "report_draft" or Report.objects.filter(checked_version=row).exists()
        return f"{name} {row.document.kind}" + ("" if checked else ", not checked")
    return name


class Canaries:
    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def put(self, name: str, field: models.Field) -> None:
        """Words of its own in every row that has any."""
        rows = field.model._base_manager
        for row in rows.all():
            value = getattr(row, field.name)
            key = key_of(name, row)
            if not value or key not in PRIVATE:
                continue
            word = self.words.setdefault(key, f"kanarie{len(self.words) + 100}q")
            with transaction.atomic():
                rows.filter(pk=row.pk).update(**{field.name: _filled(value, f"{word}n{row.pk}", field)})

    def found_in(self, text: str) -> set[str]:
        keys = {word: key for key, word in self.words.items()}
        return {keys[word] for word in set(WORD.findall(text))}


def _filled(value: Any, word: str, field: models.Field) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, word, field) if key not in {"code", "read"} else each for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, word, field) for each in value]
    if not isinstance(value, str):
        return value
    if isinstance(field, models.EmailField):
        return f"{word}@example.org"
    return f"https://www.example.org/{word}" if isinstance(field, models.URLField) else word


def words_of(response: Any) -> str:
    """All that a response shows: the page, the file's parts, its name, where it leads."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    texts = [str(response.headers), content.decode("utf-8", "ignore")]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            texts += [parts.read(name).decode("utf-8", "ignore") for name in parts.namelist()]
    return " ".join(texts)


def opened_by(who: str) -> set[str]:
    """Addresses that open for this person, by the permission matrix; the others show nothing but a refusal."""
    lines = MATRIX.read_text().splitlines()
    columns = [line.replace("|", "").strip() for line in lines[1:] if not line.lstrip().startswith("s ")]
    column = columns.index(who)
    rows = [line.split() for line in lines[1:] if line.lstrip().startswith("s ")]
    return {row[-1] for row in rows if row[column] == "y"}


def make_private_world() -> World:
    """The world of every page, and in it a restricted finding, a session off the record and a draft nobody checked."""
    world = make_world()
    case, manager = world.case, world.people["peer.challenge.manager"]
    lead = world.people["lead.member.peer"]
    finding = Finding.objects.filter(case=case).last()
    assert finding is not None
    Finding.objects.filter(pk=finding.pk).update(is_restricted=True, logged_by=lead)
    session = Session.objects.filter(day__case=case).last()
    assert session is not None
    Session.objects.filter(pk=session.pk).update(kind="off_record")
    report = Report.objects.get(case=case)
    assert report.draft is not None
    add_version(document=report.draft, upload=word_upload("later.docx"), by=manager)
    for member in TeamMember.objects.filter(team__case=case):
        TeamMember.objects.filter(pk=member.pk).update(fit_note="Fits", challenge_note="Presses")
    GroupConsultation.objects.filter(team__case=case).update(view="Content")
    ProgressReview.objects.filter(case=case).update(summary="So far")
    PlanComment.objects.get_or_create(plan=case.action_plan, defaults={"text": "Clear", "written_by": manager})
    item = ReviewedRecommendation.objects.filter(review__case=case).first()
    assert item is not None
    ReviewedRecommendation.objects.filter(pk=item.pk).update(
        peers_rag="amber", peers_view="Slower than hoped", peers_at=timezone.now(), peers_by=lead
    )
    return world


def mails_of(world: World) -> list[tuple[str, str]]:
    """(who, everything in the mail) of what the service would send about this case now."""
    case, boss = world.case, world.people["programme.manager"]
    Message.objects.all().delete()
    reminders.sweep(timezone.localdate())
    reminders.sweep(timezone.localdate() + timedelta(days=21))
    team_services.withdraw_member(
        member=TeamMember.objects.get(team__case=case, user=world.people["governance.peer"]), reason="Late", by=boss
    )
    pause_case(case=case, reason="A by-election", by=boss)
    people = {user.email: who for who, user in world.people.items()}
    found = []
    for message in Message.objects.select_related("to", "case"):
        mail = mail_of(message)
        texts = [
            mail.subject,
            mail.body,
            *(str(each) for each in mail.alternatives),
            *(str(each) for each in mail.attachments),
        ]
        found.append((people.get(message.email, message.email), " ".join(map(str, texts))))
    assert len(found) > 5
    return found


@pytest.mark.long
def test_nobody_comes_upon_what_is_not_theirs(db):
    world = make_private_world()
    urls, canaries = addresses(world), Canaries()
    for name, field in text_fields().items():
        canaries.put(name, field)
    versions = {
        f"version {pk}": reverse("documents:download", kwargs={"pk": pk})
        for pk in DocumentVersion.objects.values_list("pk", flat=True)
    }
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for who in ASKED:
        client = Client()
        client.force_login(world.fresh(who), backend="allauth.account.auth_backends.AuthenticationBackend")
        opened = opened_by(who)
        for name, url in ({name: url for name, url in urls.items() if name in opened} | versions).items():
            savepoint = transaction.savepoint()
            for key in canaries.found_in(words_of(client.get(url))):
                found[key][who].add(name)
            transaction.savepoint_rollback(savepoint)
    for address, text in mails_of(world):
        for key in canaries.found_in(text):
            found[key][address].add("a mail")
    wrong = {
        key: {who: sorted(names)[:4] for who, names in by.items() if who not in PRIVATE[key]}
        for key, by in found.items()
    }
    assert {key: by for key, by in wrong.items() if by} == {}
    # Words that nobody found would have proved nothing.
    assert len(found) > 40
    for key in (
        "Finding.text restricted",
        "Session.title off the record",
        "DocumentVersion.original_name report_draft, not checked",
    ):
        assert found[key], key
