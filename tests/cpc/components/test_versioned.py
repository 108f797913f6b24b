"""A save says which version it was made from: it is saved, it stands already, or somebody was first."""

import pytest

from cpc.components.errors import Stale
from cpc.components.versioned import check_version, is_current, save_versioned
from tests.factories.peers import make_peer

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile():
    return make_peer()


def test_who_read_what_stands_saves_it(profile):
    assert save_versioned(profile, version=0, training="A council with new leaders") is True
    assert (profile.version, profile.training) == (1, "A council with new leaders")
    profile.refresh_from_db()
    assert (profile.version, profile.training) == (1, "A council with new leaders")


def test_the_same_once_more_is_not_saved_twice_and_is_nobody_else(profile):
    save_versioned(profile, version=0, training="Same")
    assert save_versioned(profile, version=0, training="Same") is False
    profile.refresh_from_db()
    assert profile.version == 1


def test_other_words_are_stale_and_nothing_is_written(profile):
    save_versioned(profile, version=0, training="First")
    with pytest.raises(Stale, match="Someone else saved this"):
        save_versioned(profile, version=0, training="Second")
    with pytest.raises(Stale, match="In other words"):
        save_versioned(profile, version=0, message="In other words.", training="Second")
    profile.refresh_from_db()
    assert (profile.version, profile.training) == (1, "First")


def test_who_and_when_make_no_difference_and_what_is_kept_beside_the_row_does(profile):
    save_versioned(profile, version=0, stamps={"other_skills": "one"}, training="Same")
    assert save_versioned(profile, version=0, stamps={"other_skills": "other"}, training="Same") is False
    profile.refresh_from_db()
    assert profile.other_skills == "one"
    with pytest.raises(Stale):
        save_versioned(profile, version=0, is_same=False, training="Same")


def test_a_locked_row_is_current_or_stale(profile):
    assert is_current(profile, 0) and not is_current(profile, 1)
    check_version(profile, 0)
    # Nobody had read a page.
    check_version(profile, None)
    with pytest.raises(Stale, match="Read it again") as refused:
        check_version(profile, 1, "Read it again.")
    assert refused.value.now is profile
