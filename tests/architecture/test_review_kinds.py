"""What a kind of review decides stands in its row (R92): no other code asks for a kind by its name, and a new row is all
that a new kind needs."""

from __future__ import annotations

import ast
import re
from datetime import timedelta

import html5lib
import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpc.accounts.models import User
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import REVIEW_KINDS, STAGES, ReviewKind, Stage, stages_of
from cpc.components.errors import Refused
from cpc.deadlines.kinds import KINDS
from cpc.deadlines.models import DeadlineState
from cpc.demo.programme import Programme
from cpc.notifications.tasks import deliver_waiting
from cpc.reminders.sweep import sweep
from cpc.scheduling.services import agree_dates
from tests.addresses import url_names
from tests.architecture.source import name_of, python_files, tree_of
from tests.factories.councils import make_council
from tests.factories.world import make_programme

TABLE = "cpc/cases/stages.py"
FINANCE = ReviewKind(
    "finance",
    "Finance Peer Challenge",
    templates=(tuple(stage for stage in Stage if stage != Stage.SELF_ASSESSMENT),),
    days=(2, 2),
    clocks=frozenset({"onsite_start", "onsite_end"}),
    lead_peers=frozenset({"lead_member_peer", "lead_officer_peer"}),
)
STATEMENT = re.compile(r"position statement|self.assessment|release the pack|pack released", re.IGNORECASE)
OF_THE_COUNCIL = ["councils:detail", "councils:programme", "cycle:journey", "cycle:contact-log", "carried:list"]
AROUND = [
    "dashboard:home",
    "dashboard:my-work",
    "dashboard:pipeline",
    "due:list",
    "due:csv",
    "due:xlsx",
    *OF_THE_COUNCIL,
]


def test_no_other_code_names_a_kind():
    found = []
    for path in python_files():
        if name_of(path) == TABLE:
            continue
        found += [
            f"{name_of(path)}:{node.lineno}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Constant)
            and (
                node.value in REVIEW_KINDS
                or (isinstance(node.value, str) and any(f"'{kind}'" in node.value for kind in REVIEW_KINDS))
            )
        ]
    assert found == []


class Watched(Programme):
    """A case taken through its stages by the services, whose pages are opened before each move and at the end."""

    def _advance(self, case: Case, by: User) -> Case:
        self.look(case)
        return super()._advance(case, by)

    def look(self, case: Case) -> None:
        sweep(timezone.localdate())
        deliver_waiting()
        case = Case.objects.get(pk=case.pk)
        row = REVIEW_KINDS[case.kind]
        main = ["cases:detail", "cases:deadlines", "cases:history", *(each.url_name for each in STAGES)]
        for name in ("programme.manager", "coordinator", "lead.member.peer"):
            client = Client()
            client.force_login(self.people[name], backend="allauth.account.auth_backends.AuthenticationBackend")
            for page in pages_of_a_case() if name == "programme.manager" else main:
                self.read(page, client.get(reverse(page, kwargs={"reference": case.reference})))
            for page in AROUND if case.is_over else ["dashboard:my-work", "dashboard:pipeline"]:
                client.get(reverse(page, kwargs={"slug": case.council.slug} if page in OF_THE_COUNCIL else {}))
            overview = client.get(reverse("cases:detail", kwargs={"reference": case.reference}))
            if overview.status_code == 200:
                assert row.label in overview.content.decode()
                rows = stages_of(case.kind, case.template_version)
                is_council = name == "coordinator"
                names = [each.council_name if is_council else each.staff_name for each in rows]
                assert [each["text"] for each in overview.context["stage_track"]] == names

    def read(self, page: str, response: HttpResponse) -> None:
        assert response.status_code in {200, 302, 403, 404, 405}, page
        if page.startswith("self_assessment:"):
            assert response.status_code in {404, 405}, page
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            shown = html5lib.parse(response.content.decode(), namespaceHTMLElements=False).find(".//main")
            assert not STATEMENT.search("".join(shown.itertext())), page


def pages_of_a_case() -> list[str]:
    return [name for name, route in url_names() if re.findall(r"<[^>]+>", route) == ["<slug:reference>"]]


@pytest.mark.long
@pytest.mark.parametrize("kind", ["finance", *REVIEW_KINDS])
def test_a_case_of_every_kind_goes_from_start_to_closed(db, monkeypatch, kind):
    """The first is a row that is added here and nothing else. The others are in use: the tests of each page open theirs."""
    monkeypatch.setitem(REVIEW_KINDS, FINANCE.kind, FINANCE)
    make_council(slug="gateshead", name="Gateshead")
    programme = make_programme(Watched if kind == FINANCE.kind else Programme)
    programme.kind = kind
    row = REVIEW_KINDS[kind]
    close = programme._closed if Stage.PROGRESS_REVIEW in row.templates[-1] else programme._left_onsite
    case = close("gateshead", weeks_ago=56)
    if isinstance(programme, Watched):
        programme.look(case)
        assert mail.outbox
        assert not [sent.subject for sent in mail.outbox if STATEMENT.search(sent.subject + sent.body)]

    assert case.state == CaseState.CLOSED
    assert case.get_kind_display() == row.label
    stages = row.templates[-1]
    assert list(case.stage_entries.order_by("pk").values_list("stage", flat=True)) == list(stages)
    assert case.onsite_days.count() == int(row.days[1])
    promised = {each.kind for each in KINDS.values() if each.start in row.clocks and each.stage in stages}
    assert set(case.deadlines.values_list("kind", flat=True)) == promised
    assert not case.deadlines.filter(state=DeadlineState.OPEN).exists()


def test_days_and_people_of_a_new_kind_are_those_of_its_row(db, monkeypatch):
    monkeypatch.setitem(REVIEW_KINDS, FINANCE.kind, FINANCE)
    make_council(slug="gateshead", name="Gateshead")
    programme = make_programme()
    programme.kind = FINANCE.kind
    case = programme._team("gateshead")
    manager, boss = (programme.people[name] for name in ("peer.challenge.manager", "programme.manager"))
    days = {"start_on": case.onsite_start_on, "end_on": case.onsite_start_on + timedelta(days=2)}
    for by, why in ((manager, "A programme manager can agree"), (boss, "Enter why it is another length")):
        with pytest.raises(Refused, match=f"The team is onsite for 2 days; these dates make 3. {why}"):
            agree_dates(case=case, **days, reason="A third day", version=case.version, by=by)
    client = Client()
    client.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("scheduling:dates-edit", kwargs={"reference": case.reference})).content.decode()
    assert "A Finance Peer Challenge lasts 2 days" in " ".join(page.split())
    page = client.get(reverse("cases:member-add", kwargs={"reference": case.reference, "kind": "council"}))
    assert "Contributor" not in page.content.decode()
    assert FINANCE.label in client.get(reverse("cases:start")).content.decode()
    assert FINANCE.label in client.get(reverse("dashboard:pipeline")).content.decode()
    assert list(case.deadlines.values_list("kind", flat=True)) == ["team_confirmed"]
