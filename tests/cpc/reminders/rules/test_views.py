from html import unescape

import pytest
from django.urls import reverse

from cpc.cycle.reference_data import ensure_cycle_rules
from cpc.reminders.models import ReminderRule, ReminderRuleVersion
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.rules import ensure_default_rules
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

LIST, ADD = "/reminders/rules/", "/reminders/rules/add/"
GOOD = {
    "kind": "cycle_due", "number": "100", "direction": "before", "unit": "calendar", "recipients": "leader",
    "subject_text": "{title}: {what}", "body_text": "By {date}.", "waits_for_working_day": "yes",
    "speaks_before_elections": "no", "attaches_date": "yes", "version": "0",
}  # fmt: skip


def words(response):
    return " ".join(unescape(response.content.decode()).split())


@pytest.fixture
def boss(client_for):
    return client_for(make_user("programme_manager"))


def test_the_list_says_each_rule_in_words_and_marks_what_escalates_and_what_is_off(boss):
    ensure_default_rules()
    ensure_cycle_rules()
    ReminderRule.objects.filter(offset_days=-28).update(is_active=False)
    page = boss.get(LIST)
    assert_valid_html(page.content.decode())
    for text in ("28 days before", "The deadline owner", "Escalation", "Off", "Next peer challenge due"):
        assert text in words(page)


def test_a_rule_is_added_shown_changed_and_its_versions_are_read(boss):
    assert boss.post(ADD, GOOD).status_code == 302
    rule = ReminderRule.objects.get()
    assert (rule.kind, rule.offset_days, rule.recipients) == ("cycle_due", -100, "leader")
    edit = reverse("reminders:rule-edit", args=[rule.pk])
    page = boss.get(edit)
    assert 'value="100"' in words(page)
    assert boss.post(edit, GOOD | {"number": "90"}).status_code == 302
    stale = boss.post(edit, GOOD | {"number": "80"})
    assert stale.status_code == 409
    assert "90 days before" in words(stale)
    assert 'value="80"' in words(stale)
    versions = boss.get(reverse("reminders:rule-versions", args=[rule.pk]))
    assert_valid_html(versions.content.decode())
    assert "Changed: When" in words(versions)
    restore = reverse("reminders:rule-restore", args=[rule.pk, 1])
    assert "100 days before" in words(boss.get(restore))
    assert boss.post(restore, {"version": "1"}).status_code == 302
    assert boss.post(restore, {"version": "1"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.offset_days, rule.version) == (-100, 2)
    assert boss.post(restore, {"version": "nonsense"}).status_code == 302


def test_a_rule_for_every_deadline_comes_back_as_that(boss):
    boss.post(ADD, GOOD | {"kind": "every", "recipients": "owner"})
    rule = ReminderRule.objects.get()
    assert rule.kind == ""
    page = boss.get(reverse("reminders:rule-edit", args=[rule.pk])).content.decode()
    assert 'value="every" checked' in " ".join(page.split())


def test_how_it_would_read_is_shown_and_nothing_is_saved(boss):
    page = boss.post(ADD, GOOD | {"preview": "yes", "body_text": "It is {what}, {when}."})
    assert_valid_html(page.content.decode())
    assert "It is next peer challenge due, due in 100 days." in words(page)
    assert not ReminderRule.objects.exists()
    page = boss.post(ADD, GOOD | {"preview": "yes", "body_text": "{nonsense}"})
    assert page.status_code == 422
    assert words(page).count("{nonsense} is not a value") >= 2


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("recipients", "", "Choose who is reminded"),
        ("recipients", "owner", "no one owns the date"),
        ("number", "", "Enter how many days before or after"),
        ("number", "731", "730"),
        ("number", "-1", "0"),
        ("direction", "", "Choose before or after the day"),
        ("kind", "nonsense", "Choose from the list"),
        ("kind", "", "Choose what it is about"),
        ("body_text", "{council}", "{council} is not a value that can be filled in"),
        ("waits_for_working_day", "", "Choose yes if it waits for a working day"),
    ],
)
def test_bad_input_comes_back_with_what_to_do_beside_the_field(boss, field, value, sentence):
    page = boss.post(ADD, GOOD | {field: value})
    assert page.status_code == 422
    assert_valid_html(page.content.decode())
    assert words(page).count(sentence) >= 2
    assert "By {date}." in words(page) or field == "body_text"
    assert not ReminderRule.objects.exists()


def test_a_rule_is_switched_off_and_on_after_a_question(boss):
    boss.post(ADD, GOOD)
    rule = ReminderRule.objects.get()
    for name, stands in (("off", False), ("on", True)):
        url = reverse(f"reminders:rule-{name}", args=[rule.pk])
        assert "100 days before" in words(boss.get(url))
        boss.post(url)
        rule.refresh_from_db()
        assert rule.is_active is stands
        assert "already. Nothing was changed." in words(boss.post(url, follow=True))


def test_other_lga_staff_read_and_only_programme_managers_change(boss, client_for):
    boss.post(ADD, GOOD)
    pk = ReminderRule.objects.get().pk
    manager, leader = client_for(make_user("peer_challenge_manager")), client_for(make_user("leader"))
    assert manager.get(LIST).status_code == manager.get(f"{LIST}{pk}/versions/").status_code == 200
    assert "Add a rule" not in words(manager.get(LIST))
    for url in (ADD, f"{LIST}{pk}/", f"{LIST}{pk}/off/", f"{LIST}{pk}/versions/1/restore/"):
        assert manager.get(url).status_code == manager.post(url, GOOD).status_code == 403
    assert leader.get(LIST).status_code == 403


def test_what_is_gone_is_not_found(boss):
    for url in (f"{LIST}99/", f"{LIST}99/off/", f"{LIST}99/versions/", f"{LIST}99/versions/1/restore/"):
        assert boss.get(url).status_code == 404
    assert boss.post(f"{LIST}99/", GOOD).status_code == boss.post(f"{LIST}99/on/").status_code == 404


def test_the_lists_cost_the_same_with_one_rule_and_with_three(boss):
    counts = []
    for number in (10, 20, 30):
        boss.post(ADD, GOOD | {"number": str(number)})
        rule = ReminderRule.objects.first()
        boss.post(
            reverse("reminders:rule-edit", args=[rule.pk]), GOOD | {"body_text": str(number), "version": rule.version}
        )
        counts.append([count_queries(lambda url=url: boss.get(url)) for url in (LIST, f"{LIST}{rule.pk}/versions/")])
    assert counts[0] == counts[2]
    assert max(counts[0]) <= 12


def test_the_last_version_of_a_page_is_compared_with_the_first_of_the_next(boss):
    boss.post(ADD, GOOD)
    rule = ReminderRule.objects.get()
    url, counts = reverse("reminders:rule-versions", args=[rule.pk]), []
    values = dict(rule.versions.get().values)

    def made_up_to(last):
        """From the third on, each version differs from the one before in its subject alone; the first two are alike."""
        standing = rule.versions.count()
        ReminderRuleVersion.objects.bulk_create(
            ReminderRuleVersion(
                rule=rule, number=number, values=values | ({"subject_text": f"No {number}"} if number > 2 else {})
            )
            for number in range(standing + 1, last + 1)
        )

    # What was said after the post is read.
    boss.get(url)
    for last in (1, 3, 25, 26, 53):
        made_up_to(last)
        counts.append(count_queries(lambda: boss.get(url)))
    assert len(set(counts)) == 1
    assert counts[0] <= 12
    for page, number in ((1, 25), (2, 25), (3, 3)):
        shown = words(boss.get(url, {"page": page}))
        assert shown.count("The whole rule") == number
        assert shown.count("Changed: Subject of the email") == (number if number == 25 else 1)
