"""The browser fixtures notice what they are there to notice, and the first page anybody meets is clean."""

import pytest

from tests.browser import PHONE, WIDE, Watch, assert_accessible, assert_no_sideways_scroll, take_picture

SIGN_IN = "/accounts/login/"
MISBEHAVE = """async () => {
  const script = document.createElement('script');
  script.textContent = 'window.ran = true';
  document.body.append(script);
  const image = new Image();
  image.src = 'http://elsewhere.example/pixel.png';
  await fetch('/no-such-file').catch(() => null);
  console.error('a mistake of ours');
  return window.ran === true;
}"""


@pytest.mark.browser
def test_watch_notices_what_must_not_happen(open_page, watch: Watch):
    page = open_page()
    page.goto(SIGN_IN)
    # The browser tells in order: once the last message is here, the others are.
    with page.expect_console_message(lambda message: message.text == "a mistake of ours"):
        assert page.evaluate(MISBEHAVE) is False, "the policy let an inline script run"
    assert any("script" in text for text in watch.policy_violations)
    assert any("no-such-file" in text for text in watch.broken_files)
    assert watch.console_errors == ["a mistake of ours"]
    for kind in (watch.policy_violations, watch.broken_files, watch.console_errors, watch.requests_off_site):
        kind.clear()


@pytest.mark.browser
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_sign_in_page(open_page, width: int):
    page = open_page(width=width)
    answer = page.goto(SIGN_IN)
    assert answer.status == 200
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    take_picture(page, f"sign-in-{width}")


@pytest.mark.browser
def test_accessibility_check_can_fail(open_page):
    page = open_page()
    page.goto(SIGN_IN)
    page.evaluate("() => document.querySelectorAll('label').forEach(label => label.remove())")
    with pytest.raises(AssertionError, match="label"):
        assert_accessible(page)
