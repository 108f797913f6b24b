"""Every kind of mail, made once: greeting, button, why somebody gets it, and the calendar entry of a date."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone
from icalendar import Calendar

from cpc.notifications.mail_kinds import KINDS, Kind, always
from cpc.notifications.models import Message
from cpc.notifications.rendering import mail_of
from tests.architecture.source import BASE
from tests.factories.accounts import make_user

# What only tells something asks for nothing to be opened.
WITHOUT_BUTTON = {"sign_in_code", "address_changed", "team_withdrawn"}
# Those that name days or times to keep free.
WITH_DATES = {
    "onsite_dates", "progress_review_planned", "reminders", "session_changed", "session_removed", "team_confirmed",
    "team_invitation", "team_new_dates", "team_withdrawn",
}  # fmt: skip
COUNCIL = "King's Lynn"
ITEM: dict[str, Any] = {
    "subject": "King's Lynn: position statement due in 7 days",
    "text": "The position statement is due on 14 March 2027.",
    "when": "due in 7 days",
    "url": "/cases/kings-lynn/",
    "instead": "",
    "event": {"uid": "deadline-1", "title": "Position statement", "on": "2027-03-14"},
    "references": ["r1"],
}
VALUES: dict[str, Any] = {
    "case_title": COUNCIL, "case_council": COUNCIL, "council": COUNCIL, "name": "Blake Example", "role": "member peer",
    "url": "/cases/kings-lynn/", "dates": "22 to 25 March 2027", "start_on": "2027-03-22", "end_on": "2027-03-25",
    "starts_on": "2027-03-22", "ends_on": "2027-03-22", "starts": "2027-03-22T09:30:00+00:00",
    "ends": "2027-03-22T10:30:00+00:00", "place": "Town hall", "title": "Staff focus group", "lines": ["Leeds: new leader"],
    "what": "“Staff focus group” has moved from 9am to 9:30am on 22 March", "change": "has been paused", "items": [ITEM],
    "subject": ITEM["subject"], "button": "Open in Critical Friend", "number": 1, "more": 2, "greeting": "Blake Example",
    "why": "You are getting this reminder because it is a test.", "answer": "has accepted a place on the peer team",
}  # fmt: skip


def message_of(kind: Kind, **changed: Any) -> Message:
    context = {name: VALUES.get(name, name.replace("_", " ")) for name in kind.fields} | changed
    if kind.code.endswith("_published"):
        context |= kind.renew(Message(kind=kind.code))
    return Message(
        pk=5, case_id=1, kind=kind.code, email="reader@example.org", queued_at=timezone.now(), context=context
    )


@pytest.fixture(params=sorted(KINDS))
def kind_of(request) -> Kind:
    return KINDS[request.param]


def html_of(mail: Any) -> str:
    return str(mail.alternatives[0][0])


def test_each_greets_once_has_one_button_and_says_why(kind_of, settings):
    mail = mail_of(message_of(kind_of))
    text, html = mail.body, html_of(mail)
    for words in (text, re.sub(r"<[^>]+>", "\n", html)):
        assert len(re.findall(r"^\s*(?:Dear [^\n]+|Hello),$", words, re.MULTILINE)) == 1
        assert len(re.findall("You are getting this (?:email|reminder) because", words)) == 1
        assert settings.SERVICE_NAME in words
        assert settings.SUPPORT_EMAIL in words
        assert "\n\n\n" not in text
        assert "{" not in text
        assert "None" not in text
    buttons = re.findall(r'<a class="button" href="([^"]+)">([^<]+)</a>', html)
    assert html.count("<a ") == len(buttons)
    if kind_of.code in WITHOUT_BUTTON:
        assert buttons == []
        assert "http" not in text
        return
    ((address, words),) = buttons
    assert address.startswith("http")
    assert f"\n\n{words}:\n{address}\n\n" in text
    assert text.count("http") == 1


def test_the_name_of_a_member_of_staff_stands_once_whatever_the_values_are(kind_of, db):
    message = message_of(kind_of)
    message.to = make_user("coordinator", full_name="Casey Example")
    mail = mail_of(message)
    assert mail.body.startswith("Dear Casey Example,\n\n")
    assert mail.body.count("Dear ") == 1


def test_a_subject_about_a_peer_challenge_begins_with_the_council(kind_of):
    subject = mail_of(message_of(kind_of)).subject
    assert len(subject) < 110
    if "case_title" in kind_of.fields:
        assert subject.startswith(f"{COUNCIL} peer challenge")
    else:
        assert kind_of.code in {"reminders", "invitation", "peer_profile_check", "cycle_history_imported"} | {
            each.code for each in KINDS.values() if each.template.startswith("emails/accounts/")
        }


def test_a_date_to_keep_free_comes_with_a_calendar_entry(kind_of):
    mail = mail_of(message_of(kind_of))
    assert (kind_of.events is not None) == (kind_of.code in WITH_DATES)
    # A kind that is given days names them to be kept free.
    assert kind_of.events is not None or not {"start_on", "starts_on", "starts", "dates"} & set(kind_of.fields)
    if kind_of.events is None:
        assert mail.attachments == []
        return
    ((name, content, _),) = mail.attachments
    assert name == "dates.ics"
    (entry,) = Calendar.from_ical(content).walk("VEVENT")
    assert entry.decoded("dtend") > entry.decoded("dtstart")
    assert "@" in entry["uid"]
    assert ("status" in entry) == (kind_of.code in {"team_withdrawn", "session_removed"})


def test_mails_about_the_onsite_days_renew_one_entry():
    uids = {
        str(entry["uid"])
        for code in ("team_invitation", "team_new_dates", "team_confirmed", "onsite_dates", "team_withdrawn")
        for entry in Calendar.from_ical(mail_of(message_of(KINDS[code])).attachments[0][1]).walk("VEVENT")
    }
    assert len(uids) == 1


def test_no_dates_yet_no_entry():
    for code in ("team_invitation", "team_confirmed", "team_withdrawn"):
        mail = mail_of(message_of(KINDS[code], start_on=None, end_on=None, dates="dates to be agreed"))
        assert mail.attachments == []


def test_several_reminders_in_one_mail_have_one_button_and_an_address_each():
    other = ITEM | {
        "subject": "Leeds: report due",
        "url": "/cases/leeds/",
        "instead": "No one from the council is there",
    }
    mail = mail_of(message_of(KINDS["reminders"], items=[ITEM, other], url="/", button="Open My work"))
    assert "2. Leeds: report due" in mail.body
    assert "No one from the council is there, so we are sending this reminder to you." in mail.body
    html = html_of(mail)
    assert html.count('class="button"') == 1
    assert re.findall(r'<a href="[^"]+(/cases/[^"]+)">', html) == ["/cases/kings-lynn/", "/cases/leeds/"]


def test_every_kind_has_a_rule_for_what_went_stale(kind_of):
    """A kind without a rule would send what is no longer true."""
    assert kind_of.still_applies is not always


def test_mails_have_the_colour_of_the_pages():
    (colour,) = re.findall(r"--govuk-brand-colour: (#\w+);", (BASE / "static/scss/_service.scss").read_text())
    assert colour in (BASE / "templates/emails/base.html").read_text()


def test_typed_words_make_no_link_and_no_markup():
    html = html_of(mail_of(message_of(KINDS["team_answer"], name="<b>x</b>\n\nhttps://evil.example/")))
    assert "&lt;b&gt;" in html
    assert 'href="https://evil' not in html


def test_mail_of_a_waiting_message_of_an_older_version_can_still_be_made():
    """Values that a kind has been given since are missing."""
    since = {"start_on", "end_on", "ends_on", "starts", "ends", "place", "title", "asked_by", "section", "due"}
    for code in (
        "team_withdrawn",
        "team_confirmed",
        "progress_review_planned",
        "session_changed",
        "section_contributor",
    ):
        message = message_of(KINDS[code])
        message.context = {name: value for name, value in message.context.items() if name not in since}
        assert mail_of(message).body
