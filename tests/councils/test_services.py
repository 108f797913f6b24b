from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from councils import events, services
from councils.models import Contact, Council, PoliticalControl, Poll, Tenure
from councils.services import RegisterRefused, RegisterStale
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced(monkeypatch):
    """What was announced, as (verb, data)."""
    heard: list[tuple[str, dict]] = []
    monkeypatch.setattr(events, "LISTENERS", [lambda verb, *, by, council, data: heard.append((verb, data))])
    return heard


def record(council, **overrides):
    facts = {
        "council": council,
        "post": "leader",
        "person_name": " Ann Example ",
        "party": "Labour",
        "started_on": date(2024, 5, 20),
        "ended_on": None,
        "is_first_post": True,
        "is_interim": False,
        "by": None,
    }
    return services.record_tenure(**(facts | overrides))


def test_tenure_is_recorded_once(announced):
    council = make_council()
    tenure = record(council)
    assert (tenure.person_name, tenure.ended_on) == ("Ann Example", None)
    assert record(council) == tenure
    assert [(verb, data["name"]) for verb, data in announced] == [("tenure_recorded", "Ann Example")]


def test_the_same_person_with_other_facts_is_not_swallowed():
    council = make_council()
    record(council)
    with pytest.raises(RegisterRefused, match="Ann Example has held this post since 20 May 2024. Record their last"):
        record(council, party="Green")


@pytest.mark.parametrize(
    ("overrides", "field", "sentence"),
    [
        ({"started_on": date(2023, 1, 1)}, "started_on", "Bob Before held this post from 1 May 2022 to 1 May 2023."),
        ({"started_on": date(2020, 1, 1)}, "started_on", "Bob Before held this post"),
        ({"ended_on": date(2024, 5, 19)}, "ended_on", "The last day must be the same as or after the first"),
        ({"started_on": timezone.localdate() + timedelta(days=1)}, "started_on", "must be today or in the past"),
        ({"ended_on": timezone.localdate() + timedelta(days=1)}, "ended_on", "must be today or in the past"),
    ],
)
def test_tenure_refused_with_a_sentence(announced, overrides, field, sentence):
    council = make_council()
    record(council, person_name="Bob Before", started_on=date(2022, 5, 1), ended_on=date(2023, 5, 1))
    announced.clear()
    with pytest.raises(RegisterRefused, match=sentence) as refused:
        record(council, **overrides)
    assert refused.value.field == field
    assert Tenure.objects.count() == 1 and announced == []


def test_end_of_a_tenure(announced):
    tenure = record(make_council())
    announced.clear()
    ended = services.end_tenure(tenure=tenure, ended_on=date(2025, 5, 1), version=0, by=None)
    assert (ended.ended_on, ended.version) == (date(2025, 5, 1), 1)
    # The same click again changes nothing; another day from the old page is stale.
    assert services.end_tenure(tenure=tenure, ended_on=date(2025, 5, 1), version=0, by=None).version == 1
    with pytest.raises(RegisterStale):
        services.end_tenure(tenure=tenure, ended_on=date(2025, 6, 1), version=0, by=None)
    assert [verb for verb, _ in announced] == ["tenure_ended"]


def test_end_of_a_tenure_refused_with_a_sentence():
    council = make_council()
    tenure = record(council, ended_on=date(2025, 5, 1))
    record(council, person_name="Cy After", started_on=date(2025, 5, 2))
    for ended_on, sentence in [
        (date(2024, 5, 19), "same as or after the first"),
        (timezone.localdate() + timedelta(days=1), "today or in the past"),
        (date(2025, 5, 2), "Cy After took up this post on 2 May 2025"),
    ]:
        with pytest.raises(RegisterRefused, match=sentence):
            services.end_tenure(tenure=tenure, ended_on=ended_on, version=0, by=None)


def test_control_of_a_year_is_corrected_not_doubled(announced):
    council = make_council()
    for control in ("Labour", "Labour", "No overall control"):
        services.record_control(council=council, year=2024, control=control, by=None)
    assert PoliticalControl.objects.get(council=council).control == "No overall control"
    assert [data["from_control"] for _, data in announced] == ["", "Labour"]
    for year in (1972, timezone.localdate().year + 1):
        with pytest.raises(RegisterRefused, match="Year must be between 1973 and"):
            services.record_control(council=council, year=year, control="Labour", by=None)


def test_poll_of_a_day_is_corrected_not_doubled(announced):
    council = make_council()
    for is_called_off in (False, False, True):
        services.record_poll(council=council, on=date(2027, 5, 6), text="", is_called_off=is_called_off, by=None)
    poll = Poll.objects.get(council=council)
    assert (poll.text, poll.is_called_off) == ("Ordinary election", True)
    assert len(announced) == 2


def test_programme_is_changed_from_a_fresh_page_only(announced):
    council = make_council(in_programme=True)
    services.change_programme(council=council, in_programme=False, version=0, by=None)
    services.change_programme(council=council, in_programme=False, version=0, by=None)
    council.refresh_from_db()
    assert (council.in_programme, council.version) == (False, 1)
    with pytest.raises(RegisterStale):
        services.change_programme(council=council, in_programme=True, version=0, by=None)
    assert announced == [("council_changed", {"in_programme": False})]


def test_a_listener_that_refuses_undoes_the_change(monkeypatch):
    def refuse(verb, **_):
        raise RuntimeError(verb)

    monkeypatch.setattr(events, "LISTENERS", [refuse])
    with pytest.raises(RuntimeError, match="tenure_recorded"):
        record(make_council())
    assert not Tenure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_leaders_at_once_give_one_leader():
    council = make_council()

    def attempt(number):
        try:
            record(Council.objects.get(pk=council.pk), person_name=f"Leader {number}")
        except RegisterRefused:
            return "refused"
        finally:
            connections.close_all()
        return "recorded"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert sorted(answers) == ["recorded"] + ["refused"] * 7
    assert Tenure.objects.count() == 1


def add(council, **overrides):
    facts = {
        "council": council,
        "role": "coordinator",
        "name": " Ann Example ",
        "email": "ann@council.example.org",
        "phone": "",
        "started_on": date(2024, 5, 20),
        "by": None,
    }
    return services.add_contact(**(facts | overrides))


def test_a_contact_is_added_once_and_the_record_holds_no_address(announced):
    council = make_council()
    contact = add(council)
    assert (contact.name, contact.ended_on) == ("Ann Example", None)
    assert add(council) == contact
    assert announced == [
        (
            "contact_added",
            {"name": "Ann Example", "contact_role": "Peer challenge coordinator", "contact_id": contact.pk},
        )
    ]


def test_an_address_is_one_contact_of_a_role_at_a_time(announced):
    council = make_council()
    first = add(council)
    announced.clear()
    with pytest.raises(RegisterRefused, match="Ann Example is a contact with this address already") as refused:
        add(council, name="Bob", email="ANN@council.example.org")
    assert refused.value.field == "email" and announced == []
    # In another role, at another council and after the first has ended, it is another contact.
    add(council, role="chief_executive")
    add(make_council())
    services.end_contact(contact=first, ended_on=date(2025, 1, 1), version=0, by=None)
    add(council, started_on=date(2025, 1, 2))
    assert Contact.objects.filter(email="ann@council.example.org").count() == 4


def test_a_contact_is_changed_from_a_fresh_page_only(announced):
    council = make_council()
    contact, other = add(council), add(council, email="other@council.example.org")
    announced.clear()
    new = {"name": "Ann New", "email": "new@council.example.org", "phone": "01234 567890"}
    assert services.change_contact(contact=contact, version=0, by=None, **new).version == 1
    assert services.change_contact(contact=contact, version=0, by=None, **new).version == 1
    with pytest.raises(RegisterStale):
        services.change_contact(contact=contact, version=0, by=None, **new | {"name": "Late"})
    with pytest.raises(RegisterRefused, match="Ann New is a contact with this address already"):
        services.change_contact(contact=other, version=0, by=None, **new)
    assert [verb for verb, _ in announced] == ["contact_changed"]


def test_end_of_a_contact(announced):
    contact = add(make_council())
    announced.clear()
    with pytest.raises(RegisterRefused, match="same as or after the first, 20 May 2024") as refused:
        services.end_contact(contact=contact, ended_on=date(2024, 5, 19), version=0, by=None)
    assert refused.value.field == "ended_on"
    for _ in range(2):
        ended = services.end_contact(contact=contact, ended_on=date(2025, 5, 1), version=0, by=None)
        assert (ended.ended_on, ended.version) == (date(2025, 5, 1), 1)
    with pytest.raises(RegisterStale):
        services.end_contact(contact=contact, ended_on=date(2025, 6, 1), version=0, by=None)
    assert [verb for verb, _ in announced] == ["contact_ended"]
