"""Who may change a finding (R35, R85): one peer does not settle, or keep from the team, what another has seen."""

import pytest
from django.urls import reverse

from assessments.onsite.models import Finding
from tests.assessments.onsite.test_services import log, onsite

pytestmark = pytest.mark.django_db

AUTHOR_LEADS_AND_MANAGERS = {"peer", "lead_member", "lead_officer", "manager", "programme_manager"}


def test_a_finding_is_changed_by_its_author_the_leads_and_the_managers(client_for):
    """K2.6: any peer could confirm, restrict or open another's finding."""
    staged = onsite()
    finding = log(staged)
    assert finding.logged_by == staged.peer
    other = log(staged, headline="Another peer's", by=staged.lead_officer)
    may = {who for who, user in staged.people.items() if user.has_perm("assessments.change_finding", finding)}
    assert may == AUTHOR_LEADS_AND_MANAGERS
    where = reverse("onsite:finding-edit", kwargs={"reference": staged.case.reference, "pk": other.pk})
    client = client_for(staged.peer)
    assert client.get(where).status_code == 403
    assert client.post(where, {"state": "confirmed", "is_restricted": "yes"}).status_code == 403
    assert Finding.objects.get(pk=other.pk).state == other.state
    board = client.get(reverse("onsite:findings", kwargs={"reference": staged.case.reference})).content.decode()
    assert where not in board
    assert reverse("onsite:finding-edit", kwargs={"reference": staged.case.reference, "pk": finding.pk}) in board
