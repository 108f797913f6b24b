"""What `make demo` shows: a case at every stage, one late, one postponed, one joint (issue 2)."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import Stage
from cpc.cycle.journey.queries import councils_of_adviser
from cpc.cycle.models import CycleDate
from cpc.cycle.queries import due_list
from cpc.deadlines.models import Deadline
from cpc.demo.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(capsys):
    call_command("load_register", apply=True)
    call_command("load_demo")
    assert "demo peer challenges: 10" in capsys.readouterr().out
    return Case.objects.exclude(origin="history")


@pytest.mark.long
def test_the_demo_shows_every_stage_and_every_role_and_is_loaded_once(demo):
    assert set(demo.values_list("stage", flat=True)) == set(Stage.values)
    assert demo.filter(state=CaseState.POSTPONED).count() == 1
    assert demo.filter(state=CaseState.CLOSED).count() == 1
    assert demo.filter(joint_councils__isnull=False).count() == 1
    late = Deadline.objects.filter(case__in=demo.under_way(), due_on__lt=timezone.localdate(), met_on__isnull=True)
    assert late.exists()
    assert set(User.objects.values_list("role", flat=True)) == set(Role.values)
    for user in User.objects.all():
        assert "Example" in user.full_name
        assert user.email.endswith("@example.org")
    assert User.objects.get(email="leader@example.org").check_password(PASSWORD)
    before = (User.objects.count(), Case.objects.count())
    with pytest.raises(CommandError, match="There are people in this database already"):
        call_command("load_demo")
    assert (User.objects.count(), Case.objects.count()) == before


def test_the_due_list_of_the_demo_shows_what_goes_on_before_a_challenge(demo):
    today = timezone.localdate()
    states = {row.state.value for row in due_list(today)}
    assert {"booked", "prompted", "in_conversation", "no_date_agreed", "declined", "overdue", "not_due"} <= states
    assert councils_of_adviser(User.objects.get(email="principal.adviser@example.org").pk, today)
    # What is ahead is there before the first hour has passed.
    assert CycleDate.objects.filter(on__gte=today).exists()
