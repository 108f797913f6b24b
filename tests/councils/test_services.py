from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connections
from django.dispatch import Signal
from django.utils import timezone

from councils import events, services
from councils.models import Council, FormerFact, PoliticalControl, Poll, Succession, Tenure
from councils.queries import as_at, relations
from cpc.components.errors import Refused, Stale
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


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
    with pytest.raises(Refused, match="Ann Example has held this post since 20 May 2024. Record their last"):
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
    with pytest.raises(Refused, match=sentence) as refused:
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
    with pytest.raises(Stale):
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
        with pytest.raises(Refused, match=sentence):
            services.end_tenure(tenure=tenure, ended_on=ended_on, version=0, by=None)


def test_control_of_a_year_is_corrected_not_doubled(announced):
    council = make_council()
    for control in ("Labour", "Labour", "No overall control"):
        services.record_control(council=council, year=2024, control=control, by=None)
    assert PoliticalControl.objects.get(council=council).control == "No overall control"
    assert [data["from_control"] for _, data in announced] == ["", "Labour"]
    for year in (1972, timezone.localdate().year + 1):
        with pytest.raises(Refused, match="Year must be between 1973 and"):
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
    with pytest.raises(Stale):
        services.change_programme(council=council, in_programme=True, version=0, by=None)
    assert announced == [("council_changed", {"in_programme": False})]


def test_a_listener_that_refuses_undoes_the_change(monkeypatch):
    def refuse(sender, *, verb, **kwargs):
        raise RuntimeError(verb)

    signal = Signal()
    signal.connect(refuse)
    monkeypatch.setattr(events, "register_changed", signal)
    with pytest.raises(RuntimeError, match="tenure_recorded"):
        record(make_council())
    assert not Tenure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_leaders_at_once_give_one_leader():
    council = make_council()

    def attempt(number):
        try:
            record(Council.objects.get(pk=council.pk), person_name=f"Leader {number}")
        except Refused:
            return "refused"
        finally:
            connections.close_all()
        return "recorded"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert sorted(answers) == ["recorded"] + ["refused"] * 7
    assert Tenure.objects.count() == 1


def follow(predecessor, successor, **overrides):
    facts = {"predecessor": predecessor, "successor": successor, "on": date(2019, 4, 1), "kind": "merger", "by": None}
    return services.record_succession(**facts | overrides)


def test_r96_west_somerset_and_taunton_deane_become_one(announced):
    last_day = date(2019, 3, 31)
    west = make_council(official_name="West Somerset District Council", end_on=last_day)
    taunton = make_council(official_name="Taunton Deane Borough Council", end_on=last_day)
    new = make_council(official_name="Somerset West and Taunton Council", start_on=date(2019, 4, 1))
    for predecessor in (west, taunton, taunton):
        follow(predecessor, new)
    assert [(each.council, each.words) for each in relations(new)[0]] == [(west, "merger"), (taunton, "merger")]
    assert [(verb, data["predecessor"]) for verb, data in announced] == [
        ("succession_recorded", "West Somerset District Council"),
        ("succession_recorded", "Taunton Deane Borough Council"),
    ]


def test_one_council_is_split_between_two_and_another_carries_on(announced):
    old, north, south = make_council(end_on=date(2019, 3, 31)), make_council(), make_council()
    for successor in (north, south):
        follow(old, successor, kind="split")
    county = make_council(end_on=date(2023, 3, 31))
    follow(county, north, on=date(2023, 4, 1), kind="continues")
    assert [each.words for each in relations(old)[1]] == ["split", "split"]
    assert [each.words for each in relations(north)[0]] == ["split", "the same body carries on"]
    # A council that only gave part of its area goes on.
    follow(make_council(), south, on=date(2021, 4, 1), kind="boundary")
    assert len(announced) == 4


def test_a_succession_is_corrected_not_doubled(announced):
    old, new = make_council(end_on=date(2019, 3, 31)), make_council()
    loaded = Succession.objects.create(predecessor=old, successor=new, on=date(2019, 4, 1))
    for _ in range(2):
        assert follow(old, new, kind="continues") == loaded
    assert Succession.objects.get().kind == "continues" and len(announced) == 1


def test_a_council_does_not_follow_itself_nor_whoever_follows_it(announced):
    first, second, third = (make_council() for _ in range(3))
    follow(first, second, kind="boundary")
    follow(second, third, on=date(2021, 4, 1), kind="boundary")
    announced.clear()
    for predecessor, successor, sentence in [
        (third, first, "cannot come before it too"),
        (second, first, "cannot come before it too"),
        (first, first, "A council does not follow itself"),
    ]:
        with pytest.raises(Refused, match=sentence) as refused:
            follow(predecessor, successor, on=date(2023, 4, 1), kind="boundary")
        assert refused.value.field == "predecessor"
    # Two ways from one to another are no loop.
    follow(first, third, on=date(2021, 4, 1), kind="boundary")
    assert Succession.objects.count() == 3 and len(announced) == 1


@pytest.mark.parametrize(
    ("old", "new", "facts", "field", "sentence"),
    [
        ({"end_on": date(2019, 3, 31)}, {"start_on": date(2020, 4, 1)}, {}, "on", "begins on 1 April 2020. Enter that"),
        ({"end_on": date(2019, 3, 31)}, {"end_on": date(2018, 3, 31)}, {}, "on", "ends on 31 March 2018. Enter a day"),
        ({"start_on": date(2019, 4, 1)}, {}, {}, "on", "begins on 1 April 2019. Enter a day after that"),
        ({}, {}, {}, "predecessor", "has no last day"),
        ({}, {}, {"kind": "continues"}, "predecessor", "has no last day"),
        ({"end_on": date(2019, 3, 30)}, {}, {}, "on", "ends on 30 March 2019. Enter the day after that"),
        ({"end_on": date(2020, 3, 31)}, {}, {"kind": "split"}, "on", "ends on 31 March 2020. Enter the day after"),
        ({"end_on": date(2019, 3, 31)}, {}, {"kind": "boundary"}, "on", "ends on 31 March 2019. Enter a day before"),
    ],
)
def test_a_succession_in_an_impossible_order_is_refused(announced, old, new, facts, field, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        follow(make_council(**old), make_council(**new), **facts)
    assert refused.value.field == field
    assert not Succession.objects.exists() and announced == []


def test_a_succession_is_removed_once(announced):
    old, new = make_council(end_on=date(2019, 3, 31)), make_council()
    succession = follow(old, new)
    announced.clear()
    assert not services.remove_succession(successor=old, succession_id=succession.pk, by=None)
    assert services.remove_succession(successor=new, succession_id=succession.pk, by=None)
    assert not services.remove_succession(successor=new, succession_id=succession.pk, by=None)
    assert not Succession.objects.exists() and [verb for verb, _ in announced] == ["succession_removed"]


@pytest.mark.django_db(transaction=True)
def test_two_successions_at_once_make_no_loop():
    one, other = make_council(), make_council()

    def attempt(pair):
        try:
            follow(*pair, kind="boundary")
        except Refused:
            return "refused"
        finally:
            connections.close_all()
        return "recorded"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, [(one, other), (other, one)] * 4))
    # The same again is recorded already; the other way round is refused, whichever came first.
    assert sorted(answers) == ["recorded"] * 4 + ["refused"] * 4
    assert Succession.objects.count() == 1


def test_days_of_a_council_are_changed_from_a_fresh_page_only(announced):
    council = make_council()
    days = {"start_on": date(1974, 4, 1), "end_on": date(2028, 3, 31)}
    for _ in range(2):
        assert services.change_days(council=council, version=0, by=None, **days).version == 1
    with pytest.raises(Stale):
        services.change_days(council=council, start_on=None, end_on=None, version=0, by=None)
    with pytest.raises(Refused, match="same as or after the first"):
        services.change_days(council=council, start_on=date(2020, 1, 2), end_on=date(2020, 1, 1), version=1, by=None)
    assert announced == [("days_changed", {"start_on": "1974-04-01", "end_on": "2028-03-31"})]


def test_days_that_a_succession_contradicts_are_refused():
    old, new = make_council(end_on=date(2019, 3, 31)), make_council(official_name="New Council")
    follow(old, new)
    for council, days, sentence in [
        (old, {"start_on": None, "end_on": None}, "New Council follows it from 1 April 2019. Enter the day before"),
        (old, {"start_on": None, "end_on": date(2019, 4, 1)}, "New Council follows it from 1 April 2019"),
        (new, {"start_on": date(2019, 4, 2), "end_on": None}, "from 1 April 2019. Enter that day or an earlier one"),
    ]:
        with pytest.raises(Refused, match=sentence):
            services.change_days(council=council, version=0, by=None, **days)
    services.change_days(council=new, start_on=date(2019, 4, 1), end_on=None, version=0, by=None)


def rename(council, version=0, changed_on=date(2021, 4, 1), **facts):
    return services.record_former_facts(council=council, facts=facts, changed_on=changed_on, version=version, by=None)


def test_a_renamed_council_keeps_its_old_name_and_has_the_new_one(announced):
    county = make_council(council_type="county", name="Old County")
    council = make_council(name="Old", council_type="district", parent=county, election_scheme="thirds")
    new = {"name": " New ", "council_type": "unitary", "parent": None, "election_scheme": "all_out"}
    for _ in range(2):
        assert rename(council, region="North East", **new).version == 1
    council.refresh_from_db()
    assert (council.name, council.council_type, council.parent) == ("New", "unitary", None)
    then = as_at(council, date(2021, 3, 31))
    assert (then.name, then.type_text, then.parent, then.scheme_text) == ("Old", "District", county, "By thirds")
    assert as_at(council, date(2021, 4, 1)).name == "New"
    assert FormerFact.objects.count() == 4
    [(verb, data)] = announced
    assert verb == "facts_changed" and {"fact": "Name", "from": "Old", "to": "New"} in data["changes"]
    assert {"fact": "Type", "from": "District", "to": "Unitary"} in data["changes"]


def test_another_change_on_the_same_day_corrects_the_new_name():
    council = make_council(name="Old")
    rename(council, name="Nwe")
    rename(council, name="New", version=1)
    rename(council, name="Newer", version=2, changed_on=date(2023, 4, 1))
    names = [as_at(council, on).name for on in (date(2021, 3, 31), date(2021, 4, 1))]
    council.refresh_from_db()
    assert [*names, council.name] == ["Old", "New", "Newer"]


def test_a_change_of_facts_is_refused_with_a_sentence(announced):
    council = make_council(name="Old", start_on=date(1974, 4, 1))
    tomorrow = timezone.localdate() + timedelta(days=1)
    rename(council, name="New")
    announced.clear()
    for arguments, field, sentence in [
        ({"name": "New"}, "", "Nothing is different"),
        ({"name": "Late", "changed_on": tomorrow}, "changed_on", "today or in the past"),
        ({"name": "Early", "changed_on": date(1974, 4, 1)}, "changed_on", "begins on 1 April 1974"),
        ({"name": "Between", "changed_on": date(2021, 3, 31)}, "changed_on", "Name: a change on 1 April 2021 is"),
        ({"parent": council}, "parent", "not its own county"),
    ]:
        with pytest.raises(Refused, match=sentence) as refused:
            rename(council, version=1, **arguments)
        assert refused.value.field == field
    with pytest.raises(Stale):
        rename(council, name="Stale", version=0)
    assert FormerFact.objects.count() == 1 and announced == []
