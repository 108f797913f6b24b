import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured

from cpc.accounts import backends
from cpc.accounts.backends import permission_table
from tests.counting import captured_queries
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh_table():
    permission_table.cache_clear()
    yield
    permission_table.cache_clear()


def test_a_rule_decides_and_the_database_is_not_asked():
    user = make_user("programme_manager")
    assert captured_queries(lambda: user.has_perm("cpc.view_outbox")) == []
    assert user.has_perm("cpc.view_outbox")
    assert not make_user("leader").has_perm("cpc.view_outbox")


def test_there_is_no_short_cut_for_a_superuser():
    user = make_user("leader")
    user.is_superuser = True
    user.save()
    assert not user.has_perm("cpc.view_outbox")


def test_nobody_signed_out_and_no_closed_account_may_anything():
    closed = make_user("administrator", is_active=False)
    assert not closed.has_perm("cpc.change_own_profile")
    assert not AnonymousUser().has_perm("cpc.change_own_profile")


def test_a_name_without_a_rule_is_an_error_not_a_refusal():
    with pytest.raises(KeyError):
        make_user().has_perm("cpc.no_such_thing")


def test_a_name_with_two_rules_is_refused(settings, fresh_table):
    settings.PACKAGES = ["cpc.notifications", "cpc.notifications"]
    with pytest.raises(ImproperlyConfigured, match=r"Permission cpc\.view_outbox has two rules"):
        backends.permission_table()


def test_the_backend_signs_nobody_in():
    assert backends.TablePermissionBackend().authenticate(None, username="x", password="y") is None
