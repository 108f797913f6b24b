"""GSS codes that change, and those that stand in until one is given out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from councils.codes import services as code_services
from councils.codes.queries import dated_codes
from councils.models import Council, CouncilCode
from councils.queries import as_at
from cpc.audit.models import Event
from cpc.components.errors import Refused, Stale
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

FIRST = date(2025, 4, 1)
TODAY = timezone.localdate


def make_barnsley(**overrides):
    facts = {"gss_code": "E08000016", "council_type": "metropolitan", "start_on": date(1974, 4, 1), "name": "Barnsley"}
    return make_council(**facts | overrides)


def make_new(days=400, **overrides):
    """A council that a reorganisation made, with a code of ours."""
    start = TODAY() + timedelta(days=days)
    return make_council(**{"gss_code": "P00000012", "start_on": start, "name": "Newshire"} | overrides)


def change(council, **overrides):
    values = {"code": "E08000038", "changed_on": FIRST, "version": council.version, "by": None}
    return code_services.change_code(council=council, **values | overrides)


def take_back(council, former, **overrides):
    values = {"former_id": former.pk, "version": Council.objects.get(pk=council.pk).version, "by": None}
    return code_services.take_back_code(council=council, **values | overrides)


def page(name, council, **kwargs):
    return reverse(f"councils:{name}", kwargs={"slug": council.slug} | kwargs)


def typed(on=FIRST, code="E08000038", version=0, name="changed_on"):
    days = {f"{name}-day": on.day, f"{name}-month": on.month, f"{name}-year": on.year}
    return days | {"code": code, "version": version}


def text(response):
    return unescape(response.content.decode())


@pytest.fixture
def keeper(client_for):
    return client_for(make_user("administrator"))


# ------------------------------------------------------------------ the rules


def test_a_code_changes_from_a_day_and_each_day_has_its_own():
    council = make_barnsley()
    changed = change(council, code=" e08 000 038 ")
    assert (changed.gss_code, changed.version) == ("E08000038", 1)
    assert as_at(changed, FIRST - timedelta(days=1)).code == "E08000016"
    assert as_at(changed, FIRST).code == "E08000038"
    event = Event.objects.get(verb="code_changed")
    assert event.council == council
    assert (event.data["former"], event.data["code"], event.data["day"]) == ("E08000016", "E08000038", "1 April 2025")
    # A second press, from the page of before.
    assert change(council).version == 1
    assert CouncilCode.objects.count() == Event.objects.count() == 1


def test_a_code_from_a_stale_page_is_not_saved():
    council = make_barnsley()
    Council.objects.update(version=4)
    with pytest.raises(Stale):
        change(council, version=0)
    assert not CouncilCode.objects.exists()


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"code": "E0800003"}, "code", "a letter .* and 8 digits"),
        ({"code": "E080000381"}, "code", "a letter .* and 8 digits"),
        ({"code": "P00000038"}, "code", "a letter .* and 8 digits"),
        ({"code": "E0800003٣"}, "code", "a letter .* and 8 digits"),
        ({"code": "W08000038"}, "code", "A code in England begins with E"),
        ({"code": "E06000038"}, "code", "begins with E08. Check the code, or record the change of type first"),
        ({"code": "E08000099"}, "code", "Others Council has this code"),
        ({"code": "E08000098"}, "code", "Others Council had this code before"),
        ({"code": "E08000016"}, "code", "is the code of this council already"),
        ({"code": "E08000001"}, "code", "The council had the code E08000001 before"),
        ({"changed_on": date(1974, 4, 1)}, "changed_on", "begins on 1 April 1974. Enter 2 April 1974 or a later day"),
        ({"changed_on": TODAY() + timedelta(days=1)}, "changed_on", "today or in the past"),
        ({"changed_on": date(2009, 4, 1)}, "changed_on", "E08000016 is recorded from 1 April 2009. Enter a day after"),
        ({"changed_on": date(2003, 4, 1)}, "changed_on", "E08000016 is recorded from 1 April 2009. Enter a day after"),
    ],
)
def test_a_wrong_code_or_day_is_refused(values, field, sentence):
    council = make_barnsley()
    CouncilCode.objects.create(council=council, code="E08000001", ended_on=date(2009, 3, 31))
    others = make_council(official_name="Others Council", gss_code="E08000099", council_type="metropolitan")
    CouncilCode.objects.create(council=others, code="E08000098")
    with pytest.raises(Refused, match=sentence) as refused:
        change(council, **values)
    assert refused.value.field == field
    council.refresh_from_db()
    assert (council.gss_code, council.version, CouncilCode.objects.count()) == ("E08000016", 0, 2)
    assert not Event.objects.exists()


def test_a_code_changes_on_the_last_day_of_a_council_and_no_later():
    end = date(2025, 4, 1)
    with pytest.raises(Refused, match="ends on 1 April 2025. Enter 1 April 2025 or an earlier day"):
        change(make_barnsley(end_on=end), changed_on=end + timedelta(days=1))
    council = Council.objects.get()
    assert change(council, changed_on=end).gss_code == "E08000038"


@pytest.mark.parametrize(
    ("council_type", "nation", "code"),
    [
        ("unitary", "England", "E06000077"),
        ("district", "England", "E07000250"),
        ("metropolitan", "England", "E08000040"),
        ("london_borough", "England", "E09000040"),
        ("county", "England", "E10000040"),
        ("welsh_unitary", "Wales", "W06000030"),
        ("scottish_unitary", "Scotland", "S12000060"),
        ("ni_district", "Northern Ireland", "N09000020"),
    ],
)
def test_each_type_has_its_own_beginning(council_type, nation, code):
    council = make_council(council_type=council_type, nation=nation)
    assert change(council, code=code).gss_code == code


def test_the_code_of_a_new_council_replaces_ours_from_its_first_day():
    council = make_new()
    with pytest.raises(Refused, match="begins on .* Enter .* or a later day"):
        change(council, code="E06000070", changed_on=council.start_on - timedelta(days=1))
    with pytest.raises(Refused, match="today or in the past"):
        change(council, code="E06000070", changed_on=council.start_on + timedelta(days=1))
    changed = change(council, code="E06000070", changed_on=council.start_on)
    assert not changed.has_provisional_code
    assert as_at(changed, council.start_on).code == "E06000070"
    former = CouncilCode.objects.get()
    assert (former.code, former.ended_on) == ("P00000012", council.start_on - timedelta(days=1))
    assert take_back(council, former)
    assert Council.objects.get().gss_code == "P00000012"


def test_a_provisional_code_may_have_stood_for_a_while():
    start = TODAY() - timedelta(days=100)
    council = make_new(start_on=start)
    changed = change(council, code="E06000070", changed_on=start + timedelta(days=30))
    assert as_at(changed, start + timedelta(days=29)).code == "P00000012"
    assert as_at(changed, start + timedelta(days=29)).code_is_provisional
    assert not as_at(changed, start + timedelta(days=30)).code_is_provisional


def test_the_last_change_is_taken_back_once():
    council = make_barnsley()
    CouncilCode.objects.create(council=council, code="E08000001", ended_on=date(2009, 3, 31))
    change(council)
    earlier, last = CouncilCode.objects.order_by("ended_on")
    with pytest.raises(Refused, match="Only the last change"):
        take_back(council, earlier)
    with pytest.raises(Stale):
        take_back(council, last, version=0)
    assert take_back(council, last)
    assert not take_back(council, last)
    council.refresh_from_db()
    assert (council.gss_code, council.version) == ("E08000016", 2)
    assert [each.code for each in CouncilCode.objects.all()] == ["E08000001"]
    event = Event.objects.get(verb="code_change_taken_back")
    assert (event.data["taken"], event.data["code"], event.data["day"]) == ("E08000038", "E08000016", "1 April 2025")
    # Entered again, with the right code.
    assert change(council, code="E08000039").gss_code == "E08000039"


def test_what_another_council_has_by_now_is_not_taken_back():
    council = make_barnsley()
    change(council)
    make_council(gss_code="E08000016", official_name="Others Council")
    with pytest.raises(Refused, match="Others Council has this code"):
        take_back(council, CouncilCode.objects.get())


def test_the_last_day_of_a_former_code_is_recorded_corrected_and_taken_away():
    council = make_barnsley(gss_code="E08000038")
    former = CouncilCode.objects.create(council=council, code="E08000016")
    assert as_at(council, date(2000, 1, 1)).code == "E08000038"
    for version, day in enumerate([date(2025, 3, 30), date(2025, 3, 31), None, date(2025, 3, 31)]):
        for _ in range(2):
            saved = code_services.date_former_code(former=former, ended_on=day, version=version, by=None)
            assert saved.ended_on == day
    assert as_at(council, date(2025, 3, 31)).code == "E08000016"
    said = [event.data["last_day"] for event in Event.objects.filter(verb="former_code_dated").order_by("pk")]
    assert said == ["30 March 2025", "31 March 2025", "no known day", "31 March 2025"]
    with pytest.raises(Stale):
        code_services.date_former_code(former=former, ended_on=None, version=0, by=None)
    other = CouncilCode.objects.create(council=council, code="E08000001")
    for day, sentence in [
        (date(2025, 3, 31), "is recorded as the last day of the code E08000016"),
        (date(1974, 3, 31), "begins on 1 April 1974"),
        (TODAY(), "in the past"),
    ]:
        with pytest.raises(Refused, match=sentence) as refused:
            code_services.date_former_code(former=other, ended_on=day, version=4, by=None)
        assert refused.value.field == "ended_on"


def test_days_of_codes_are_told_where_they_are_known():
    council = make_barnsley()

    def told(*former):
        rows = [{"pk": pk, "code": f"C{pk}", "ended_on": day} for pk, day in former]
        return [(each.code, each.first_on, each.last_on, each.is_last) for each in dated_codes(council, rows)]

    assert told() == [("E08000016", None, None, False)]
    assert told((1, "2009-03-31"), (2, "2024-12-31")) == [
        ("E08000016", date(2025, 1, 1), None, False),
        ("C2", date(2009, 4, 1), date(2024, 12, 31), True),
        ("C1", date(1974, 4, 1), date(2009, 3, 31), False),
    ]
    # One whose days nobody knows may have stood at any time between.
    assert told((1, "2009-03-31"), (2, None)) == [
        ("E08000016", None, None, False),
        ("C1", None, date(2009, 3, 31), True),
        ("C2", None, None, False),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_councils_are_not_given_one_code_at_once():
    councils = [make_barnsley(), make_barnsley(gss_code="E08000019")]

    def attempt(council):
        try:
            change(council)
        except Refused as error:
            return error.field
        finally:
            connections.close_all()
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, councils)) == ["changed", "code"]


# ------------------------------------------------------------------ the pages


def test_a_new_code_is_recorded_shown_and_taken_back(keeper):
    council = make_barnsley()
    form = text(keeper.get(page("code-change", council)))
    assert "The code is E08000016." in form
    assert_valid_html(form)
    for _ in range(2):
        shown = text(keeper.post(page("code-change", council), typed(), follow=True))
        assert "The new code is recorded" in shown
    for words in ("E08000038", "from 1 April 2025", "E08000016", "until 31 March 2025"):
        assert words in shown
    assert_valid_html(shown)
    former = CouncilCode.objects.get()
    address = page("code-take-back", council, pk=former.pk)
    assert address in shown
    asked = text(keeper.get(address))
    assert "E08000016 is the code of the council again" in asked and 'name="version" value="1"' in asked
    assert_valid_html(asked)
    # Somebody else saves while the question stands: it is asked again.
    Council.objects.update(version=2)
    stale = keeper.post(address, {"version": 1})
    assert stale.status_code == 409 and 'name="version" value="2"' in text(stale)
    assert_valid_html(stale.content.decode())
    for told in ("The change of the code is taken back", "was already taken back"):
        assert told in text(keeper.post(address, {"version": 2}, follow=True))
    assert keeper.get(address).status_code == 404
    assert Council.objects.get().gss_code == "E08000016"


def test_an_earlier_change_is_refused_where_the_button_was(keeper):
    council = make_barnsley()
    former = CouncilCode.objects.create(council=council, code="E08000001", ended_on=date(2009, 3, 31))
    CouncilCode.objects.create(council=council, code="E08000002", ended_on=date(2012, 3, 31))
    refused = keeper.post(page("code-take-back", council, pk=former.pk), {"version": 0})
    assert refused.status_code == 422 and "Only the last change of the code can be taken back." in text(refused)
    assert_valid_html(refused.content.decode())


def test_a_refused_code_keeps_what_was_typed_and_a_stale_one_shows_what_is_saved(keeper):
    council = make_barnsley()
    for data, sentence in [
        (typed(code=""), "Enter the new code"),
        (typed(code="E06000077"), "begins with E08"),
        (typed() | {"changed_on-year": ""}, "First day must include a year"),
        (typed(on=date(1970, 1, 1)), "begins on 1 April 1974"),
    ]:
        response = keeper.post(page("code-change", council), data)
        assert response.status_code == 422 and sentence in text(response)
        assert f'value="{data["changed_on-day"]}"' in text(response)
        assert_valid_html(response.content.decode())
    change(council)
    stale = keeper.post(page("code-change", council), typed(code="E08000039", on=date(2025, 6, 1)))
    assert stale.status_code == 409 and "E08000038" in text(stale) and 'name="version" value="1"' in text(stale)
    assert_valid_html(stale.content.decode())
    again = typed(code="E08000039", on=date(2025, 6, 1), version=1)
    assert keeper.post(page("code-change", council), again).status_code == 302


def test_a_code_that_was_imported_without_its_day_gets_it(keeper):
    council = make_barnsley(gss_code="E08000038")
    former = CouncilCode.objects.create(council=council, code="E08000016")
    shown = text(keeper.get(page("detail", council)))
    assert "until a day that is not known" in shown and page("code-take-back", council, pk=former.pk) not in shown
    address = page("former-code", council, pk=former.pk)
    assert "Former code E08000016" in text(keeper.get(address))
    early = keeper.post(address, typed(on=date(1970, 1, 1), name="ended_on"))
    assert early.status_code == 422 and "begins on 1 April 1974" in text(early)
    for _ in range(2):
        shown = text(keeper.post(address, typed(on=date(2025, 3, 31), name="ended_on"), follow=True))
        assert "The last day is recorded" in shown and "until 31 March 2025" in shown
    stale = keeper.post(address, typed(on=date(2025, 3, 30), name="ended_on"))
    assert stale.status_code == 409 and "31 March 2025" in text(stale)
    assert_valid_html(stale.content.decode())
    assert keeper.get(page("former-code", make_council(), pk=former.pk)).status_code == 404


def test_a_code_of_ours_says_that_it_stands_in(keeper):
    council = make_new()
    assert "Not issued yet (P00000012 is used meanwhile)" in text(keeper.get(page("detail", council)))
    form = text(keeper.get(page("code-change", council)))
    assert "P00000012 is provisional until the Office for National Statistics issues a code" in form
    assert f'value="{council.start_on.year}"' in form
    asked = text(keeper.get(page("as-at", council), {"on": council.start_on.isoformat()}))
    assert "P00000012 (provisional, until a code is issued)" in asked


def test_who_reads_codes_and_who_keeps_them(client_for):
    council = make_barnsley()
    change(council)
    former = CouncilCode.objects.get()
    addresses = [
        page("code-change", council),
        page("former-code", council, pk=former.pk),
        page("code-take-back", council, pk=former.pk),
    ]
    for role, of, keeps, reads in [
        ("administrator", None, True, True),
        ("programme_manager", None, True, True),
        ("principal_adviser", None, True, True),
        ("support_officer", None, False, True),
        ("leader", council, False, True),
        ("peer", None, False, False),
    ]:
        client = client_for(make_user(role, **({"council": of} if of else {})))
        assert ("E08000016" in text(client.get(page("detail", council)))) is reads
        for address in addresses:
            assert (client.get(address).status_code == 200) is keeps, (role, address)
            assert keeps or client.post(address, typed(version=1)).status_code in {403, 404}
            assert (address in text(client.get(page("detail", council)))) is keeps
    assert CouncilCode.objects.get() == former


def test_the_page_of_a_council_costs_the_same_with_one_code_and_with_three(keeper):
    council, counts = make_barnsley(), []
    for number in range(3):
        CouncilCode.objects.create(council=council, code=f"E0800000{number}", ended_on=date(2000 + number, 3, 31))
        keeper.get(page("detail", council))
        counts.append(count_queries(lambda: keeper.get(page("detail", council))))
    assert counts[0] == counts[2] <= 12
