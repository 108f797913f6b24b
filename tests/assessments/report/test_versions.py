"""A reader gets the version that was checked and released, and no other."""

import io
from datetime import timedelta
from importlib import import_module

import docx
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.progress_review import services as review_services
from assessments.progress_review.models import ProgressReview
from assessments.report import services
from assessments.report.models import DraftRelease, Report
from assessments.self_assessment import services as statement_services
from assessments.self_assessment.models import PositionStatement
from cpc.cases.models import Case
from cpc.components.errors import Refused
from cpc.documents.models import Document, DocumentVersion, DocumentView
from cpc.documents.services import add_version
from tests.factories.assessments import Staged, make_reported, make_staged, recommend, word_upload

pytestmark = pytest.mark.django_db

INSIDE = {"programme_manager", "manager", "support", "lead_member", "lead_officer", "peer"}
HOST = {"coordinator", "leader", "chief_executive"}
EVERYBODY = INSIDE | HOST | {"administrator"}


def client_of(staged: Staged, who: str) -> Client:
    client = Client()
    client.force_login(type(staged.people[who]).objects.get(pk=staged.people[who].pk))
    return client


def until() -> object:
    return timezone.localdate() + timedelta(days=14)


def release(staged: Staged, *who: str) -> None:
    people = [staged.people[each] for each in who]
    services.release_draft(case=staged.case, recipients=people, until=until(), by=staged.manager)


def readers(staged: Staged, document: Document) -> dict[int, set[str]]:
    """Number of the version -> who gets it; whoever does not is told that there is none. The page of the report offers a
    link to just these."""
    found: dict[int, set[str]] = {}
    for who in EVERYBODY:
        client = client_of(staged, who)
        page = client.get(reverse("report:detail", kwargs={"reference": staged.case.reference}))
        shown = page.content.decode() if page.status_code == 200 else ""
        for version in DocumentVersion.objects.filter(document=document):
            url = reverse("documents:download", kwargs={"pk": version.pk})
            response = client.get(url)
            assert response.status_code in {200, 404}, (who, version.number)
            if response.status_code == 200:
                found.setdefault(version.number, set()).add(who)
            assert (f'href="{url}"' in shown) == (response.status_code == 200), (who, version.number)
            assert (version.original_name in shown) <= (response.status_code == 200)
    return found


def add(staged: Staged, name: str) -> Document:
    draft = services.add_draft(case=staged.case, upload=word_upload(f"{name}.docx"), by=staged.manager).draft
    assert draft is not None
    return draft


def sign(staged: Staged) -> None:
    services.sign_quality_check(case=staged.case, by=staged.manager)


@pytest.mark.long
def test_three_versions_and_every_role_before_and_after_check_release_and_publication():
    """K2.1: an earlier draft that nobody checked was read by the host, and after publication by everybody."""
    staged = make_staged("report")
    recommend(staged)
    document = add(staged, "first")
    assert readers(staged, document) == {1: INSIDE}
    add(staged, "second")
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE}
    sign(staged)
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE}
    release(staged, "coordinator")
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE | {"coordinator"}}
    # What was released stays theirs while the next one is written; the next is theirs once it is released to them.
    add(staged, "third")
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE | {"coordinator"}, 3: INSIDE}
    sign(staged)
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE | {"coordinator"}, 3: INSIDE}
    release(staged, "coordinator", "leader")
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE, 3: INSIDE | {"coordinator", "leader"}}
    services.finalise_report(case=staged.case, by=staged.manager)
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE, 3: INSIDE | HOST}
    services.publish_report(
        case=staged.case,
        published_on=timezone.localdate(),
        published_address="https://www.example.org/report",
        pre_election_reason="None",
        version=Report.objects.get(case=staged.case).version,
        by=staged.manager,
    )
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE, 3: EVERYBODY}
    services.reopen_report(case=Case.objects.get(pk=staged.case.pk), reason="A wrong figure", by=staged.manager)
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE, 3: INSIDE}


def test_the_review_of_progress_shows_the_version_that_was_published():
    """A further member of the kind: its report had the same rule."""
    staged = make_reported("progress_review")
    today = timezone.localdate()
    for name in ("first", "second"):
        review_services.add_review_report(case=staged.case, upload=word_upload(f"{name}.docx"), by=staged.manager)
    review = ProgressReview.objects.get(case=staged.case)
    ProgressReview.objects.filter(pk=review.pk).update(starts_on=today, ends_on=today)

    def got(who: str) -> list[int]:
        client = client_of(staged, who)
        return [
            version.number
            for version in DocumentVersion.objects.filter(document=review.report_id).order_by("number")
            if client.get(reverse("documents:download", kwargs={"pk": version.pk})).status_code == 200
        ]

    assert (got("leader"), got("administrator"), got("peer")) == ([], [], [1, 2])
    review_services.publish_review(
        case=staged.case,
        published_on=today,
        published_address="https://www.example.org/review",
        version=ProgressReview.objects.get(pk=review.pk).version,
        by=staged.manager,
    )
    assert (got("leader"), got("administrator"), got("peer")) == ([2], [2], [1, 2])


def test_peers_get_the_newest_paper_of_the_pack_and_none_before_it():
    staged = make_staged("self_assessment")
    document = statement_services.add_pack_document(
        case=staged.case, title="Budget", upload=word_upload("wrong.docx"), by=staged.coordinator
    )
    add_version(document=document, upload=word_upload("right.docx"), by=staged.coordinator)
    PositionStatement.objects.filter(case=staged.case).update(
        pack_released_at=timezone.now(), pack_released_by=staged.manager
    )
    seen = {
        who: [
            each.number for each in Document.objects.visible_to(staged.people[who]).get(pk=document.pk).versions.all()
        ]
        for who in ("coordinator", "manager", "peer")
    }
    assert seen == {"coordinator": [2, 1], "manager": [2, 1], "peer": [2]}


def test_what_time_has_released_before_names_its_version():
    """The migration fills in what can be known."""
    staged = make_staged("report")
    document = add(staged, "first")
    sign(staged)
    release(staged, "coordinator")
    add(staged, "second")
    sign(staged)
    versions = list(DocumentVersion.objects.filter(document=document).order_by("number"))
    Report.objects.update(checked_version=None)
    DraftRelease.objects.update(document_version=None)
    assert readers(staged, document) == {1: INSIDE, 2: INSIDE}
    migration = import_module("assessments.migrations.0010_released_versions_known")
    migration.say_which_version(apps, None)
    assert Report.objects.get(case=staged.case).checked_version == versions[1]
    assert DraftRelease.objects.get().document_version == versions[0]


# ------------------------------------------------------------------ the mark


def copy_of(staged: Staged, who: str, version: DocumentVersion) -> bytes:
    response = client_of(staged, who).get(reverse("documents:download", kwargs={"pk": version.pk}))
    assert response.status_code == 200
    content = b"".join(response.streaming_content)
    assert response["Content-Length"] == str(len(content))
    return content


def header_of(content: bytes) -> str:
    return docx.Document(io.BytesIO(content)).sections[0].header.paragraphs[0].text


def test_each_recipient_gets_a_copy_with_their_name_and_the_stored_file_has_none():
    """K2.8: two recipients got the same bytes, so that a leaked copy told nothing."""
    staged = make_staged("report")
    document = add(staged, "draft")
    sign(staged)
    release(staged, "coordinator", "leader")
    version = document.versions.get()
    one, other = copy_of(staged, "coordinator", version), copy_of(staged, "leader", version)
    assert one != other
    held = {each.recipient_id: each for each in DraftRelease.objects.all()}
    for who, content in (("coordinator", one), ("leader", other)):
        user = staged.people[who]
        words = header_of(content)
        assert user.full_name in words and user.email in words
        assert f"Release {held[user.pk].pk}" in words
        assert f"{timezone.localdate():%-d %B %Y}" in words
    stored = version.file.read()
    assert copy_of(staged, "manager", version) == stored == copy_of(staged, "peer", version)
    assert DocumentView.objects.filter(version=version).count() == 4


def test_the_final_report_is_the_councils_own_and_carries_no_mark():
    staged = make_staged("report")
    recommend(staged)
    document = add(staged, "draft")
    sign(staged)
    release(staged, "leader")
    services.finalise_report(case=staged.case, by=staged.manager)
    version = document.versions.get()
    assert copy_of(staged, "leader", version) == version.file.read()


def test_what_cannot_carry_a_mark_is_not_released():
    staged = make_staged("report")
    upload = SimpleUploadedFile("draft.txt", b"Words of the draft", "text/plain")
    services.add_draft(case=staged.case, upload=upload, by=staged.manager)
    sign(staged)
    with pytest.raises(Refused, match="Word document"):
        release(staged, "leader")
    assert not DraftRelease.objects.exists()


def test_a_release_of_before_that_cannot_be_marked_is_not_handed_out_without():
    staged = make_staged("report")
    document = add(staged, "draft")
    sign(staged)
    release(staged, "leader")
    version = document.versions.get()
    DocumentVersion.objects.filter(pk=version.pk).update(content_type="text/plain")
    response = client_of(staged, "leader").get(reverse("documents:download", kwargs={"pk": version.pk}))
    assert response.status_code == 403
    assert "carries the name" in response.content.decode()
    assert not DocumentView.objects.exists()
