import io

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.self_assessment import services
from assessments.self_assessment.models import (
    PositionStatement,
    SectionContributor,
    StatementSection,
    StatementState,
)
from assessments.self_assessment.queries import sections_of
from cpc.audit.models import Event
from cpc.cases.models import Case
from cpc.casework.services import pause_case
from cpc.notifications.models import Message
from tests.assessments.self_assessment.test_services import (
    finalised,
    first_section,
    state_of,
    submitted,
    write,
    write_all,
)
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
    write(staged, first_section(staged), successes="Not yet for anyone else")
    for who in ("manager", "programme_manager", "support", "peer", "lead_member"):
        client = client_for(staged.people[who])
        for name in ("detail", "read"):
            assert "Not yet for anyone else" not in text(client.get(url(staged, name)))
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


@pytest.mark.parametrize("has_another", [False, True])
def test_a_contributor_taken_off_while_writing_keeps_what_was_typed(client_for, has_another):
    staged = make_staged()
    somebody = make_user("contributor", council=staged.case.council)
    section, other = sections_of(staged.case)[:2]
    contributor = services.add_contributor(section=section, user=somebody, by=staged.coordinator)
    if has_another:
        services.add_contributor(section=other, user=somebody, by=staged.coordinator)
    client, where = client_for(somebody), url(staged, "section-edit", pk=section.pk)
    assert client.get(where).status_code == 200
    services.remove_contributor(contributor=contributor, by=staged.coordinator)
    write(staged, section, challenges="Not for them any more")
    posted = {"context": "Two hours of work", "successes": "<b>Well</b>", "challenges": "", "help_wanted": ""}
    for _ in range(2):
        page = client.post(where, posted | {"version": 0})
        assert page.status_code == 404
        assert "You are no longer among those who write this section." in text(page)
        assert "Two hours of work" in text(page)
        assert "&lt;b&gt;Well&lt;/b&gt;" in text(page)
        for hidden in ("<textarea", "Not for them any more", section.focus_area.name):
            assert hidden not in text(page)
    assert StatementSection.objects.get(pk=section.pk).context == ""
    # Looking is still 404, and so is a post of somebody who was never asked.
    assert "no longer among" not in text(client.get(where))
    stranger = client_for(make_user("contributor", council=staged.case.council)).post(where, posted | {"version": 0})
    assert stranger.status_code == 404
    # Everybody keeps what they typed themselves; who writes the section is not told.
    assert "Two hours of work" in text(stranger)
    assert "no longer among" not in text(stranger)
    assert "Not for them any more" not in text(stranger) and section.focus_area.name not in text(stranger)


def test_a_section_that_cannot_be_changed_is_read_without_a_form(client_for):
    staged = make_staged()
    section = first_section(staged)
    somebody = make_user("contributor", council=staged.case.council)
    services.add_contributor(section=section, user=somebody, by=staged.coordinator)
    write(staged, section, successes="We agreed a budget")
    services.add_section_comment(section=section, text="Ask finance", by=staged.leader)
    pause_case(case=staged.case, reason="Reorganisation", by=staged.programme_manager)
    where = url(staged, "section-edit", pk=section.pk)
    for who, comment in ((somebody, False), (staged.coordinator, True)):
        page = text(client_for(who).get(where))
        assert "This peer challenge is paused." in page
        assert "We agreed a budget" in page
        assert "<textarea" not in page
        assert ("Ask finance" in page) is comment
    posted = {"context": "", "successes": "Typed too late", "challenges": "", "help_wanted": "", "version": 1}
    late = client_for(somebody).post(where, posted)
    assert late.status_code == 422
    assert "Typed too late" in text(late)


@pytest.mark.parametrize("state", ["submitted", "final"])
def test_a_section_of_a_statement_that_was_handed_in_is_read_with_its_comments(client_for, state):
    """Nobody writes what is refused afterwards, and what the council said to itself stays within reach."""
    staged = make_staged()
    section = first_section(staged)
    write(staged, section, successes="We agreed a budget")
    services.add_section_comment(section=section, text="Ask finance", by=staged.leader)
    PositionStatement.objects.filter(case=staged.case).update(state=state)
    client, where = client_for(staged.coordinator), url(staged, "section-edit", pk=section.pk)
    assert f'href="{where}"' in text(client.get(url(staged)))
    page = text(client.get(where))
    assert f"The position statement is {state}." in page
    assert "We agreed a budget" in page and "Ask finance" in page
    assert "<textarea" not in page


def test_the_word_file_holds_every_section(client_for):
    staged = make_staged()
    submitted(staged)
    answer = client_for(staged.leader).get(url(staged, "word"))
    paragraphs = [paragraph.text for paragraph in docx.Document(io.BytesIO(answer.content)).paragraphs]
    for section in sections_of(staged.case):
        assert any(section.focus_area.name in paragraph for paragraph in paragraphs)
    assert paragraphs.count("What went well") == sections_of(staged.case).count()
    assert client_for(staged.manager).get(url(staged, "word")).status_code == 403


def test_the_word_file_keeps_every_blank_and_every_joined_picture(client_for):
    """What pasting from Word brings: spaces that do not break, thin ones, and pictures made of several characters."""
    staged = make_staged()
    section = sections_of(staged.case)[0]
    blanks = "".join(
        chr(code)
        for code in range(0x80, 0x3001)
        if chr(code).isspace() and code not in (0x85, 0x2028, 0x2029, 0x2000, 0x2001)
    )
    words = f"\u00a35\u00a0million, page\u202f12, a{blanks}b, \U0001f468\u200d\U0001f469\u200d\U0001f467"
    posted = {"context": "", "successes": words, "challenges": "None", "help_wanted": "", "version": section.version}
    assert client_for(staged.coordinator).post(url(staged, "section-edit", pk=section.pk), posted).status_code == 302
    answer = client_for(staged.coordinator).get(url(staged, "word"))
    assert words in [paragraph.text for paragraph in docx.Document(io.BytesIO(answer.content)).paragraphs]


def test_a_section_of_characters_that_nobody_sees_is_empty(client_for):
    staged = make_staged()
    section = sections_of(staged.case)[0]
    posted = {
        "context": "",
        "successes": "\u200b",
        "challenges": "\u2060\u3164",
        "help_wanted": "",
        "version": section.version,
    }
    assert client_for(staged.coordinator).post(url(staged, "section-edit", pk=section.pk), posted).status_code == 302
    section.refresh_from_db()
    assert section.missing() == ["successes", "challenges"]
    # Words of before this was looked at.
    section.successes, section.challenges = "\u200b", "\u2800"
    assert section.missing() == ["successes", "challenges"]


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


def section_words(**changed):
    return {"context": "", "successes": "What I wrote", "challenges": "", "help_wanted": "", "version": 0} | changed


def events(staged, verb):
    return Event.objects.filter(case=staged.case, verb=verb).count()


def test_a_second_click_on_save_is_no_stale_form(client_for):
    staged = make_staged()
    client, where = client_for(staged.coordinator), url(staged, "section-edit", pk=first_section(staged).pk)
    posted = section_words(context="One line\r\nand another")
    for _ in range(2):
        assert "Section saved" in text(client.post(where, posted, follow=True))
    assert events(staged, "statement_section_changed") == 1


def test_what_was_typed_comes_back_when_the_statement_was_submitted_meanwhile(client_for):
    staged = make_staged()
    submitted(staged)
    section = first_section(staged)
    page = client_for(staged.leader).post(
        url(staged, "section-edit", pk=section.pk), section_words(version=section.version)
    )
    assert page.status_code == 422
    assert "The position statement is now submitted" in text(page)
    assert "What I wrote" in text(page)
    assert StatementSection.objects.get(pk=section.pk).successes == "What went well"


@pytest.mark.parametrize(
    ("name", "who", "data", "done", "again"),
    [
        ("submit", "coordinator", {}, "Submitted. The LGA has been told.", "nothing was changed"),
        ("recall", "coordinator", {}, "You can go on writing", "nothing was changed"),
        ("finalise", "manager", {"version": "1"}, "Accepted. You can release the pack.", "nothing was changed"),
        ("return", "manager", {"reason": "More on money", "version": "1"}, "Returned.", "nothing was changed"),
        ("reopen", "manager", {"reason": "A new budget"}, "The council can write again", "nothing was changed"),
        ("pack-release", "manager", {"reason": ""}, "Released. The peer team has been told.", "already released"),
        ("pack-withdraw", "manager", {"reason": "The wrong paper"}, "Withdrawn.", "not released"),
    ],
)
def test_each_move_is_made_once_and_the_second_click_is_told(client_for, name, who, data, done, again):
    staged = make_staged()
    write_all(staged)
    if name in {"recall", "finalise", "return"}:
        services.submit_statement(case=staged.case, by=staged.coordinator)
    if name in {"reopen", "pack-release", "pack-withdraw"}:
        services.submit_statement(case=staged.case, by=staged.coordinator)
        services.finalise_statement(case=staged.case, by=staged.manager)
    if name == "pack-withdraw":
        services.release_pack(case=staged.case, by=staged.manager)
    client, where = client_for(staged.people[who]), url(staged, name)
    assert client.get(where).status_code == 200
    assert done in text(client.post(where, data, follow=True))
    before = (Event.objects.count(), Message.objects.count(), state_of(staged))
    assert again in text(client.post(where, data, follow=True))
    assert (Event.objects.count(), Message.objects.count(), state_of(staged)) == before


@pytest.mark.parametrize(("name", "data"), [("finalise", {}), ("return", {"reason": "My reasons"})])
def test_nobody_decides_on_a_draft_that_they_have_not_read(client_for, name, data):
    staged = make_staged()
    submitted(staged)
    client = client_for(staged.manager)
    page = client.get(url(staged, name))
    seen = PositionStatement.objects.get(case=staged.case).version
    assert f'name="version" value="{seen}"' in text(page)
    services.recall_statement(case=staged.case, by=staged.coordinator)
    write(staged, first_section(staged), successes="Written after the page was opened")
    services.submit_statement(case=staged.case, by=staged.coordinator)
    answer = client.post(url(staged, name), data | {"version": str(seen)}, follow=True)
    assert "another draft since you opened this page" in text(answer)
    assert state_of(staged) == StatementState.SUBMITTED
    if name == "return":
        assert answer.status_code == 409
        assert "My reasons" in text(answer)
        assert "Draft 2" in text(answer)
        seen_now = {"version": str(PositionStatement.objects.get(case=staged.case).version)}
        assert client.post(url(staged, name), data | seen_now).status_code == 302


@pytest.mark.parametrize(
    ("name", "who", "data", "refusal"),
    [
        ("return", "manager", {"reason": "  "}, "Enter what the council should look at again"),
        ("reopen", "manager", {"reason": ""}, "Enter the reason"),
        ("pack-withdraw", "manager", {"reason": ""}, "Enter the reason"),
        ("pack-release", "manager", {"reason": ""}, "The council has not submitted its position statement yet."),
        ("pack-document-add", "coordinator", {"title": "Budget"}, "Select a file"),
    ],
)
def test_a_refusal_stands_on_the_form(client_for, name, who, data, refusal):
    staged = make_staged()
    page = client_for(staged.people[who]).post(url(staged, name), data)
    assert page.status_code == 422
    assert refusal in text(page)
    assert "<title>Error: " in text(page)


def test_only_a_programme_manager_releases_the_pack_early_and_the_reason_is_kept(client_for):
    staged = make_staged()
    submitted(staged)
    posted = {"reason": "The team asked for it"}
    page = client_for(staged.manager).post(url(staged, "pack-release"), posted)
    assert page.status_code == 422
    assert "Only a programme manager may release the pack" in text(page)
    assert "The team asked for it" in text(page)
    assert client_for(staged.programme_manager).post(url(staged, "pack-release"), posted).status_code == 302
    assert "The team asked for it" in text(client_for(staged.manager).get(url(staged)))


@pytest.mark.parametrize("name", ["submit", "recall", "finalise", "return", "reopen", "pack-release", "pack-withdraw"])
def test_only_its_own_side_makes_a_move(client_for, name):
    staged = make_staged()
    submitted(staged)
    councils = {"submit", "recall"}
    for who in ("coordinator", "manager", "peer", "support", "administrator"):
        allowed = who == ("coordinator" if name in councils else "manager")
        assert client_for(staged.people[who]).get(url(staged, name)).status_code == (200 if allowed else 403)
        if not allowed:
            assert client_for(staged.people[who]).post(url(staged, name), {"reason": "x"}).status_code == 403
    assert state_of(staged) == StatementState.SUBMITTED


def test_somebody_is_asked_to_write_once_and_taken_off_once(client_for):
    staged = make_staged()
    somebody = make_user("contributor", council=staged.case.council)
    stranger = make_user("contributor")
    section, client = first_section(staged), client_for(staged.coordinator)
    where = url(staged, "contributor-add", pk=section.pk)
    page = client.post(where, {"user": stranger.pk})
    assert page.status_code == 422
    assert "Choose from the list" in text(page)
    for _ in range(2):
        assert "Email sent" in text(client.post(where, {"user": somebody.pk}, follow=True))
    assert Message.objects.filter(kind="section_contributor").count() == 1
    contributor = SectionContributor.objects.get(section=section)
    away = url(staged, "contributor-remove", pk=contributor.pk)
    assert f"Take {somebody.full_name} off the section?" in text(client.get(away))
    assert client_for(staged.manager).post(away).status_code == 403
    assert "Taken off." in text(client.post(away, follow=True))
    assert "already taken off" in text(client.post(away, follow=True))


def test_a_comment_stands_once_and_reaches_nobody_outside_the_council(client_for):
    staged = make_staged()
    section, client = first_section(staged), client_for(staged.leader)
    where = url(staged, "comment-add", pk=section.pk)
    assert "Enter your comment" in text(client.post(where, {"text": " "}))
    for _ in range(2):
        assert "Comment added" in text(client.post(where, {"text": "Too gentle on finance"}, follow=True))
    assert section.comments.count() == 1
    for who in ("manager", "peer"):
        assert client_for(staged.people[who]).get(where).status_code == 404
    submitted(staged)
    assert "Too gentle on finance" not in text(client_for(staged.manager).get(url(staged)))


def test_the_same_paper_twice_is_one(client_for):
    staged = make_staged()
    client, paper = client_for(staged.coordinator), word_upload("budget.docx").read()
    for _ in range(2):
        upload = SimpleUploadedFile("budget.docx", paper)
        page = client.post(url(staged, "pack-document-add"), {"title": "Budget", "upload": upload}, follow=True)
        assert page.status_code == 200
    assert staged.case.documents.count() == 1
    assert events(staged, "pack_document_added") == 1


def test_drafts_are_compared_and_a_draft_that_never_was_is_not_there(client_for):
    staged = make_staged()
    submitted(staged)
    services.recall_statement(case=staged.case, by=staged.coordinator)
    write(staged, first_section(staged), successes="What went well indeed")
    services.submit_statement(case=staged.case, by=staged.coordinator)
    client = client_for(staged.manager)
    assert "See what changed in draft 2" in text(client.get(url(staged)))
    assert '<ins class="app-added"> indeed</ins>' in text(client.get(url(staged, "compare", number=2)))
    for number in (1, 3):
        assert client.get(url(staged, "compare", number=number)).status_code == 404
    assert client_for(staged.peer).get(url(staged, "compare", number=2)).status_code == 403


def test_before_dates_are_agreed_the_page_says_when_it_begins(client_for):
    staged = make_staged("scheduling")
    Case.objects.filter(pk=staged.case.pk).update(onsite_start_on=None, onsite_end_on=None)
    for who in ("coordinator", "manager"):
        page = text(client_for(staged.people[who]).get(url(staged)))
        assert "writes its position statement once the onsite dates are agreed" in page
    assert "The pack has not been released" in text(client_for(staged.peer).get(url(staged)))
