from datetime import date

import pytest

from cpc.cycle.due.forecast import ABOVE, PLOT_HEIGHT, QUARTERS, forecast, quarter_of
from cpc.cycle.queries import due_list
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge

pytestmark = pytest.mark.django_db


def test_quarters_begin_in_january_april_july_and_october():
    assert [quarter_of(date(2026, month, 28)).month for month in range(1, 13)] == [1] * 3 + [4] * 3 + [7] * 3 + [10] * 3


def test_councils_are_counted_in_the_quarter_in_which_they_fall_due():
    on = date(2026, 11, 26)
    for end in [date(2021, 11, 25), date(2021, 11, 26), date(2021, 12, 31), date(2022, 1, 1), date(2026, 9, 30)]:
        make_challenge(make_council(), end)
    make_challenge(make_council(end_on=date(2028, 3, 31)), date(2024, 1, 1))
    make_council()
    quarters = forecast(due_list(on), on)
    assert len(quarters) == QUARTERS
    assert {each.first: each.due for each in quarters if each.due} == {
        date(2026, 10, 1): 2,
        date(2027, 1, 1): 1,
        date(2031, 7, 1): 1,
    }
    # The council that ends before it is due still has a window.
    assert {each.first: each.opening for each in quarters if each.opening} == {
        date(2028, 1, 1): 1,
        date(2030, 7, 1): 1,
    }
    assert (quarters[0].text, quarters[-1].first) == ("October to December 2026", date(2031, 7, 1))
    assert [each.label for each in quarters if each.label] == ["2026", "2027", "2028", "2029", "2030", "2031"]


def test_the_highest_bar_fills_the_plot_and_an_empty_quarter_has_none():
    on = date(2026, 11, 26)
    for _ in range(2):
        make_challenge(make_council(), date(2021, 12, 1))
    first, *others = forecast(due_list(on), on)
    assert (first.height, first.y) == (PLOT_HEIGHT, ABOVE)
    assert {(each.height, each.y) for each in others} == {(0, ABOVE + PLOT_HEIGHT)}


def test_no_council_is_no_bar():
    assert {each.height for each in forecast([], date(2026, 1, 1))} == {0}
