from datetime import date, timedelta

import pytest

from councils.contacts import services as contact_services
from councils.models import Contact, Succession
from councils.queries import contacts_before
from cpc.components.errors import Refused, Stale
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
VESTING = date(2028, 4, 1)


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
    return contact_services.add_contact(**(facts | overrides))


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
    with pytest.raises(Refused, match="Ann Example is a contact with this address already") as refused:
        add(council, name="Bob", email="ANN@council.example.org")
    assert refused.value.field == "email" and announced == []
    # In another role, at another council and after the first has ended, it is another contact.
    add(council, role="chief_executive")
    add(make_council())
    contact_services.end_contact(contact=first, ended_on=date(2025, 1, 1), version=0, by=None)
    add(council, started_on=date(2025, 1, 2))
    assert Contact.objects.filter(email="ann@council.example.org").count() == 4


def test_a_contact_is_changed_from_a_fresh_page_only(announced):
    council = make_council()
    contact, other = add(council), add(council, email="other@council.example.org")
    announced.clear()
    new = {"name": "Ann New", "email": "new@council.example.org", "phone": "01234 567890"}
    assert contact_services.change_contact(contact=contact, version=0, by=None, **new).version == 1
    assert contact_services.change_contact(contact=contact, version=0, by=None, **new).version == 1
    with pytest.raises(Stale):
        contact_services.change_contact(contact=contact, version=0, by=None, **new | {"name": "Late"})
    with pytest.raises(Refused, match="Ann New is a contact with this address already"):
        contact_services.change_contact(contact=other, version=0, by=None, **new)
    assert [verb for verb, _ in announced] == ["contact_changed"]


def test_end_of_a_contact(announced):
    contact = add(make_council())
    announced.clear()
    with pytest.raises(Refused, match="same as or after the first, 20 May 2024") as refused:
        contact_services.end_contact(contact=contact, ended_on=date(2024, 5, 19), version=0, by=None)
    assert refused.value.field == "ended_on"
    for _ in range(2):
        ended = contact_services.end_contact(contact=contact, ended_on=date(2025, 5, 1), version=0, by=None)
        assert (ended.ended_on, ended.version) == (date(2025, 5, 1), 1)
    with pytest.raises(Stale):
        contact_services.end_contact(contact=contact, ended_on=date(2025, 6, 1), version=0, by=None)
    assert [verb for verb, _ in announced] == ["contact_ended"]


# ------------------------------------------------------------------ people of the councils before


def bring(council, *contacts, **overrides):
    facts = {"council": council, "contacts": contacts, "started_on": VESTING, "by": None}
    return contact_services.bring_over_contacts(**facts | overrides)


def make_heir(*before, on=VESTING):
    """A council that follows these."""
    heir = make_council(start_on=on)
    for council in before:
        Succession.objects.create(predecessor=council, successor=heir, on=on, kind="merger")
    return heir


def test_chosen_people_become_contacts_of_the_council_that_follows(announced):
    council = make_council(end_on=VESTING - timedelta(days=1))
    ann = add(council, phone="01234 567890")
    add(council, email="bo@council.example.org", name="Bo Example")
    heir = make_heir(council)
    announced.clear()
    [brought] = bring(heir, ann)
    assert (brought.council, brought.name, brought.email, brought.phone, brought.role, brought.started_on) == (
        heir, "Ann Example", "ann@council.example.org", "01234 567890", "coordinator", VESTING,
    )  # fmt: skip
    ann.refresh_from_db()
    assert (ann.council, ann.ended_on) == (council, None)
    assert [verb for verb, _ in announced] == ["contact_added"]


def test_a_second_press_adds_nobody(announced):
    ann = add(make_council())
    heir = make_heir(ann.council)
    bring(heir, ann)
    announced.clear()
    assert bring(heir, ann) == []
    assert (Contact.objects.filter(council=heir).count(), announced) == (1, [])


def test_one_person_at_two_of_the_councils_before_is_one_contact():
    first, second = add(make_council()), add(make_council(), email="ANN@council.example.org")
    heir = make_heir(first.council, second.council)
    assert len(bring(heir, first, second)) == Contact.objects.filter(council=heir).count() == 1


def test_only_those_who_stood_there_on_the_last_day():
    council = make_council()
    last_day = VESTING - timedelta(days=1)
    add(council, email="gone@council.example.org", name="Gone")
    Contact.objects.update(ended_on=last_day - timedelta(days=1))
    there = add(council, email="there@council.example.org", name="There")
    Contact.objects.filter(pk=there.pk).update(ended_on=last_day)
    late = add(council, email="late@council.example.org", name="Late", started_on=VESTING)
    elsewhere = add(make_council(), email="elsewhere@council.example.org", name="Elsewhere")
    heir = make_heir(council)
    assert [each.name for each in contacts_before(heir)] == ["There"]
    for contact in (late, elsewhere, Contact.objects.get(name="Gone")):
        with pytest.raises(Refused) as refused:
            bring(heir, there, contact)
        assert refused.value.field == "contacts"
    assert not Contact.objects.filter(council=heir).exists()
    # The council that follows has none who come after it.
    assert contacts_before(council) == []


@pytest.mark.parametrize("typed", ["ann@council.example.org\u200b", "\ufeffANN@coun\u00adcil.example.org"])
def test_one_person_is_one_contact_whatever_hides_in_the_address(typed):
    council = make_council()
    contact = add(council, email=typed)
    assert contact.email == "ann@council.example.org"
    assert add(council) == contact
    with pytest.raises(Refused) as refused:
        add(council, name="Bob", email=typed)
    assert refused.value.field == "email"
    assert Contact.objects.count() == 1


def test_a_contact_has_an_address_or_is_refused():
    with pytest.raises(Refused) as refused:
        add(make_council(), email="si\u00e2n@council.example.org")
    assert refused.value.field == "email"
