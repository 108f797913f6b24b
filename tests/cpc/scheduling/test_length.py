"""What a kind of review may last comes from its row; another length has a reason that is kept (R92)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from cpc.audit.models import Event
from cpc.calendars.warnings import warnings_for
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.services import start_case
from cpc.components.errors import AlreadyMoved, Refused
from cpc.scheduling.length import in_words
from cpc.scheduling.models import DateChange
from cpc.scheduling.queries import date_warnings
from cpc.scheduling.services import agree_dates
from tests.factories.assessments import Staged, make_staged
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
MONDAY = date(2027, 6, 14)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel("2026-11-16 12:00 +0000", tick=False):
        yield


def make(kind: str = "corporate") -> Staged:
    staged = make_staged(Stage.SCHEDULING)
    staged.case = start_case(council=make_council(), kind=kind, by=staged.programme_manager)
    return staged


def agree(staged: Staged, days: int, **changed):
    case = Case.objects.get(pk=staged.case.pk)
    end = MONDAY + timedelta(days=days - 1)
    values = {
        "start_on": MONDAY,
        "end_on": end,
        "seen_warnings": date_warnings(case, MONDAY, end),
        "version": case.version,
        "by": staged.programme_manager,
    }
    return agree_dates(case=case, **values | changed)


@pytest.mark.parametrize(
    ("kind", "days", "half_day", "is_virtual", "is_usual"),
    [
        ("corporate", 2, False, False, False),
        ("corporate", 3, True, False, False),
        ("corporate", 3, False, False, True),
        ("corporate", 4, True, False, True),
        ("corporate", 4, False, False, True),
        ("corporate", 5, False, False, False),
        ("corporate", 5, False, True, True),
        ("support_visit", 1, True, False, True),
        ("support_visit", 2, False, False, True),
        ("support_visit", 3, False, False, False),
    ],
)
def test_another_length_than_usual_takes_a_reason_that_is_kept(kind, days, half_day, is_virtual, is_usual):
    staged = make(kind)
    values = {"half_day": half_day, "is_virtual": is_virtual}
    if not is_usual:
        with pytest.raises(Refused) as refused:
            agree(staged, days, **values)
        assert refused.value.field == "length_reason"
        with pytest.raises(Refused) as refused:
            agree(staged, days, length_reason="A small council", by=staged.manager, **values)
        assert (refused.value.field, "programme manager" in refused.value.message) == ("end_on", True)
        assert not DateChange.objects.filter(case=staged.case).exists()
    case = agree(staged, days, length_reason="A small council", **values)
    assert (case.onsite_half_day, case.is_virtual) == (half_day, is_virtual)
    (change,) = DateChange.objects.filter(case=case)
    assert (change.half_day, change.is_virtual) == (half_day, is_virtual)
    # A reason that nothing asked for is no waiver.
    assert change.length_reason == ("" if is_usual else "A small council")
    assert Event.objects.filter(case=case, verb="onsite_length_waived").exists() is not is_usual
    with pytest.raises(AlreadyMoved):
        agree(staged, days, reason="Again", length_reason="A small council", **values)
    agree(
        staged, days, reason="Online after all", length_reason="As agreed", half_day=half_day, is_virtual=not is_virtual
    )


def test_days_in_words():
    assert [in_words(days) for days in (0.5, 1, 2.5, 4)] == ["½", "1", "2½", "4"]


def test_a_council_that_ends_after_a_visit_without_promises_is_warned_of_nothing():
    """A peer support visit has no progress review to be late with."""
    council = make_council(end_on=date(2027, 12, 31))
    assert "before the report" in warnings_for(council, MONDAY, MONDAY)[0]
    assert warnings_for(council, MONDAY, MONDAY, has_promises=False) == []
    visit = start_case(council=council, kind="support_visit", by=make("corporate").programme_manager)
    assert not any("progress review" in sentence for sentence in date_warnings(visit, MONDAY, MONDAY))


def test_pages_of_a_kind_without_clocks_say_nothing_of_clocks(client_for):
    staged = make("support_visit")
    agree(staged, 1)
    client = client_for(staged.programme_manager)
    address = f"/cases/{staged.case.reference}/"
    page = client.get(f"{address}deadlines/").content.decode()
    assert "No deadlines: a review of this kind has none." in page
    assert "four dates" not in page
    assert "Five-year cycle starts on" not in client.get(address).content.decode()
    dates = client.get(f"{address}scheduling/dates/").content.decode()
    assert "A Peer support visit lasts ½ to 2 days" in dates
    assert "three or four" not in dates
