import io

import docx
import pytest
from django.urls import reverse

from assessments.self_assessment import services
from assessments.self_assessment.models import StatementSection
from assessments.self_assessment.queries import sections_of
from tests.assessments.self_assessment.test_services import finalised, first_section, submitted, write
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged, word_upload

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"self_assessment:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def text(response):
    return response.content.decode()


def test_a_section_is_saved_and_the_council_comes_back_to_the_list(client_for):
    staged = make_staged()
    section = first_section(staged)
    posted = {"context": "", "successes": "We agreed a budget", "challenges": "", "help_wanted": "", "version": 0}
    answer = client_for(staged.coordinator).post(url(staged, "section-edit", pk=section.pk), posted)
    assert answer.status_code == 302
    assert StatementSection.objects.get(pk=section.pk).successes == "We agreed a budget"


def test_a_stale_form_shows_both_texts(client_for):
    staged = make_staged()
    section = first_section(staged)
    write(staged, section, successes="What the leader wrote", by=staged.leader)
    posted = {"context": "", "successes": "What I wrote", "challenges": "", "help_wanted": "", "version": 0}
    page = client_for(staged.coordinator).post(url(staged, "section-edit", pk=section.pk), posted)
    assert page.status_code in (409, 422)
    assert "What the leader wrote" in text(page)
    assert "What I wrote" in text(page)
    assert StatementSection.objects.get(pk=section.pk).successes == "What the leader wrote"


def test_a_text_that_is_too_long_comes_back(client_for):
    staged = make_staged()
    long = "a" * 10001
    posted = {"context": long, "successes": "", "challenges": "", "help_wanted": "", "version": 0}
    page = client_for(staged.coordinator).post(url(staged, "section-edit", pk=first_section(staged).pk), posted)
    assert page.status_code == 422
    assert long in text(page)


def test_a_submitted_statement_says_so_and_cannot_be_submitted_again(client_for):
    staged = make_staged()
    client = client_for(staged.coordinator)
    refused = client.post(url(staged, "submit"), follow=True)
    assert "Write what is missing first" in text(refused)
    submitted(staged)
    again = client.post(url(staged, "submit"), follow=True)
    assert again.status_code == 200
    assert "nothing was changed" in text(again)


def test_while_a_returned_statement_is_rewritten_the_lga_reads_what_was_submitted(client_for):
    staged = make_staged()
    submitted(staged)
    services.return_statement(case=staged.case, reason="Say more on money", by=staged.manager)
    write(staged, first_section(staged), successes="Half a thought")
    assert "Half a thought" in text(client_for(staged.leader).get(url(staged, "read")))
    page = client_for(staged.manager).get(url(staged, "read"))
    assert "Half a thought" not in text(page)
    assert "What went well" in text(page)


def test_nothing_of_a_draft_reaches_the_lga_or_the_peers(client_for):
    staged = make_staged()
    write(staged, first_section(staged), successes="Not yet for anybody else")
    for who in ("manager", "programme_manager", "support", "peer", "lead_member"):
        client = client_for(staged.people[who])
        for name in ("detail", "read"):
            assert "Not yet for anybody else" not in text(client.get(url(staged, name)))
    assert client_for(staged.administrator).get(url(staged)).status_code == 403


def test_peers_see_the_statement_once_the_pack_is_released(client_for):
    staged = make_staged()
    finalised(staged)
    client = client_for(staged.peer)
    assert "What went well" not in text(client.get(url(staged)))
    services.release_pack(case=staged.case, by=staged.manager)
    assert "What went well" in text(client.get(url(staged)))
    services.withdraw_pack(case=staged.case, reason="Wrong paper", by=staged.manager)
    assert "What went well" not in text(client.get(url(staged)))


def test_a_contributor_opens_one_section_only(client_for):
    staged = make_staged()
    somebody = make_user("contributor", council=staged.case.council)
    section, other = sections_of(staged.case)[:2]
    services.add_contributor(section=section, user=somebody, by=staged.coordinator)
    client = client_for(somebody)
    assert client.get(url(staged, "section-edit", pk=section.pk)).status_code == 200
    assert client.get(url(staged, "section-edit", pk=other.pk)).status_code == 404
    page = text(client.get(url(staged)))
    assert section.focus_area.name in page
    assert other.focus_area.name not in page


def test_the_word_file_holds_every_section(client_for):
    staged = make_staged()
    submitted(staged)
    answer = client_for(staged.leader).get(url(staged, "word"))
    paragraphs = [paragraph.text for paragraph in docx.Document(io.BytesIO(answer.content)).paragraphs]
    for section in sections_of(staged.case):
        assert any(section.focus_area.name in paragraph for paragraph in paragraphs)
    assert paragraphs.count("What went well") == sections_of(staged.case).count()
    assert client_for(staged.manager).get(url(staged, "word")).status_code == 403


def test_a_renamed_program_is_refused_beside_the_field_and_the_title_comes_back(client_for):
    staged = make_staged()
    upload = word_upload("budget.docx")
    upload.file.seek(0)
    upload.file.write(b"MZ\x90\x00")
    upload.file.truncate(2000)
    upload.file.seek(0)
    page = client_for(staged.coordinator).post(url(staged, "pack-document-add"), {"title": "Budget", "upload": upload})
    assert page.status_code == 422
    assert 'value="Budget"' in text(page)
    assert not staged.case.documents.exists()


def test_the_page_costs_the_same_with_three_more_areas(client_for):
    counts = []
    for more in (0, 3):
        staged = make_staged()
        for number in range(more):
            staged.case.focus_areas.create(order=50 + number, name=f"Area {number}")
        client = client_for(staged.coordinator)
        client.get(url(staged))
        counts.append(count_queries(lambda client=client, staged=staged: client.get(url(staged))))
    assert counts[0] == counts[1]
