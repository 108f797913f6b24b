"""The outbox with failed mails in a browser: with JavaScript and without, wide and on the narrowest phone."""

import pytest

from cpc.notifications.models import Message, MessageState
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.cpc.notifications.test_views import make_message
from tests.factories.accounts import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def make_failed():
    long = f"{'x' * 60}@{'y' * 60}.example.org"
    return [make_message(MessageState.FAILED, email=long), make_message(MessageState.FAILED), make_message()]


def test_failed_mails_are_ticked_at_once_and_sent_again(open_page):
    make_failed()
    page = open_page(make_user("support_officer"))
    page.goto("/outbox/")
    assert_accessible(page)
    boxes = page.locator("tbody input:checked")
    # Its label lies over it, as the design system has it.
    page.locator("#checkboxes-all").click(force=True)
    assert boxes.count() == 2
    page.locator("#checkboxes-all").click(force=True)
    assert boxes.count() == 0
    page.locator("#checkboxes-all").click(force=True)
    page.get_by_role("button", name="Resend selected").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Send 2 messages again?"
    assert_accessible(page)
    page.get_by_role("button", name="Send again", exact=True).click()
    assert "2 messages are on their way again" in page.locator("main").inner_text()
    assert not Message.objects.filter(state=MessageState.FAILED).exists()


@pytest.mark.parametrize("javascript", [True, False])
def test_on_a_phone_rows_are_laid_out_and_one_is_ticked(open_page, javascript):
    _, failed, _ = make_failed()
    page = open_page(make_user("support_officer"), width=320, javascript=javascript)
    page.goto("/outbox/")
    if javascript:
        assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label(f"number {failed.pk}").check()
    page.get_by_role("button", name="Resend selected").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Send 1 message again?"
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="Send again", exact=True).click()
    assert set(Message.objects.filter(resent_by__isnull=False).values_list("pk", flat=True)) == {failed.pk}
