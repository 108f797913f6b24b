"""Who belongs to a case is asked in one way: a question of its own would forget a role, a council or a day."""

import re

from tests.architecture.source import name_of, python_files

# What asks for access, or about somebody's side of a case, asks in_force(); standing() is for those who add and take off.
ASKED = re.compile(
    r"CaseMembership\.objects\s*\.(?!none|in_force|standing|resting_on_nothing|of_their_time|served|create|bulk_create)\w+"
)
BY_HAND = re.compile(r"removed_at__isnull")
# File -> why it reads memberships otherwise.
OTHERWISE = {
    "cpc/cases/managers.py": "holds the rule",
    "cpc/cases/models.py": "the constraints",
    "cpc/cases/commitments.py": "which days a place takes, whoever reads the peer challenge",
    "cpc/casework/held_days.py": "which days a place takes, whoever reads the peer challenge",
    "cpc/casework/services.py": "adds and takes off",
    "cpc/casework/views.py": "the row that is taken off",
    "cpc/cases/queries.py": "everyone who was not taken off, for the page that takes them off",
    "cpc/demo/programme.py": "makes the demo",
    "cpc/dashboard/queries.py": "the name of the manager beside a case",
    "cpc/documents/models.py": "removed documents, not memberships",
    "cpc/documents/services.py": "removed documents, not memberships",
    "teams/composition/services.py": "adds and takes off",
    "teams/composition/steps.py": "takes off",
    "assessments/onsite/queries.py": "the names of the peers of a session",
    "assessments/self_assessment/queries.py": "who was asked to write once, for a kind word",
    "assessments/self_assessment/services.py": "takes off",
}


def test_memberships_are_asked_in_one_way():
    found = {name_of(path) for path in python_files() if ASKED.search(text := path.read_text()) or BY_HAND.search(text)}
    assert found - set(OTHERWISE) == set()
    assert set(OTHERWISE) - found == set(), "no longer needed"
