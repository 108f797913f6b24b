import pytest
from django.core import mail

from assessments.self_assessment import services
from assessments.self_assessment.models import PositionStatement, SectionContributor, StatementState
from assessments.self_assessment.permissions import pack_is_out, reads_all, reads_pack, reads_writing, writes_section
from assessments.self_assessment.queries import own_sections, released_words, sections_of
from assessments.self_assessment.stage import outstanding
from cpc.audit.models import Event
from cpc.cases import access
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseMembership
from cpc.cases.stages import Stage
from cpc.casework.services import pause_case
from cpc.components.errors import AlreadyMoved, Refused, Stale
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged, word_upload

pytestmark = pytest.mark.django_db


def write(staged, section, *, version=None, by=None, **words):
    texts = {"context": "", "successes": "What went well", "challenges": "What is hard", "help_wanted": ""}
    return services.change_section(
        section=section,
        version=section.version if version is None else version,
        by=by or staged.coordinator,
        **texts | words,
    )


def write_all(staged):
    for section in sections_of(staged.case):
        write(staged, section)


def submitted(staged):
    write_all(staged)
    return services.submit_statement(case=staged.case, by=staged.coordinator)


def finalised(staged):
    submitted(staged)
    return services.finalise_statement(case=staged.case, by=staged.manager)


def first_section(staged):
    return sections_of(staged.case)[0]


def state_of(staged):
    return PositionStatement.objects.get(case=staged.case).state


def test_every_area_of_focus_has_one_section_however_often_it_is_opened():
    staged = make_staged()
    services.open_statement(staged.case, staged.manager)
    assert sections_of(staged.case).count() == staged.case.focus_areas.count() > 0
    staged.case.focus_areas.create(order=99, name="Coastal towns")
    assert services.lacks_sections(staged.case)
    services.ensure_sections(staged.case)
    assert not services.lacks_sections(staged.case)


def test_a_stale_form_does_not_overwrite_what_the_first_wrote():
    staged = make_staged()
    section = first_section(staged)
    write(staged, section, successes="The first", version=section.version)
    with pytest.raises(Stale):
        write(staged, section, successes="The second", version=section.version - 1)
    assert first_section(staged).successes == "The first"


def test_submitting_needs_successes_and_challenges_in_every_section():
    staged = make_staged()
    with pytest.raises(Refused) as error:
        services.submit_statement(case=staged.case, by=staged.coordinator)
    assert "successes and challenges" in str(error.value)
    write_all(staged)
    write(staged, first_section(staged), challenges="  ")
    with pytest.raises(Refused) as error:
        services.submit_statement(case=staged.case, by=staged.coordinator)
    assert first_section(staged).focus_area.name in str(error.value)
    assert state_of(staged) == StatementState.DRAFT


def test_submitting_keeps_the_words_tells_the_lga_and_happens_once(django_capture_on_commit_callbacks):
    staged = make_staged()
    with django_capture_on_commit_callbacks(execute=True):
        statement = submitted(staged)
    assert statement.snapshots.get().sections[0]["successes"] == "What went well"
    assert staged.manager.email in {address for message in mail.outbox for address in message.to}
    with pytest.raises(AlreadyMoved):
        services.submit_statement(case=staged.case, by=staged.coordinator)
    with pytest.raises(AlreadyMoved):
        write(staged, first_section(staged), successes="Afterwards")
    assert statement.snapshots.count() == 1


def test_the_lga_reads_nothing_before_it_is_submitted_and_nothing_new_while_the_council_writes_again():
    staged = make_staged()
    assert reads_all(staged.leader, staged.case)
    assert not reads_all(staged.manager, staged.case)
    submitted(staged)
    assert reads_all(staged.manager, staged.case)
    services.recall_statement(case=staged.case, by=staged.coordinator)
    assert not reads_all(staged.manager, staged.case)
    services.submit_statement(case=staged.case, by=staged.coordinator)
    services.return_statement(case=staged.case, reason="Say more on money", by=staged.manager)
    assert not reads_writing(staged.manager, staged.case)
    assert not reads_all(staged.administrator, staged.case)


def test_returning_needs_a_reason_and_tells_the_council(django_capture_on_commit_callbacks):
    staged = make_staged()
    submitted(staged)
    with pytest.raises(Refused) as error:
        services.return_statement(case=staged.case, reason=" ", by=staged.manager)
    assert error.value.field == "reason"
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        services.return_statement(case=staged.case, reason="Say more on money", by=staged.manager)
    told = {address for message in mail.outbox for address in message.to}
    assert {staged.leader.email, staged.chief_executive.email, staged.coordinator.email} <= told
    assert not any("Say more on money" in message.body for message in mail.outbox)  # the reason is read behind sign-in
    with pytest.raises(AlreadyMoved):
        services.return_statement(case=staged.case, reason="Again", by=staged.manager)
    with pytest.raises(AlreadyMoved):
        services.finalise_statement(case=staged.case, by=staged.manager)
    write(staged, first_section(staged), successes="More on money")


def test_a_final_statement_is_reopened_with_a_reason_only():
    staged = make_staged()
    finalised(staged)
    with pytest.raises(AlreadyMoved):
        services.recall_statement(case=staged.case, by=staged.coordinator)
    with pytest.raises(Refused):
        services.reopen_statement(case=staged.case, reason="", by=staged.manager)
    services.reopen_statement(case=staged.case, reason="A new budget", by=staged.manager)
    assert state_of(staged) == StatementState.RETURNED
    with pytest.raises(AlreadyMoved):
        services.reopen_statement(case=staged.case, reason="A new budget", by=staged.manager)


def test_the_pack_reaches_the_peers_when_released_and_not_before(django_capture_on_commit_callbacks):
    staged = make_staged()
    finalised(staged)
    assert not reads_pack(staged.peer, staged.case)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        services.release_pack(case=staged.case, by=staged.manager)
    assert reads_pack(staged.peer, staged.case)
    assert {staged.peer.email, staged.lead_member.email, staged.lead_officer.email} == {
        address for message in mail.outbox for address in message.to
    }
    with pytest.raises(AlreadyMoved):
        services.release_pack(case=staged.case, by=staged.manager)


def test_the_pack_goes_out_early_only_by_a_programme_manager_with_a_reason():
    staged = make_staged()
    with pytest.raises(Refused):
        services.release_pack(case=staged.case, override_reason="In a hurry", by=staged.programme_manager)
    submitted(staged)
    with pytest.raises(Refused) as error:
        services.release_pack(case=staged.case, by=staged.programme_manager)
    assert error.value.field == "reason"
    with pytest.raises(Refused):
        services.release_pack(case=staged.case, override_reason="In a hurry", by=staged.manager)
    services.release_pack(case=staged.case, override_reason="Onsite in two days", by=staged.programme_manager)
    assert Event.objects.filter(case=staged.case, verb="pack_released_with_override").exists()


def test_a_withdrawn_pack_is_gone_for_the_peers_and_can_come_back():
    staged = make_staged()
    finalised(staged)
    with pytest.raises(AlreadyMoved):
        services.withdraw_pack(case=staged.case, reason="Wrong paper", by=staged.manager)
    services.release_pack(case=staged.case, by=staged.manager)
    with pytest.raises(Refused):
        services.withdraw_pack(case=staged.case, reason="", by=staged.manager)
    services.withdraw_pack(case=staged.case, reason="Wrong paper", by=staged.manager)
    assert not pack_is_out(staged.case)
    assert not reads_pack(staged.peer, staged.case)
    services.release_pack(case=staged.case, by=staged.manager)
    assert pack_is_out(staged.case)


def test_peers_read_the_draft_that_was_released_not_the_writing_since():
    staged = make_staged()
    finalised(staged)
    services.release_pack(case=staged.case, by=staged.manager)
    services.reopen_statement(case=staged.case, reason="A new budget", by=staged.manager)
    write(staged, first_section(staged), successes="Not yet for the peers")
    words = released_words(PositionStatement.objects.get(case=staged.case))
    assert "Not yet for the peers" not in str(words)
    assert "What went well" in str(words)


def test_a_contributor_sees_and_writes_one_section_and_leaves_with_it(django_capture_on_commit_callbacks):
    staged = make_staged()
    somebody = make_user("contributor", council=staged.case.council)
    section, other = sections_of(staged.case)[:2]
    with django_capture_on_commit_callbacks(execute=True):
        contributor = services.add_contributor(section=section, user=somebody, by=staged.coordinator)
    assert [message.to for message in mail.outbox] == [[somebody.email]]
    assert services.add_contributor(section=section, user=somebody, by=staged.coordinator) == contributor
    assert list(own_sections(staged.case, somebody)) == [section]
    assert writes_section(somebody, section)
    assert not writes_section(somebody, other)
    write(staged, section, by=somebody)
    services.remove_contributor(contributor=contributor, by=staged.coordinator)
    with pytest.raises(AlreadyMoved):
        services.remove_contributor(contributor=contributor, by=staged.coordinator)
    access.forget_roles(somebody)
    assert not CaseMembership.objects.in_force().filter(case=staged.case, user=somebody).exists()
    assert first_section(staged).successes == "What went well"


def test_a_contributor_of_another_council_is_refused():
    staged = make_staged()
    with pytest.raises(Refused) as error:
        services.add_contributor(section=first_section(staged), user=make_user("contributor"), by=staged.coordinator)
    assert error.value.field == "user"
    assert not SectionContributor.objects.exists()


def test_the_same_comment_twice_is_one_comment():
    staged = make_staged()
    section = first_section(staged)
    one = services.add_section_comment(section=section, text="Say more", by=staged.leader)
    assert services.add_section_comment(section=section, text="Say more ", by=staged.leader) == one
    assert section.comments.count() == 1


def test_nothing_is_written_on_a_paused_case():
    staged = make_staged()
    section = first_section(staged)
    pause_case(case=staged.case, reason="A by-election", by=staged.programme_manager)
    with pytest.raises(StageClosed):
        write(staged, section)


def test_papers_of_the_pack_are_the_teams_only_once_it_is_out():
    staged = make_staged()
    document = services.add_pack_document(
        case=staged.case, title="Budget", upload=word_upload("budget.docx"), by=staged.coordinator
    )
    assert staged.coordinator.has_perm("cpc.read_document", document.latest)
    assert not staged.peer.has_perm("cpc.read_document", document.latest)
    finalised(staged)
    services.release_pack(case=staged.case, by=staged.manager)
    assert staged.peer.has_perm("cpc.read_document", document.latest)
    assert not make_user("peer").has_perm("cpc.read_document", document.latest)


def test_what_is_outstanding_follows_whose_turn_it_is():
    staged = make_staged()

    def left():
        return [(item.code, item.whose) for item in outstanding(Case.objects.get(pk=staged.case.pk), None)]

    assert left() == [("sections", "Council"), ("submitted", "Council"), ("pack", "LGA")]
    submitted(staged)
    assert left() == [("final", "LGA"), ("pack", "LGA")]
    services.finalise_statement(case=staged.case, by=staged.manager)
    services.release_pack(case=staged.case, by=staged.manager)
    assert left() == []
    assert staged.case.stage == Stage.SELF_ASSESSMENT
