from datetime import date

import pytest

from councils import events
from councils import services as register
from councils.contacts import services as contact_services
from councils.models import PoliticalControl, Tenure
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return make_user("programme_manager")


@pytest.fixture
def council():
    return make_council(name="Alder")


def said(council):
    """The sentences of a council's events, in the order in which things happened."""
    return [sentence(event.verb, event.data) for event in Event.objects.filter(council=council).order_by("pk")]


def record_leader(council, by, **changed):
    values = {
        "post": "leader",
        "person_name": "Ann Example",
        "party": "Labour",
        "started_on": date(2024, 5, 20),
        "ended_on": None,
        "is_first_post": True,
        "is_interim": False,
    }
    return register.record_tenure(council=council, by=by, **values | changed)


def test_who_held_a_post_and_until_when_is_recorded(council, by):
    tenure = record_leader(council, by)
    record_leader(council, by)  # the same again is no news
    register.end_tenure(tenure=tenure, ended_on=date(2025, 5, 1), version=tenure.version, by=by)
    record_leader(
        council, by, person_name="Bo Example", started_on=date(2020, 5, 1), ended_on=date(2021, 5, 1), post="mayor"
    )
    assert said(council) == [
        "recorded Ann Example as Leader of Alder, from 20 May 2024",
        "recorded 1 May 2025 as the last day of Ann Example as Leader of Alder",
        "recorded Bo Example as Elected mayor of Alder, from 1 May 2020 to 1 May 2021",
    ]
    event = Event.objects.filter(council=council).order_by("pk").first()
    assert (event.by, event.case, event.audience, event.data["tenure_id"]) == (by, None, "lga", tenure.pk)


def test_control_and_its_correction_are_recorded(council, by):
    for control in ("Labour", "Labour", "No overall control"):
        register.record_control(council=council, year=2024, control=control, by=by)
    assert said(council) == [
        "recorded the political control of Alder after May 2024: Labour",
        "recorded the political control of Alder after May 2024: No overall control (recorded before as Labour)",
    ]


def test_polls_are_recorded_also_when_called_off(council, by):
    for called_off in (False, True):
        register.record_poll(council=council, on=date(2027, 5, 6), text="By-election", is_called_off=called_off, by=by)
    assert said(council) == [
        "recorded a poll of Alder on 6 May 2027: By-election",
        "recorded a poll of Alder on 6 May 2027: By-election, called off",
    ]


def test_whether_a_council_is_offered_peer_challenges_is_recorded(council, by):
    register.change_programme(council=council, in_programme=False, version=0, by=by)
    register.change_programme(council=council, in_programme=True, version=1, by=by)
    assert said(council) == [
        "changed whether Alder is offered peer challenges: no",
        "changed whether Alder is offered peer challenges: yes",
    ]


def test_contacts_are_recorded_without_their_address(council, by):
    contact = contact_services.add_contact(
        council=council,
        role="coordinator",
        name="Kim Example",
        email="kim@council.example.org",
        phone="01234 567890",
        started_on=date(2024, 5, 20),
        by=by,
    )
    changed = {"name": "Kim Example", "email": "kim.example@council.example.org", "phone": "01234 567890"}
    contact_services.change_contact(contact=contact, version=0, by=by, **changed)
    contact_services.end_contact(contact=contact, ended_on=date(2027, 3, 31), version=1, by=by)
    assert said(council) == [
        "added Kim Example as a contact of Alder: Peer challenge coordinator",
        "changed the contact Kim Example of Alder: Peer challenge coordinator",
        "recorded 31 March 2027 as the last day of Kim Example as a contact of Alder: Peer challenge coordinator",
    ]
    for event in Event.objects.filter(council=council):
        assert event.audience == "lga" and "@" not in str(event.data) and "01234" not in str(event.data)


def test_successions_and_days_are_recorded(council, by):
    old = make_council(official_name="Old Alder Council")
    register.change_days(council=old, start_on=None, end_on=date(2027, 3, 31), version=0, by=by)
    register.change_days(council=council, start_on=date(2027, 4, 1), end_on=None, version=0, by=by)
    succession = register.record_succession(
        predecessor=old, successor=council, on=date(2027, 4, 1), kind="continues", by=by
    )
    register.remove_succession(successor=council, succession_id=succession.pk, by=by)
    assert said(old) == [f"changed the days of {old.name}: first not known, last 31 March 2027"]
    assert said(council) == [
        "changed the days of Alder: first 1 April 2027, no last day",
        "recorded that Alder follows Old Alder Council from 1 April 2027: Carries on as the same body",
        "removed the record that Alder follows Old Alder Council",
    ]


def test_a_change_of_facts_is_recorded_with_both_values(council, by):
    facts = {"name": "Elder", "election_scheme": "all_out"}
    register.record_former_facts(council=council, facts=facts, changed_on=date(2021, 4, 1), version=0, by=by)
    assert said(council) == [
        "recorded a change of Elder on 1 April 2021: name from Alder to Elder; "
        "election scheme from nothing to Whole council"
    ]


def test_a_change_of_the_register_without_its_record_does_not_stand(council, by, monkeypatch):
    def broken(**_):
        raise RuntimeError("no record")

    monkeypatch.setattr(events, "record", broken)
    for change in (
        lambda: record_leader(council, by),
        lambda: register.record_control(council=council, year=2024, control="Labour", by=by),
        lambda: register.change_programme(council=council, in_programme=False, version=0, by=by),
    ):
        with pytest.raises(RuntimeError):
            change()
    assert not Tenure.objects.exists()
    assert not PoliticalControl.objects.exists()
    council.refresh_from_db()
    assert council.in_programme
