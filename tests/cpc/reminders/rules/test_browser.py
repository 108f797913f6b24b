"""The list of reminder rules fits every window, also with long words and a rule that is off."""

import pytest

from cpc.cycle.reference_data import ensure_cycle_rules
from cpc.reminders.models import ReminderRule
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.factories.accounts import make_user
from tests.factories.rules import ensure_default_rules

INNER_SCROLL = "() => [...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'auto').length"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1280, 375, 320])
def test_the_list_of_rules_does_not_scroll_sideways(open_page, width):
    ensure_default_rules()
    ensure_cycle_rules()
    ReminderRule.objects.filter(offset_days=-28).update(is_active=False, subject_text="x" * 150)
    page = open_page(make_user("programme_manager"), width=width)
    page.goto("/reminders/rules/")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert page.evaluate(INNER_SCROLL) == 0
