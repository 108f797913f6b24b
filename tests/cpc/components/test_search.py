"""Names are found however they are typed, in every list that is searched; the database keeps the folded columns."""

import pytest
from django.db import connection

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.queries import search_people
from cpc.accounts.roles import Role
from cpc.components.search import words_match
from cpc.dashboard.queries import PipelineFilter, pipeline
from cpc.notifications.models import Message
from cpc.notifications.queries import outbox
from teams.peers.queries import pool, search_peers
from tests.factories.accounts import make_user
from tests.factories.cases import make_cases
from tests.factories.councils import make_council
from tests.factories.peers import make_peer

pytestmark = pytest.mark.django_db

KINGS_LYNN = ["King\u2019s Lynn", "kings lynn", "King's  Lynn", "KINGS LYNN", "lynn norfolk", "West-Norfolk"]
SIAN = ["Sian", "Muller", "O Briain", "Sia\u0302n", "\u00d3 Briain", "muller sian", "Obriain"]
O_NEILL = ["O'Neill", "o\u2019neill", "ONeill", "O Neill", "O`Neill"]


def manager() -> User:
    return make_user(Role.PROGRAMME_MANAGER)


@pytest.mark.parametrize("typed", KINGS_LYNN)
def test_a_council_is_found_however_its_name_is_typed(typed):
    council = make_council(name="King's Lynn and West Norfolk")
    make_council(name="Elsewhere")
    assert list(Council.objects.search(typed)) == [council]


def test_a_council_is_found_by_its_code_and_not_by_signs():
    council = make_council(name="Harrowdale")
    assert list(Council.objects.search(council.gss_code.lower())) == [council]
    for signs in ("'", "-", "???", "%", "_", "\u200b"):
        assert list(Council.objects.search(signs)) == []


@pytest.mark.parametrize(("name", "typed"), [("Si\u00e2n \u00d3 Briain-M\u00fcller", each) for each in SIAN] + [("Pat O\u2019Neill", each) for each in O_NEILL])  # fmt: skip
def test_a_person_is_found_however_the_name_is_typed(name, typed):
    reader, person = manager(), make_user(Role.CONTRIBUTOR, full_name=name)
    make_user(Role.CONTRIBUTOR, full_name="Someone Else")
    assert list(search_people(reader, text=typed)) == [person]


def test_a_person_is_found_by_address_and_council():
    reader = manager()
    person = make_user(Role.COORDINATOR, council=make_council(name="Ynys M\u00f4n"), full_name="Ida Lee")
    for typed in (person.email, f"\u200b{person.email.upper()}", "ynys mon", "ida ynys", "lee m\u00f4n"):
        assert list(search_people(reader, text=typed)) == [person], typed


@pytest.mark.parametrize("typed", [*SIAN, "coordinator", "co-ordinator briain", "kings lynn muller"])
def test_a_peer_is_found_however_the_words_are_typed(typed):
    council = make_council(name="King\u2019s Lynn")
    user = make_user(Role.PEER, council=council, full_name="Si\u00e2n \u00d3 Briain-M\u00fcller")
    peer = make_peer(user=user, current_post="Co-ordinator for caf\u00e9s")
    make_peer()
    assert list(search_peers(pool(manager()), text=typed)) == [peer]


@pytest.mark.parametrize("typed", KINGS_LYNN)
def test_a_case_is_found_however_its_council_is_typed(typed):
    reader = manager()
    case, _other = make_cases(2, by=reader)
    Council.objects.filter(pk=case.council_id).update(name="King's Lynn and West Norfolk")
    assert list(pipeline(reader, PipelineFilter(q=typed))) == [case]
    assert list(pipeline(reader, PipelineFilter(q=case.reference.upper()))) == [case]


def test_a_message_is_found_by_its_reader_and_by_the_address_as_pasted():
    to = make_user(Role.PEER, full_name="Si\u00e2n O\u2019Neill")
    message = Message.objects.create(kind="profile_check", subject_key="a", to=to, email=to.email)
    Message.objects.create(kind="profile_check", subject_key="b", email="somebody@example.org")
    for typed in ("sian oneill", f"\u200b{to.email.upper()}", to.email[:8]):
        assert list(outbox(q=typed)) == [message], typed


def test_what_a_service_writes_the_database_folds_by_itself():
    """By a save of one column, by an update and by many at once: nobody can forget it."""
    council = make_council(name="Old name")
    council.name = "King\u2019s Lynn"
    council.save(update_fields=["name"])
    assert list(Council.objects.search("kings lynn")) == [council]
    Council.objects.filter(pk=council.pk).update(name="St\u00f8rness")
    assert list(Council.objects.search("storness")) == [council]
    council.name = "\u0141\u00f3d\u017a"
    Council.objects.bulk_update([council], ["name"])
    assert list(Council.objects.search("lodz")) == [council]


def test_part_of_a_word_is_looked_for_in_an_index():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'")
        assert {row[0] for row in cursor.fetchall()} >= {
            "council_name_folded", "council_official_folded", "user_name_folded", "peer_post_folded", "peer_skills_folded",
        }  # fmt: skip


def test_nothing_typed_is_found_nowhere():
    assert not Council.objects.filter(words_match(" \u200b ", "name_folded")).exists()
