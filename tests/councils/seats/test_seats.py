"""Seats by party and year, beside political control."""

from datetime import date
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from councils import services
from councils.control import contradiction, named_twice
from councils.models import Council, PoliticalControl, Seats, SeatTotal
from councils.queries import as_at
from councils.seats import services as seat_services
from councils.seats.queries import seats_of
from cpc.audit.models import Event
from cpc.components.errors import Refused, Stale
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

ADUR = [("Labour", 17), ("Reform UK", 6), ("Independent or other", 4), ("Green", 2)]


def record(council, **overrides):
    values = {"year": 2024, "seats": ADUR, "total": 29, "control": "", "version": 0, "by": None}
    return seat_services.record_seats(council=council, **values | overrides)


def change(council, **overrides):
    return record(council, version=seats_of(council, 2024).version, **overrides)


def typed(*rows, year=2024, total="29", control="", version="0", **more):
    data = {"year": year, "total": total, "control": control, "version": version, "rows": "8"}
    for index, (party, number) in enumerate(rows, start=1):
        data |= {f"party_{index}": party, f"number_{index}": number}
    return data | more


def page(name, council, **kwargs):
    return reverse(f"councils:{name}", kwargs={"slug": council.slug} | kwargs)


def text(response):
    return unescape(response.content.decode())


@pytest.fixture
def keeper(client_for):
    return client_for(make_user("administrator"))


# ------------------------------------------------------------------ what seats say of control


@pytest.mark.parametrize(
    ("control", "seats", "total", "sentence"),
    [
        ("Labour", [("Labour", 25), ("Conservative", 24)], None, ""),
        ("Labour", [("Labour", 24), ("Conservative", 25)], None, "Labour has 24 of 49 seats, which is no majority."),
        ("LAB", [("Labour", 24), ("Conservative", 25)], None, "Labour has 24 of 49 seats, which is no majority."),
        # Vacant seats count, and half of all is enough with a casting vote.
        ("Labour", [("Labour", 25), ("Conservative", 20)], 51, "Labour has 25 of 51 seats, which is no majority."),
        ("Labour", [("Labour", 25), ("Conservative", 20)], 50, ""),
        ("Labour minority", [("Labour", 26), ("Green", 24)], None, "Labour has 26 of 50 seats, which is a majority."),
        ("Labour minority", [("Labour", 25), ("Green", 25)], None, ""),
        ("No overall control", [("Green", 26), ("Labour", 24)], None, "Green has 26 of 50 seats, which is a majority."),
        ("No overall control", [("Green", 25), ("Labour", 25)], None, ""),
        (
            "No overall control: Conservative largest",
            [("Labour", 20), ("Conservative", 15), ("Green", 10)],
            None,
            "Labour has 20 seats, more than Conservative with 15.",
        ),
        ("No overall control: Labour largest", [("Labour", 20), ("Conservative", 15), ("Green", 10)], None, ""),
        # Independents need not be one group; several parties and a mayor govern either way.
        ("No overall control", [("Independents", 30), ("Labour", 10)], None, ""),
        ("Labour, Green", [("Labour", 5), ("Green", 5), ("Conservative", 30)], None, ""),
        ("Labour elected mayor", [("Labour", 5), ("Conservative", 30)], None, ""),
        # A party that nobody counted by its name may stand among the others; Labour does not.
        ("Residents for Uttlesford", [("Independent or other", 22), ("Conservative", 17)], None, ""),
        ("Plaid Cymru", [("SNP or Plaid Cymru", 40), ("Labour", 4)], None, ""),
        ("UKIP", [("Independent or other", 33), ("Conservative", 18)], None, ""),
        ("No overall control: Green largest", [("Independent or other", 25), ("Labour", 13)], None, ""),
        ("Labour", [("Conservative", 30)], None, "Labour has 0 of 30 seats, which is no majority."),
        ("", ADUR, 29, ""),
        ("Labour", [], 29, ""),
    ],
)
def test_seats_that_contradict_control_are_told(control, seats, total, sentence):
    assert contradiction(control, seats, total) == sentence


def test_a_party_that_is_written_in_two_ways_is_one():
    assert named_twice(["Labour", "Conservative", "LAB"]) == 2
    assert named_twice(["Green Party", "green"]) == 1
    assert named_twice(["Labour", "Aspire", "Independent or other"]) is None
    assert named_twice(["Aspire", "aspire "]) == 1


# ------------------------------------------------------------------ the rules


def test_seats_of_a_year_are_recorded_once_and_changed_whole():
    council = make_council()
    recorded = record(council, control="Labour")
    assert (recorded.total, recorded.vacant, recorded.problem) == (29, 0, "")
    assert record(council, control="Labour").version == recorded.version
    assert [(each.party, each.number) for each in as_at(council, date(2024, 6, 1)).seats] == ADUR
    assert PoliticalControl.objects.get().control == "Labour"
    changed = change(council, seats=[("Labour", 20)], total=None)
    assert (changed.seats, changed.control) == ((("Labour", 20),), "Labour")
    assert Seats.objects.count() == 1 and not SeatTotal.objects.exists()
    events = Event.objects.filter(verb="seats_recorded").order_by("pk")
    assert [event.data["seats_text"] for event in events] == [
        "Labour 17, Reform UK 6, Independent or other 4, Green 2 of 29",
        "Labour 20 (before: Labour 17, Reform UK 6, Independent or other 4, Green 2 of 29)",
    ]
    assert Event.objects.filter(verb="control_recorded").count() == 1


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"seats": []}, "", "at least one party"),
        ({"seats": [("Labour", 1), ("Lab", 2)]}, "", "Lab is entered twice"),
        ({"total": 28}, "total", "29 seats together, more than the 28 of the council"),
        ({"year": 1972}, "year", "between 1973 and"),
        ({"year": timezone.localdate().year + 1}, "year", "between 1973 and"),
        ({"year": 2018}, "year", "begins on 1 April 2020. Enter 2019 or a later year"),
        ({"year": 2025}, "year", "ends on 31 March 2025. Enter 2024 or an earlier year"),
        ({"year": 2022}, "year", "after May 2022 are recorded already"),
    ],
)
def test_wrong_seats_are_refused(values, field, sentence):
    council = make_council(start_on=date(2020, 4, 1), end_on=date(2025, 3, 31))
    Seats.objects.create(council=council, year=2022, party="Labour", number=3)
    with pytest.raises(Refused, match=sentence) as refused:
        record(council, **values)
    assert refused.value.field == field
    assert Seats.objects.count() == 1 and not Event.objects.exists()


def test_the_first_councillors_are_elected_before_the_first_day():
    council = make_council(start_on=date(2020, 4, 1))
    assert record(council, year=2019).taken == 29
    services.record_control(council=council, year=2019, control="Labour", by=None)
    with pytest.raises(Refused, match="Enter 2019 or a later year"):
        services.record_control(council=council, year=2018, control="Labour", by=None)


def test_seats_or_control_that_changed_meanwhile_make_the_page_stale():
    council = make_council()
    read = record(council).version
    services.record_control(council=council, year=2024, control="Labour", by=None)
    with pytest.raises(Stale):
        record(council, seats=[("Labour", 20)], control="Green", version=read)
    with pytest.raises(Stale):
        seat_services.remove_seats(council=council, year=2024, version=read, by=None)
    assert seats_of(council, 2024).control == "Labour" and Seats.objects.count() == 4


def test_seats_are_removed_once_and_control_stays():
    council = make_council()
    version = record(council, control="Labour").version
    assert seat_services.remove_seats(council=council, year=2024, version=version, by=None)
    assert not seat_services.remove_seats(council=council, year=2024, version=version, by=None)
    assert seats_of(council, 2024).seats == () and seats_of(council, 2024).control == "Labour"
    assert not SeatTotal.objects.exists()
    assert Event.objects.get(verb="seats_removed").data["seats_text"].startswith("Labour 17")
    # What a page of before would save is not taken for the first.
    with pytest.raises(Stale):
        record(council, version=version)


# ------------------------------------------------------------------ the pages


def test_seats_are_entered_shown_changed_and_removed(keeper):
    council = make_council(name="Adur")
    assert_valid_html(keeper.get(page("seats-add", council)).content.decode())
    data = typed(*ADUR, control="Labour")
    for _ in range(2):
        shown = keeper.post(page("seats-add", council), data, follow=True)
        assert "The seats are recorded" in text(shown)
    for words in ("After May 2024", "Labour: 17", "Green: 2", "Seats of the council: 29", "Political control"):
        assert words in text(shown)
    assert "majority" not in text(shown)
    assert_valid_html(shown.content.decode())
    change_page, remove_page = (page(name, council, year=2024) for name in ("seats-change", "seats-remove"))
    assert change_page in text(shown) and remove_page in text(shown)
    form = text(keeper.get(change_page))
    version = str(seats_of(council, 2024).version)
    assert 'value="Labour"' in form and 'value="17"' in form and f'value="{version}"' in form
    assert_valid_html(form)
    shown = keeper.post(
        change_page, typed(("Labour", 14), ("Green", 12), control="Labour", version=version), follow=True
    )
    assert "Labour has 14 of 29 seats, which is no majority. Check the control and the seats of 2024." in text(shown)
    assert "Vacant or unknown: 3" in text(shown)
    asked = text(keeper.get(remove_page))
    assert "Labour 14, Green 12" in asked
    assert_valid_html(asked)
    stale = keeper.post(remove_page, {"version": version})
    assert stale.status_code == 409
    now = str(seats_of(council, 2024).version)
    assert f'name="version" value="{now}"' in text(stale)
    for told in ("The seats are removed", "were already removed"):
        assert told in text(keeper.post(remove_page, {"version": now}, follow=True))
    assert (keeper.get(remove_page).status_code, keeper.get(change_page).status_code) == (404, 404)
    assert keeper.get(page("seats-change", council, year=2**63)).status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence", "place"),
    [
        (typed(), "Enter at least one party and its seats", "party_1"),
        (typed(("Labour", "0")), "Seats of party 1 must be 1 or more", "number_1"),
        (typed(("Labour", "-3")), "Seats of party 1 must be 1 or more", "number_1"),
        (typed(("Labour", "2.5")), "Seats of party 1 must be a whole number", "number_1"),
        (typed(("Labour", "")), "Enter how many seats Labour has", "number_1"),
        (typed(("", "7")), "Enter which party has 7 seats", "party_1"),
        (typed(("Labour", "7"), ("Lab", "8")), "Lab is entered twice", "party_2"),
        (typed(("Labour", "30")), "30 seats together, more than the 29", "total"),
        (typed(("Labour", "7"), total="0"), "must be 1 or more", "total"),
        (typed(("Labour", "7"), year="1900"), "between 1973 and", "year"),
        (typed(("Labour", "7"), year=""), "Enter the year", "year"),
        (typed(("Labour", "7"), year="9" * 30), "between 1973 and", "year"),
    ],
)
def test_refused_seats_are_told_beside_their_field_and_keep_what_was_typed(keeper, data, sentence, place):
    council = make_council()
    response = keeper.post(page("seats-add", council), data | {"control": "Typed before"})
    content = text(response)
    assert response.status_code == 422 and sentence in content and f'id="id_{place}-error"' in content
    assert 'value="Typed before"' in content
    assert_valid_html(response.content.decode())
    assert not Seats.objects.exists()


def test_more_rows_come_without_saving_and_what_was_typed_stays(keeper):
    council = make_council()
    data = typed(("Labour", "x"), control="Typed control") | {"more": "1"}
    response = keeper.post(page("seats-add", council), data)
    content = text(response)
    assert response.status_code == 200 and 'name="party_13"' in content and 'name="party_14"' not in content
    assert 'value="Typed control"' in content and 'value="x"' in content and "There is a problem" not in content
    assert_valid_html(response.content.decode())
    rows = [(f"Party of {number}", "1") for number in range(1, 14)]
    assert keeper.post(page("seats-add", council), typed(*rows, rows="13")).status_code == 302
    assert Seats.objects.count() == 13
    # However often it is pressed, and whatever is sent: a page of bounded length.
    many = text(keeper.post(page("seats-add", council), data | {"rows": "900000"}))
    assert 'name="party_40"' in many and 'name="party_41"' not in many


def test_the_parties_of_the_last_year_are_offered_and_need_no_seats(keeper):
    council = make_council()
    record(council)
    form = text(keeper.get(page("seats-add", council)))
    assert 'value="Reform UK"' in form and 'value="29"' in form and 'value="17"' not in form
    data = typed(("Labour", "20"), ("Reform UK", ""), year=2025)
    assert keeper.post(page("seats-add", council), data).status_code == 302
    assert seats_of(council, 2025).seats == (("Labour", 20),)
    again = keeper.post(page("seats-add", council), typed(("Labour", "21"), year=2025))
    assert again.status_code == 422 and "after May 2025 are recorded already" in text(again)


def test_seats_from_a_stale_page_show_both_then_save(keeper):
    council = make_council()
    address, read = page("seats-change", council, year=2024), record(council).version
    change(council, seats=[("Green", 29)])
    mine = typed(("Labour", "28"), version=str(read))
    stale = keeper.post(address, mine)
    now = seats_of(council, 2024).version
    assert stale.status_code == 409 and "Green" in text(stale) and 'value="28"' in text(stale)
    assert f'value="{now}"' in text(stale)
    assert_valid_html(stale.content.decode())
    assert keeper.post(address, mine | {"version": now}).status_code == 302
    assert seats_of(council, 2024).seats == (("Labour", 28),)
    # Removed meanwhile: also no first recording.
    seat_services.remove_seats(council=council, year=2024, version=seats_of(council, 2024).version, by=None)
    gone = keeper.post(address, mine | {"version": now})
    assert gone.status_code == 409 and "None are recorded" in text(gone)


def test_a_year_outside_the_life_of_the_council_is_refused_on_a_page_without_that_question(keeper):
    council = make_council()
    version = record(council).version
    Council.objects.filter(pk=council.pk).update(end_on=date(2023, 3, 31))
    refused = keeper.post(page("seats-change", council, year=2024), typed(("Labour", "2"), version=str(version)))
    assert refused.status_code == 422 and "ends on 31 March 2023" in text(refused)


def test_control_that_the_seats_contradict_is_told_where_it_is_recorded(keeper):
    council = make_council()
    record(council)
    told = text(keeper.post(page("control-add", council), {"year": "2024", "control": "Green"}, follow=True))
    assert "Green has 2 of 29 seats, which is no majority. Check the control and the seats of 2024." in told
    told = text(keeper.post(page("control-add", council), {"year": "2024", "control": "Labour"}, follow=True))
    assert "which is" not in told


def test_who_reads_seats_and_who_keeps_them(client_for):
    council = make_council()
    record(council, control="Green")
    addresses = [
        page("seats-add", council),
        *(page(f"seats-{name}", council, year=2024) for name in ("change", "remove")),
    ]
    for role, of, keeps, reads in [
        ("administrator", None, True, True),
        ("programme_manager", None, True, True),
        ("principal_adviser", None, True, True),
        ("support_officer", None, False, True),
        ("leader", council, False, True),
        ("leader", make_council(), False, False),
        ("peer", None, False, False),
    ]:
        client = client_for(make_user(role, **({"council": of} if of else {})))
        shown = text(client.get(page("seats", council)))
        assert ("Reform UK: 6" in shown) is reads
        assert ("which is no majority" in shown) is keeps
        for address in addresses:
            assert (client.get(address).status_code == 200) is keeps
            assert keeps or client.post(address, typed(("Labour", "3"))).status_code in {403, 404}
            assert (address in shown) is keeps
    assert seats_of(council, 2024).seats == tuple(ADUR)


def test_the_list_of_years_costs_the_same_with_one_year_and_with_three(keeper):
    council, counts = make_council(), []
    assert "Nothing is recorded yet." in text(keeper.get(page("seats", council)))
    for year in (2022, 2023, 2024):
        record(council, year=year, control="Labour")
        counts.append(count_queries(lambda: keeper.get(page("seats", council))))
    assert counts[0] == counts[2] <= 12


def test_the_forms_cost_the_same_with_three_parties_and_with_thirty(keeper):
    council, counts = make_council(), []
    for year, number in ((2023, 3), (2024, 30)):
        rows = [(f"Party of {each}", "1") for each in range(number)]
        before = typed(*rows, year=year, total="90", rows=str(number))
        saving = count_queries(lambda before=before: keeper.post(page("seats-add", council), before))
        change_page = page("seats-change", council, year=year)
        mine = before | {"version": str(seats_of(council, year).version), "total": "80"}
        opening = [
            count_queries(lambda where=where: keeper.get(where)) for where in (page("seats-add", council), change_page)
        ]
        changing = count_queries(lambda mine=mine, where=change_page: keeper.post(where, mine))
        assert max(opening) <= 12
        # Where there were no seats, none are offered: one statement less.
        counts.append((opening, changing, saving if year == 2024 else saving + 1))
    assert counts[0] == counts[1]
    assert SeatTotal.objects.get(year=2024).number == 80
