from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from councils.models import Council
from cpc.accounts.roles import LGA_STAFF, Role
from cpc.cycle.models import AdviserPost
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge, make_prompt, make_trigger
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

DUE, CSV, XLSX = "/due/", "/due/due-list.csv", "/due/due-list.xlsx"
MOST = 12


@pytest.fixture
def reader(client_for):
    return client_for(make_user("principal_adviser"))


def text(response):
    return unescape(response.content.decode())


def names(response):
    return [row.council.name for row in response.context_data["rows"]]


def day(on):
    return {"on-day": on.day, "on-month": on.month, "on-year": on.year}


def some_councils():
    alder = make_council(name="Alderham", region="London", council_type="london_borough")
    birch = make_council(name="Birchley", region="North East")
    cedar = make_council(name="Cedarton", region="North East", council_type="county")
    make_council(name="Damsonby", region="London")
    make_challenge(alder, date(2021, 12, 1))
    make_challenge(birch, date(2020, 6, 10))
    make_challenge(cedar, date(2025, 3, 31))
    make_prompt(cedar, date(2026, 5, 12))
    make_trigger(cedar, date(2026, 5, 12), detail="Lesley <Example>")
    make_booked(alder, date(2026, 9, 1))


def test_addresses_are_what_the_links_say():
    assert [reverse(f"due:{name}") for name in ("list", "csv", "xlsx")] == [DUE, CSV, XLSX]


@pytest.mark.parametrize("role", Role.values)
def test_the_due_list_is_for_the_lga_alone(client_for, role):
    client = client_for(make_user(role))
    status = 200 if role in LGA_STAFF else 403
    assert [client.get(address).status_code for address in (DUE, CSV, XLSX)] == [status] * 3
    assert (f'href="{DUE}"' in text(client.get("/my-work/"))) is (role in LGA_STAFF)


@pytest.mark.moment("2026-11-26 12:00")
def test_the_list_opens_with_those_that_had_one_soonest_due_first(reader):
    some_councils()
    response = reader.get(DUE)
    assert names(response) == ["Birchley", "Alderham", "Cedarton"]
    content = text(response)
    assert_valid_html(response.content.decode())
    assert "On 26 November 2026" in content
    assert "Due 10 June 2025: five years after 10 June 2020" in content
    assert "New leader since 12 May 2026 (Lesley <Example>)" in content
    assert "Lesley <Example>" not in response.content.decode()
    assert "1 council that is overdue already is not counted." in content
    assert [(each["name"], each["number"]) for each in response.context_data["counts"]] == [
        ("Overdue", 1),
        ("Due soon", 1),
        ("Not due yet", 1),
        ("Never had one", 1),
    ]


@pytest.mark.moment("2026-11-26 12:00")
def test_filters_and_orders(reader):
    some_councils()
    for data, expected in [
        ({"standing": "never_had"}, ["Damsonby"]),
        ({"standing": "all"}, ["Birchley", "Alderham", "Cedarton", "Damsonby"]),
        ({"standing": "overdue"}, ["Birchley"]),
        ({"region": "London"}, ["Alderham"]),
        ({"region": "London", "standing": "all"}, ["Alderham", "Damsonby"]),
        ({"region": "Nowhere"}, []),
        ({"type": "county"}, ["Cedarton"]),
        ({"state": "booked"}, ["Alderham"]),
        ({"state": "prompted"}, ["Cedarton"]),
        ({"order": "council"}, ["Alderham", "Birchley", "Cedarton"]),
        ({"order": "last", "standing": "all"}, ["Damsonby", "Birchley", "Alderham", "Cedarton"]),
        ({"order": "state"}, ["Alderham", "Cedarton", "Birchley"]),
        ({"type": "x", "state": "x", "standing": "x", "order": "x", "page": "x"}, ["Birchley", "Alderham", "Cedarton"]),
        (day(date(2025, 3, 30)), ["Birchley", "Alderham"]),
    ]:
        assert names(reader.get(DUE, data)) == expected, data


@pytest.mark.moment("2026-11-26 12:00")
def test_the_councils_of_one_adviser_on_the_day(reader):
    """Whoever looked after a council then, whether or not they do now, and whether or not they are still there."""
    some_councils()
    alder, birch = Council.objects.get(name="Alderham"), Council.objects.get(name="Birchley")
    gone = make_user("principal_adviser", full_name="Ada Example", is_active=False)
    here = make_user("principal_adviser", full_name="Bea Example")
    AdviserPost.objects.create(council=alder, user=gone, started_on=date(2020, 1, 1), ended_on=date(2025, 12, 31))
    AdviserPost.objects.create(council=alder, user=here, started_on=date(2026, 1, 1))
    AdviserPost.objects.create(council=birch, user=here, started_on=date(2020, 1, 1))
    page = reader.get(DUE, {"adviser": here.pk})
    assert names(page) == ["Birchley", "Alderham"]
    assert f'<option value="{here.pk}" selected>Bea Example</option>' in text(page)
    assert sum(each["number"] for each in page.context_data["counts"]) == 2
    assert sum(each.due for each in page.context_data["quarters"]) == 1
    assert names(reader.get(DUE, {"adviser": gone.pk})) == []
    assert names(reader.get(DUE, {"adviser": gone.pk} | day(date(2024, 1, 1)))) == ["Alderham"]
    assert names(reader.get(DUE, {"adviser": here.pk, "region": "London"})) == ["Alderham"]
    assert names(reader.get(DUE, {"adviser": "x"})) == ["Birchley", "Alderham", "Cedarton"]
    rows = reader.get(CSV, {"adviser": here.pk}).content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[1] for row in rows[1:]] == ["Birchley", "Alderham"]


@pytest.mark.moment("2026-11-26 12:00")
@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        ({"on-day": "31", "on-month": "2", "on-year": "2026"}, "Day must be a real date"),
        ({"on-day": "1"}, "Day must include a month and year"),
        ({"on-day": "1", "on-month": "1", "on-year": "26"}, "Year must include 4 numbers"),
    ],
)
def test_a_day_that_is_none_is_told_and_today_is_shown(reader, data, refusal):
    response = reader.get(DUE, data)
    assert response.status_code == 200
    assert refusal in text(response)
    assert "On 26 November 2026" in text(response)
    assert_valid_html(response.content.decode())


@pytest.mark.parametrize("on", [date(1900, 1, 1), date(2200, 12, 31)])
def test_the_first_and_the_last_day_that_can_be_asked_for(reader, on):
    make_challenge(make_council(), date(2020, 6, 10))
    assert reader.get(DUE, day(on)).status_code == 200


@pytest.mark.moment("2026-11-26 12:00")
def test_whoever_may_starts_a_challenge_from_the_line_where_none_is_booked(client_for):
    some_councils()
    cedar, alder = Council.objects.get(name="Cedarton"), Council.objects.get(name="Alderham")
    start = "/cases/start/?council={}"
    page = text(client_for(make_user("programme_manager")).get(DUE))
    assert start.format(cedar.pk) in page
    assert start.format(alder.pk) not in page
    assert "/cases/start/" not in text(client_for(make_user("support_officer")).get(DUE))


def test_empty_states_say_what_can_be_done(reader):
    assert "load_register" in text(reader.get(DUE))
    make_council()
    assert "They are listed apart, under Never had one." in text(reader.get(DUE))
    nothing = reader.get(DUE, {"region": '"><script>'})
    assert "No council matches" in text(nothing)
    assert_valid_html(nothing.content.decode())


@pytest.mark.moment("2026-11-26 12:00")
def test_the_forecast_is_a_plot_with_a_title_and_its_table(reader):
    some_councils()
    content = text(reader.get(DUE))
    assert '<svg role="img" aria-labelledby="forecast-title"' in content
    assert content.count("<rect ") == 20
    assert "January to March 2030" in content
    quarters = reader.get(DUE, {"region": "London"}).context_data["quarters"]
    assert sum(each.due for each in quarters) == 1


def test_pages_are_made_of_twenty_five(reader):
    for number in range(30):
        make_challenge(make_council(name=f"Listham {number:02}"), date(2024, 1, 1))
    first, second = reader.get(DUE, {"order": "council"}), reader.get(DUE, {"order": "council", "page": 2})
    assert [len(names(each)) for each in (first, second)] == [25, 5]
    assert "order=council&page=2" in text(first)


@pytest.mark.moment("2026-11-26 12:00")
def test_files_hold_every_row_that_was_asked_for(reader):
    some_councils()
    for number in range(30):
        make_challenge(make_council(name=f"Listham {number:02}", region="South West"), date(2024, 1, 1))
    response = reader.get(CSV, {"region": "South West"} | day(date(2026, 1, 1)))
    assert response.headers["Content-Disposition"] == 'attachment; filename="due-list-2026-01-01.csv"'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(response.content.decode("utf-8-sig").splitlines()) == 31
    sheet = reader.get(XLSX)
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="due-list-2026-11-26.xlsx"'
    assert sheet.content[:2] == b"PK"


@pytest.mark.parametrize("address", [DUE, CSV, XLSX])
def test_costs_the_same_with_three_and_three_hundred(reader, address):
    def fill(number):
        for _ in range(number):
            council = make_council()
            make_challenge(council, date(2020, 6, 10))
            make_trigger(council, date(2026, 1, 1))

    fill(3)
    reader.get(address)
    few = count_queries(lambda: reader.get(address))
    fill(297)
    assert count_queries(lambda: reader.get(address)) == few <= MOST
