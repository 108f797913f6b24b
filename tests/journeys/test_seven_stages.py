"""One council from "Start a peer challenge" to closed, by the people concerned, in a browser, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

import docx
import pytest
import time_machine
from django.core import mail

from cpc.cases.models import Case, CaseState
from cpc.demo.people import PEERS
from cpc.demo.programme import LONDON, Programme
from tests.factories.councils import make_council
from tests.factories.world import make_programme
from tests.journeys.visitor import Visitor

FIRST_DAY, LAST_DAY = date(2027, 6, 8), date(2027, 6, 10)
TEAM = {
    "lead.member.peer": "Lead Member Peer",
    "lead.officer.peer": "Lead Officer Peer",
    "member.peer": "Member Peer",
    "officer.peer": "Senior Officer Peer",
}


class Journey:
    """The people, each at a browser of their own that lasts as long as the clock stands on one day."""

    def __init__(self, programme: Programme, open_page: Callable, width: int, *, javascript: bool = True) -> None:
        self.programme, self.open_page, self.width, self.javascript = programme, open_page, width, javascript
        self.seen: set[str] = set()
        self.at_browsers: dict[str, Visitor] = {}
        self.case = ""

    @contextmanager
    def on(self, day: date, hour: int = 10):
        of_another_day, self.at_browsers = self.at_browsers, {}
        with time_machine.travel(datetime.combine(day, time(hour), tzinfo=LONDON), tick=True):
            yield
            for visitor in self.at_browsers.values():
                visitor.page.context.close()
        self.at_browsers = of_another_day

    def who(self, name: str) -> Visitor:
        if name not in self.at_browsers:
            user = self.programme.people[name]
            page = self.open_page(user=user, width=self.width, javascript=self.javascript)
            self.at_browsers[name] = Visitor(page, self.seen, name=name, checks=self.javascript)
        return self.at_browsers[name]

    def name_of(self, name: str) -> str:
        return self.programme.people[name].full_name

    def stage(self) -> str:
        return Case.objects.get(reference=self.case).stage

    def sign_off(self, next_stage: str) -> None:
        manager = self.who("peer.challenge.manager").open(f"/cases/{self.case}/")
        if next_stage:
            manager.press(f"Finish this stage and move on to {next_stage}").reads(next_stage)
        else:
            manager.follow("Finish this stage and close").press("Finish this stage")


def word_file(folder: Path, name: str) -> Path:
    document = docx.Document()
    document.add_paragraph(f"Invented words of {name}.")
    path = folder / f"{name}.docx"
    document.save(str(path))
    return path


def scheduling(journey: Journey) -> None:
    manager = journey.who("programme.manager").open("/pipeline/")
    manager.follow("Start a peer challenge").select("Council", "Gateshead").press("Start")
    journey.case = manager.page.url.split("/")[4]
    manager.reads("Scheduling").follow("Name the peer challenge manager")
    manager.select("Peer challenge manager", journey.name_of("peer.challenge.manager")).press("Save")
    manager.reads(journey.name_of("peer.challenge.manager"))
    for name, role in (
        ("leader", "Leader of the council"),
        ("chief.executive", "Chief executive"),
        ("coordinator", "Council coordinator"),
    ):
        manager.open(f"/cases/{journey.case}/people/").follow("Add someone from the council")
        manager.select("Person", journey.name_of(name)).choose("Role on this peer challenge", role).press("Add")

    manager = journey.who("peer.challenge.manager").open("/").follow("Gateshead")
    manager.open(f"/cases/{journey.case}/scheduling/").follow("Change the purpose")
    manager.choose("What does the council want", "Test and validate where the council stands")
    manager.choose("Who asked for it?", "The leader and the chief executive together").press("Save")
    manager.follow("Record the set-up meeting").fill_date("Date of the set-up meeting", date(2027, 1, 12))
    manager.choose("Did the leader attend?", "Yes").choose("Did the chief executive attend?", "No").press("Save")
    manager.reads("Enter why the leader or the chief executive did not attend")
    manager.choose("Did the chief executive attend?", "Yes").press("Save")
    manager.follow("Add an area of focus").fill("Area of focus", "Working with residents").press("Save")
    manager.follow("Agree the dates").fill_date("First onsite day", LAST_DAY).fill_date("Last onsite day", FIRST_DAY)
    manager.press("Agree these dates").reads("The last onsite day must be the same as or after the first")
    manager.fill_date("First onsite day", FIRST_DAY).fill_date("Last onsite day", LAST_DAY).press("Agree these dates")
    manager.reads("8 to 10 June 2027").picture(f"scheduling-{journey.width}")
    journey.sign_off("Team composition")
    assert journey.stage() == "team_composition"


def team_composition(journey: Journey) -> None:
    manager = journey.who("peer.challenge.manager")
    posts = {email: profile["current_post"] for email, _, _, profile in PEERS}
    for name, role in TEAM.items():
        manager.open(f"/cases/{journey.case}/team/").follow("Find a peer")
        manager.fill("Search by name, council or post", journey.name_of(name)).press("Search").follow(
            f"Choose {journey.name_of(name)}"
        )
        manager.choose("Role on the team", role).fill("Post as the report prints it", posts[name]).press("Propose")
        manager.open(f"/cases/{journey.case}/team/").follow(f"Invite {journey.name_of(name)}")
        manager.fill_date("Answer by", date(2027, 3, 1)).press("Send the invitation")
    for name in TEAM:
        peer = journey.who(name).open("/")
        peer.page.get_by_role("link", name="at Gateshead").first.click()
        peer.look()
        peer.press("Yes, I will join the team").reads("Choose what you have to declare")
        peer.choose("Do you have anything to declare", "Nothing to declare").press("Yes, I will join the team")
        peer.refused(f"/cases/{journey.case}/onsite/findings/")
    manager.open(f"/cases/{journey.case}/team/").follow("Show the team to the council").press("Show the team")
    leader = journey.who("leader").open(f"/cases/{journey.case}/team/").follow("Record that they have talked")
    leader.fill_date("When did the leader", date(2027, 2, 15)).press("Save").does_not_read("challenge the council")
    manager.open(f"/cases/{journey.case}/team/").follow("Confirm the team").press("Confirm the team")
    manager.picture(f"team-{journey.width}")
    journey.sign_off("Position statement")
    assert journey.stage() == "self_assessment"


def position_statement(journey: Journey, folder: Path) -> None:
    where = f"/cases/{journey.case}/position-statement/"
    coordinator = journey.who("coordinator").open(where)
    areas = list(Case.objects.get(reference=journey.case).focus_areas.values_list("name", flat=True))
    assert "Working with residents" in areas
    for area in areas:
        coordinator.follow(area).fill("Successes", f"What went well in {area}").fill("Challenges", "What is hard")
        coordinator.press("Save")
    coordinator.picture(f"statement-{journey.width}")
    journey.who("peer.challenge.manager").open(where).does_not_read("What went well")
    coordinator.follow("Add a paper").fill("Title", "Budget").attach("File", word_file(folder, "budget"))
    coordinator.press("Upload").follow("Submit the position statement").press("Submit")
    manager = journey.who("peer.challenge.manager").open(where).follow("Accept as final").press("Accept")
    journey.who("member.peer").open(where).does_not_read("What went well")
    manager.follow("Release the pack to the peer team").press("Release")
    journey.who("member.peer").open(where).reads("What went well").reads("Budget").picture(f"pack-{journey.width}")
    journey.sign_off("Onsite")
    assert journey.stage() == "onsite"


def onsite_first_day(journey: Journey) -> None:
    where = f"/cases/{journey.case}/onsite/"
    coordinator = journey.who("coordinator").open(where).follow("Add a session")
    coordinator.select("Kind", "Staff focus group").fill("Title", "Staff focus group")
    coordinator.fill("Start", "09:00").fill("End", "08:00").press("Save").reads("must end after it starts")
    coordinator.fill("End", "10:00").press("Save").reads("Staff focus group")
    peer = journey.who("member.peer")
    for kind, headline in (
        ("Strength", "Staff know what the council stands for"),
        ("Towards a recommendation", "Everything is a priority"),
    ):
        peer.open(where).follow("Log a finding").fill("What did you find?", headline)
        peer.select("Area", "Working with residents").choose("Kind", kind).press("Log it").reads(headline)
    peer.picture(f"findings-{journey.width}")
    coordinator.open(where).does_not_read("Everything is a priority")
    coordinator.refused(f"{where}findings/")


def onsite_last_day(journey: Journey) -> None:
    where = f"/cases/{journey.case}/onsite/"
    lead = journey.who("lead.member.peer")
    for _ in range(6):
        lead.open(where).follow("Record", beside="Not recorded yet").choose("Did it take place?", "Took place").press(
            "Save"
        )
    for headline in ("Staff know what the council stands for", "Everything is a priority"):
        lead.open(f"{where}findings/").follow(f"Change {headline}").choose("Status", "Confirmed").press("Save")
    manager = journey.who("peer.challenge.manager").open(where).follow("Record", beside="Final feedback")
    manager.choose("Was the leader briefed", "Yes").choose("Was the chief executive briefed", "Yes").press("Save")
    journey.sign_off("Feedback report")
    assert journey.stage() == "report"


def report(journey: Journey, folder: Path) -> None:
    where = f"/cases/{journey.case}/report/"
    manager = journey.who("peer.challenge.manager").open(where).follow("Add the first draft")
    manager.attach("Draft report", word_file(folder, "draft")).press("Upload")
    manager.follow("Sign the quality checklist").press("Sign")
    manager.follow("Change the headline message").fill("Headline message", "A council that does too much").press("Save")
    for level, text in (
        ("High-level recommendation", "Agree fewer priorities."),
        ("Further recommendation", "Report savings each quarter."),
    ):
        manager.follow("Add a recommendation").choose("Level", level).select("Area", "Working with residents").fill(
            "Recommendation", text
        ).press("Save")
    coordinator = journey.who("coordinator").open(where).does_not_read("Agree fewer priorities.")
    manager.follow("Release the draft to the council")
    manager.page.get_by_label(journey.name_of("coordinator")).check()
    manager.fill_date("Until which day", date(2027, 7, 20)).press("Release")
    journey.who("leader").open(where).does_not_read("Agree fewer priorities.")
    coordinator.open(where).follow("Propose a correction of fact").fill("Where in the report", "Page 3")
    coordinator.choose("What is wrong", "A figure").fill("The draft says", "2,100").fill("It should say", "1,900")
    coordinator.press("Propose")
    manager.open(where).follow("Answer the correction at").choose("Answer", "Accept").press("Answer")
    manager.follow("Make the report final").press("Make final")
    manager.picture(f"report-{journey.width}")


def publication(journey: Journey) -> None:
    where = f"/cases/{journey.case}/report/"
    coordinator = journey.who("coordinator").open(where).follow("Record the publication")
    coordinator.fill_date("When was it published?", date(2027, 8, 20))
    coordinator.fill("Web address", "https://www.example.org/gateshead").press("Record").reads("20 August 2027")
    journey.sign_off("Action plan")
    assert journey.stage() == "action_plan"


def action_plan(journey: Journey) -> None:
    where = f"/cases/{journey.case}/action-plan/"
    coordinator = journey.who("coordinator")
    for text, answer in (("Agree fewer priorities.", "Accepted"), ("Report savings each quarter.", "Not accepted")):
        coordinator.open(where).follow("Answer", beside=text).choose("The council's answer", answer).press("Save")
        if answer != "Accepted":
            coordinator.fill("Reason", "We do so each month.").press("Save")
    coordinator.open(where).follow("Add an action").fill("What will be done", "Choose five priorities")
    coordinator.select("Recommendation", "1. Agree fewer priorities.").fill("Owner", "Chief executive")
    coordinator.fill_date("By when", date(2027, 12, 1)).fill("How success will be measured", "A short plan")
    coordinator.press("Save").reads("Choose five priorities")
    coordinator.follow("Update progress").choose("Status", "In progress, on track").fill("Progress", "Half way").press(
        "Save"
    )
    coordinator.picture(f"plan-{journey.width}")
    leader = journey.who("leader").open(f"{where}publish/").fill_date("When was it published?", date(2027, 10, 1))
    leader.fill("Web address", "https://www.example.org/plan").press("Record").reads("1 October 2027")
    journey.sign_off("Progress review")
    assert journey.stage() == "progress_review"


def progress_review(journey: Journey, folder: Path) -> None:
    where = f"/cases/{journey.case}/progress-review/"
    manager = journey.who("peer.challenge.manager").open(where).follow("Plan the progress review")
    manager.fill_date("First day", date(2028, 3, 14)).fill_date("Last day", date(2028, 3, 14))
    manager.choose("Who comes?", "The whole original team").press("Save")
    coordinator, peer = journey.who("coordinator"), journey.who("lead.officer.peer")
    for _ in range(2):
        coordinator.open(where).follow("Rate the council's view").choose("How far along is the council?", "Green")
        coordinator.fill("What has been done, and what shows it", "Five priorities stand in the plan").press("Save")
    with journey.on(date(2028, 3, 14), 16):
        peer = journey.who("lead.officer.peer")
        for _ in range(2):
            peer.open(where).follow("Record the peers' view of recommendation").choose(
                "How far along do the peers see the council?", "Amber"
            )
            peer.fill("What the peers see", "A good start").press("Save")
        journey.who("leader").open(where).does_not_read("A good start")
    with journey.on(date(2028, 4, 20)):
        manager = journey.who("peer.challenge.manager").open(where).follow("Add the progress review report")
        manager.attach("Progress review report", word_file(folder, "review")).press("Upload")
        manager.follow("Write the summary").fill("Summary", "The council is on its way.").press("Save")
        manager.follow("Record the publication").fill_date("When was it published?", date(2028, 4, 19))
        manager.fill("Web address", "https://www.example.org/review").press("Record")
        journey.who("leader").open(where).reads("A good start").picture(f"review-{journey.width}")
        journey.sign_off("")


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("width", "javascript"),
    [
        pytest.param(1280, True, id="wide"),
        pytest.param(375, True, id="phone"),
        pytest.param(375, False, id="phone-without-javascript"),
    ],
)
def test_a_peer_challenge_from_start_to_closed(open_page, tmp_path, width, javascript):
    make_council(slug="gateshead", name="Gateshead")
    journey = Journey(make_programme(), open_page, width, javascript=javascript)
    with journey.on(date(2027, 1, 12)):
        scheduling(journey)
    with journey.on(date(2027, 2, 16)):
        team_composition(journey)
    with journey.on(date(2027, 4, 20)):
        position_statement(journey, tmp_path)
    with journey.on(FIRST_DAY, 18):
        onsite_first_day(journey)
    with journey.on(LAST_DAY, 18):
        onsite_last_day(journey)
    with journey.on(date(2027, 7, 6)):
        report(journey, tmp_path)
    with journey.on(date(2027, 8, 24)):
        publication(journey)
    with journey.on(date(2027, 10, 5)):
        action_plan(journey)
    with journey.on(date(2028, 2, 29)):
        progress_review(journey, tmp_path)
    case = Case.objects.get(reference=journey.case)
    assert case.state == CaseState.CLOSED
    assert case.closed_on == date(2028, 4, 20)
    assert mail.outbox
