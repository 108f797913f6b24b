"""Downloads: by id, through the permission of each kind, never shown by a browser, never an infected file."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.report import services as report_services
from assessments.self_assessment import services as statement_services
from cpc.cases.models import CaseRole
from cpc.casework.services import add_member, remove_member
from cpc.components.scan_states import ScanState
from cpc.documents import services
from cpc.documents.models import Document, DocumentVersion, DocumentView
from tests.assessments.self_assessment.test_services import finalised
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.assessments import Staged, make_staged, word_upload
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db


def note(text: str = "words", name: str = "note.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def add(staged: Staged, kind: str = "case_file", title: str = "Note", **file) -> Document:
    return services.add_document(
        case=staged.case, kind=kind, title=title, upload=note(file.get("text", "words"), file.get("name", "note.txt")), by=staged.manager
    )  # fmt: skip


def download(document: Document, number: int = 1) -> str:
    return reverse("documents:download", kwargs={"pk": document.versions.get(number=number).pk})


def page(document: Document, name: str) -> str:
    return reverse(f"documents:{name}", kwargs={"pk": document.pk})


def mark(document: Document, state: str, number: int = 1) -> None:
    DocumentVersion.objects.filter(document=document, number=number).update(
        scan_state=state, scanned_at=None if state == ScanState.NOT_SCANNED else timezone.now()
    )


# ------------------------------------------------------------------ the answer itself


def test_download_is_an_attachment_that_nothing_keeps(client_for):
    staged = make_staged()
    document = add(staged, name="Rapport été “2027”.txt", text="words")
    response = client_for(staged.manager).get(download(document))
    assert b"".join(response.streaming_content) == b"words"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "filename*=utf-8''Rapport%20%C3%A9t%C3%A9" in response["Content-Disposition"]
    assert response["Content-Type"] == "text/plain"
    assert response["Content-Length"] == "5"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_download_names_the_type_that_was_checked_not_the_one_that_was_claimed(client_for):
    staged = make_staged()
    upload = SimpleUploadedFile("note.txt", b"words", content_type="text/html")
    document = services.add_document(case=staged.case, kind="case_file", title="Note", upload=upload, by=staged.manager)
    assert client_for(staged.manager).get(download(document))["Content-Type"] == "text/plain"


def test_each_version_is_downloaded_by_its_own_number(client_for):
    staged = make_staged()
    document = add(staged, text="first")
    services.add_version(document=document, upload=note("second"), by=staged.manager)
    client = client_for(staged.support)
    got = [b"".join(client.get(download(document, number)).streaming_content) for number in (1, 2)]
    assert got == [b"first", b"second"]
    views = DocumentView.objects.order_by("pk").values_list("version__number", "viewed_by")
    assert list(views) == [(1, staged.support.pk), (2, staged.support.pk)]


def test_head_tells_the_same_and_counts_as_nobodys_reading(client_for):
    staged = make_staged()
    document = add(staged)
    response = client_for(staged.manager).head(download(document))
    assert response.status_code == 200 and response["Content-Length"] == "5"
    assert not DocumentView.objects.exists()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_download_takes_no_other_method(client_for, method):
    staged = make_staged()
    assert getattr(client_for(staged.manager), method)(download(add(staged))).status_code == 405


def test_file_that_is_missing_is_not_found(client_for):
    staged = make_staged()
    document = add(staged)
    version = document.versions.get()
    version.file.storage.delete(version.file.name)
    assert client_for(staged.manager).get(download(document)).status_code == 404
    assert not DocumentView.objects.exists()


@pytest.mark.parametrize("pk", [0, 2**31, 2**63 - 1, 2**63, 10**30])
def test_number_that_never_was_is_not_found(client_for, pk):
    client = client_for(make_staged().manager)
    for name in ("download", "new-version", "remove", "views"):
        assert client.get(f"/documents/{pk}/" + ("" if name == "download" else f"{name}/")).status_code == 404


# ------------------------------------------------------------------ who


@dataclass
class Houses:
    """A case with its people, and another case with its own."""

    here: Staged
    there: Staged

    def client(self, who: str) -> Client:
        client = Client()
        if who == "signed out":
            return client
        staged = self.there if who.startswith("other ") else self.here
        user = staged.people[who.removeprefix("other ")]
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


@pytest.fixture
def houses() -> Houses:
    here = make_staged()
    here.people["contributor"] = make_user("contributor", council=here.case.council)
    add_member(case=here.case, user=here.contributor, role=CaseRole.CONTRIBUTOR, by=here.manager)
    return Houses(here, make_staged())


PEOPLE = [
    "programme_manager", "manager", "support", "coordinator", "leader", "chief_executive", "contributor",
    "lead_member", "lead_officer", "peer", "administrator",
    "other manager", "other support", "other coordinator", "other peer", "signed out",
]  # fmt: skip
LGA = {"programme_manager", "manager", "support"}
HOST = {"coordinator", "leader", "chief_executive"}
TEAM = {"lead_member", "lead_officer", "peer"}


def who_gets(houses: Houses, document: Document) -> set[str]:
    """Everybody who receives the file; all others must be told that there is none, or be asked to sign in."""
    url = download(document, document.versions.count())
    got = set()
    for who in PEOPLE:
        response = houses.client(who).get(url)
        if response.status_code == 200:
            got.add(who)
            assert b"".join(response.streaming_content)
        elif who == "signed out":
            assert response.status_code == 302 and response.url.startswith("/accounts/login/")
        else:
            assert response.status_code == 404, who
    return got


def test_case_file_is_for_the_lga_on_the_case(houses):
    assert who_gets(houses, add(houses.here)) == LGA


def test_paper_of_the_pack_reaches_the_team_with_the_pack_and_leaves_with_it(houses):
    here = houses.here
    document = statement_services.add_pack_document(case=here.case, title="Budget", upload=note(), by=here.coordinator)
    assert who_gets(houses, document) == LGA | HOST
    finalised(here)
    statement_services.release_pack(case=here.case, by=here.manager)
    assert who_gets(houses, document) == LGA | HOST | TEAM
    statement_services.withdraw_pack(case=here.case, reason="A wrong paper", by=here.manager)
    assert who_gets(houses, document) == LGA | HOST


def test_draft_report_is_for_those_it_was_released_to_while_it_is():
    houses = Houses(make_staged("report"), make_staged("report"))
    here = houses.here
    here.people["contributor"] = make_user("contributor", council=here.case.council)
    report = report_services.add_draft(case=here.case, upload=word_upload(), by=here.manager)
    draft = report.draft
    assert who_gets(houses, draft) == LGA | TEAM
    report_services.sign_quality_check(case=here.case, by=here.manager)
    until = timezone.localdate() + timedelta(days=7)
    [release] = report_services.release_draft(case=here.case, recipients=[here.leader], until=until, by=here.manager)
    assert who_gets(houses, draft) == LGA | TEAM | {"leader"}
    release.expires_on = timezone.localdate() - timedelta(days=1)
    release.save()
    assert who_gets(houses, draft) == LGA | TEAM
    release.expires_on = until
    release.save()
    report_services.withdraw_release(release=release, by=here.manager)
    assert who_gets(houses, draft) == LGA | TEAM


def test_removed_document_is_gone_for_everybody(houses):
    document = add(houses.here)
    services.add_version(document=document, upload=note("second"), by=houses.here.manager)
    services.remove_document(document=document, reason="Wrong case", by=houses.here.manager)
    assert who_gets(houses, document) == set()
    client = houses.client("manager")
    for url in (
        download(document, 1),
        page(document, "new-version"),
        page(document, "remove"),
        page(document, "views"),
    ):
        assert client.get(url).status_code == 404


def test_document_of_a_kind_that_is_no_more_is_gone(houses):
    document = add(houses.here)
    Document.objects.filter(pk=document.pk).update(kind="forgotten")
    assert who_gets(houses, document) == set()


def test_somebody_taken_off_the_case_loses_its_papers(houses):
    here = houses.here
    document = add(here)
    url = download(document)
    client = houses.client("support")
    assert client.get(url).status_code == 200
    remove_member(membership=here.case.memberships.get(user=here.support), reason="Has left", by=here.manager)
    assert client.get(url).status_code == 404


# ------------------------------------------------------------------ the three outcomes of the scan


def test_infected_version_is_refused_to_everybody_and_says_why(houses):
    document = add(houses.here)
    mark(document, ScanState.INFECTED)
    for who in LGA:
        for method in ("get", "head"):
            response = getattr(houses.client(who), method)(download(document))
            assert response.status_code == 403
            assert "Content-Disposition" not in response
    content = houses.client("manager").get(download(document)).content.decode()
    assert "virus was found in version 1" in content
    assert b"words" not in houses.client("manager").get(download(document)).content
    assert_valid_html(content)
    # Who may not read it is not told of it either.
    assert houses.client("coordinator").get(download(document)).status_code == 404
    assert not DocumentView.objects.exists()


def test_list_never_links_an_infected_version_and_shows_what_was_not_checked(client_for):
    staged = make_staged()
    clean, waiting, infected = (add(staged, title=title, text=title) for title in ("Clean", "Waiting", "Infected"))
    mark(clean, ScanState.CLEAN)
    mark(infected, ScanState.INFECTED)
    services.add_version(document=clean, upload=note("newer"), by=staged.manager)
    content = client_for(staged.manager).get(
        reverse("cases:documents", kwargs={"reference": staged.case.reference})
    ).content.decode()  # fmt: skip
    rows = {
        title: next(row for row in content.split("<tr") if 'scope="row"' in row and title in row)
        for title in ("Clean", "Waiting", "Infected")
    }
    # The whole address: that of the document may begin with the same number.
    assert "Virus found" in rows["Infected"] and f'href="{download(infected)}"' not in rows["Infected"]
    assert "Not yet checked" in rows["Waiting"] and "Checked for viruses" not in rows["Waiting"]
    assert f'href="{download(waiting)}"' in rows["Waiting"]
    # The newest version waits; only the earlier one, in its own line, was checked.
    tag = rows["Clean"][rows["Clean"].index("govuk-tag") :]
    assert "Not yet checked" in tag and "Checked for viruses" not in tag
    assert_valid_html(content)


def test_clean_is_said_of_what_was_found_clean_only(client_for):
    staged = make_staged()
    document = add(staged)
    url = reverse("cases:documents", kwargs={"reference": staged.case.reference})
    assert "Checked for viruses" not in client_for(staged.manager).get(url).content.decode()
    mark(document, ScanState.CLEAN)
    assert "Checked for viruses" in client_for(staged.manager).get(url).content.decode()


# ------------------------------------------------------------------ new version, removal, readers


def test_new_version_is_added_and_leads_back(client_for):
    staged = make_staged()
    document = add(staged)
    back = reverse("cases:documents", kwargs={"reference": staged.case.reference})
    client = client_for(staged.support)
    assert "Add a new version" in client.get(page(document, "new-version") + f"?next={back}").content.decode()
    response = client.post(page(document, "new-version") + f"?next={back}", {"upload": note("second")}, follow=True)
    assert response.redirect_chain == [(back, 302)]
    assert "Version 2 added" in response.content.decode()


def test_the_same_file_as_a_new_version_is_told_kindly(client_for):
    staged = make_staged()
    document = add(staged)
    response = client_for(staged.manager).post(page(document, "new-version"), {"upload": note()}, follow=True)
    assert "same file as version 1, so nothing was added" in response.content.decode()
    assert document.versions.count() == 1


@pytest.mark.parametrize(
    "outside",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "https:evil.example"],
)
def test_back_leads_nowhere_outside(client_for, outside):
    staged = make_staged()
    document = add(staged)
    client = client_for(staged.manager)
    here = reverse("cases:detail", kwargs={"reference": staged.case.reference})
    response = client.post(page(document, "new-version") + f"?next={outside}", {"upload": note("second")})
    assert response.url == here
    assert "evil" not in client.get(page(document, "remove") + f"?next={outside}").content.decode()


def test_removal_asks_for_a_reason_and_keeps_what_was_typed(client_for):
    staged = make_staged()
    document = add(staged)
    client = client_for(staged.manager)
    refused = client.post(page(document, "remove"), {"reason": "  "})
    assert refused.status_code == 422 and "Enter why the document is removed" in refused.content.decode()
    long = "a" * 2001
    refused = client.post(page(document, "remove"), {"reason": long})
    assert "must be 2000 characters or fewer" in refused.content.decode() and long in refused.content.decode()
    assert Document.objects.get().removed_at is None
    assert client.post(page(document, "remove"), {"reason": "Wrong case"}).status_code == 302
    assert Document.objects.get().removed_reason == "Wrong case"


def test_second_removal_is_not_found(client_for):
    staged = make_staged()
    document = add(staged)
    client = client_for(staged.manager)
    client.post(page(document, "remove"), {"reason": "Wrong case"})
    assert client.post(page(document, "remove"), {"reason": "Again"}).status_code == 404


def test_readers_of_a_paper_do_not_change_it_unless_it_is_theirs(client_for):
    staged = make_staged()
    finalised(staged)
    paper = statement_services.add_pack_document(case=staged.case, title="Budget", upload=note(), by=staged.manager)
    statement_services.release_pack(case=staged.case, by=staged.manager)
    for name in ("new-version", "remove"):
        assert client_for(staged.peer).post(page(paper, name), {"upload": note("x"), "reason": "x"}).status_code == 403
        assert client_for(staged.coordinator).get(page(paper, name)).status_code == 200
    assert paper.versions.count() == 1


def test_paper_of_a_stage_that_is_signed_off_stays_as_it_is(client_for):
    staged = make_staged("report")
    paper = services.add_document(case=staged.case, kind="pack", title="Budget", upload=note(), by=staged.coordinator)
    for who in (staged.coordinator, staged.manager):
        for name in ("new-version", "remove"):
            response = client_for(who).post(page(paper, name), {"upload": note("x"), "reason": "x"})
            assert response.status_code == 403
    assert paper.versions.count() == 1


def test_draft_report_is_replaced_by_its_own_page_alone(client_for):
    """That page asks for the quality check again and knows when the report is final."""
    staged = make_staged("report")
    draft = report_services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager).draft
    report_services.sign_quality_check(case=staged.case, by=staged.manager)
    client = client_for(staged.manager)
    assert client.post(page(draft, "new-version"), {"upload": word_upload()}).status_code == 403
    assert client.post(page(draft, "remove"), {"reason": "x"}).status_code == 403
    report = report_services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    assert draft.versions.count() == 2 and report.checked_at is None


def test_the_same_draft_again_keeps_its_signed_checklist(client_for):
    staged = make_staged("report")
    upload = word_upload()
    content = upload.read()
    url = reverse("report:draft-add", kwargs={"reference": staged.case.reference})
    client = client_for(staged.manager)
    assert client.post(url, {"upload": SimpleUploadedFile("a.docx", content)}).status_code == 302
    report_services.sign_quality_check(case=staged.case, by=staged.manager)
    again = client.post(url, {"upload": SimpleUploadedFile("a.docx", content)})
    assert again.status_code == 422 and "same file as the newest draft" in again.content.decode()
    staged.case.report.refresh_from_db()
    assert staged.case.report.checked_at is not None


def test_who_opened_it_is_for_the_lga(client_for):
    staged = make_staged()
    paper = statement_services.add_pack_document(case=staged.case, title="Budget", upload=note(), by=staged.coordinator)
    client_for(staged.leader).get(download(paper)).getvalue()
    content = client_for(staged.manager).get(page(paper, "views")).content.decode()
    assert f"{staged.leader.full_name}, version 1" in content
    assert client_for(staged.coordinator).get(page(paper, "views")).status_code == 403
    assert client_for(staged.peer).get(page(paper, "views")).status_code == 404


# ------------------------------------------------------------------ what lists cost


@pytest.mark.parametrize(
    ("kind", "who", "url_name"),
    [
        ("case_file", "manager", "cases:documents"),
        ("pack", "manager", "self_assessment:detail"),
        ("pack", "coordinator", "self_assessment:detail"),
        ("pack", "peer", "self_assessment:detail"),
    ],
)
def test_three_papers_cost_what_one_costs(client_for, kind, who, url_name):
    staged = make_staged()
    finalised(staged)
    statement_services.release_pack(case=staged.case, by=staged.manager)
    client = client_for(staged.people[who])
    url = reverse(url_name, kwargs={"reference": staged.case.reference})

    def show():
        response = client.get(url)
        assert response.content.decode().count(">Paper ") >= Document.objects.count()

    add(staged, kind, "Paper 1", text="1")
    show()
    with_one = count_queries(show)
    for number in (2, 3):
        paper = add(staged, kind, f"Paper {number}", text=str(number))
        services.add_version(document=paper, upload=note(f"newer {number}"), by=staged.support)
    assert count_queries(show) == with_one <= 12


def test_three_readers_cost_what_one_costs(client_for):
    staged = make_staged()
    document = add(staged)
    version = document.versions.get()
    client = client_for(staged.manager)
    services.log_view(version=version, by=staged.manager)
    client.get(page(document, "views"))
    with_one = count_queries(lambda: client.get(page(document, "views")))
    for who in (staged.support, staged.programme_manager):
        services.log_view(version=version, by=who)
    assert count_queries(lambda: client.get(page(document, "views"))) == with_one
