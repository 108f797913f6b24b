"""A save says which version it was made from: it is saved, it stands already, or somebody was first."""

import pytest

from cpc.components.errors import Stale
from cpc.components.versioned import check_version, is_current, save_versioned
from cpc.scheduling.models import Scope
from tests.factories.cases import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope():
    return Scope.objects.create(case=make_case())


def test_who_read_what_stands_saves_it(scope):
    assert save_versioned(scope, version=0, purpose_detail="A council with new leaders") is True
    assert (scope.version, scope.purpose_detail) == (1, "A council with new leaders")
    scope.refresh_from_db()
    assert (scope.version, scope.purpose_detail) == (1, "A council with new leaders")


def test_the_same_once_more_is_not_saved_twice_and_is_nobody_else(scope):
    save_versioned(scope, version=0, purpose_detail="Same")
    assert save_versioned(scope, version=0, purpose_detail="Same") is False
    scope.refresh_from_db()
    assert scope.version == 1


def test_other_words_are_stale_and_nothing_is_written(scope):
    save_versioned(scope, version=0, purpose_detail="First")
    with pytest.raises(Stale, match="Somebody else saved this"):
        save_versioned(scope, version=0, purpose_detail="Second")
    with pytest.raises(Stale, match="In other words"):
        save_versioned(scope, version=0, message="In other words.", purpose_detail="Second")
    scope.refresh_from_db()
    assert (scope.version, scope.purpose_detail) == (1, "First")


def test_who_and_when_make_no_difference_and_what_is_kept_beside_the_row_does(scope):
    save_versioned(scope, version=0, stamps={"off_cycle_reason": "one"}, purpose_detail="Same")
    assert save_versioned(scope, version=0, stamps={"off_cycle_reason": "other"}, purpose_detail="Same") is False
    scope.refresh_from_db()
    assert scope.off_cycle_reason == "one"
    with pytest.raises(Stale):
        save_versioned(scope, version=0, is_same=False, purpose_detail="Same")


def test_a_locked_row_is_current_or_stale(scope):
    assert is_current(scope, 0) and not is_current(scope, 1)
    check_version(scope, 0)
    # Nobody had read a page.
    check_version(scope, None)
    with pytest.raises(Stale, match="Read it again") as refused:
        check_version(scope, 1, "Read it again.")
    assert refused.value.now is scope
