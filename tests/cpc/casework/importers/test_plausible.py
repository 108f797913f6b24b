"""Past challenges by file: what is hardly ever so is asked about, and what little is known is kept."""

from datetime import date

import pytest
import time_machine

from councils.imports.services import apply_import, check_file, undo_import
from cpc.cases.models import Case, PastEvent
from cpc.components.errors import Refused
from cpc.cycle.journey.timeline import journey_of
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
HEADER = "gss_code,joint_with,event,starts,ends,report_public,action_plan_public,source,note"
CODE = "E07000223"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-11-30 12:00 +0000", tick=False):
        yield


@pytest.fixture
def adur():
    return make_council(name="Adur", gss_code=CODE)


def check(*lines):
    content = "\n".join([HEADER, *(f"{CODE},,{line}" for line in lines)]).encode()
    return check_file(
        source="past_challenges", file_name="past.csv", content=content, by=make_user("programme_manager")
    )


def asked(run):
    return [(each["line"], each["reason"]) for each in run.questions]


@pytest.mark.parametrize(
    ("lines", "question"),
    [
        # 4 to 6 February, as a computer of the United States writes it.
        (["cpc,02/04/2019,02/06/2019,,,,"], "The visit lasts 62 days, from 2 April 2019 to 2 June 2019."),
        (["cpc,2020-06-06,2020-06-09,,,,"], "6 June 2020 is a Saturday."),
        (["cpc,2020-06-04,2020-06-07,,,,"], "7 June 2020 is a Sunday."),
        (["cpc,2015-02,2019-06,,,,"], "The visit lasts from February 2015 to June 2019."),
        (
            ["cpc,2019-03-05,2019-03-07,,,,", "cpc,2019-03-08,,,,,"],
            "It begins 1 day after the challenge of line 2 ended.",
        ),
        (
            ["cpc,2019-03-05,2019-03-07,,,,", "cpc,2019-02-05,,,,,"],
            "It ends 28 days before the challenge of line 2 begins.",
        ),
        (["cpc,2019-03,,,,,", "Progress review,2023-06,,,,,"], "is 51 months after the peer challenge of March 2019."),
        (
            ["cpc,2019-03,,,,,", "Progress review,2020-03-03,,,,,", "Progress review,2020-03-05,,,,,"],
            "The progress review is 2 days from another, of 3 March 2020.",
        ),
        (
            ["cpc,2019-03,,,,,", "Progress review,2020-03-01,,,,,"],
            "The progress review of 1 March 2020 is on a Sunday.",
        ),
        (["cpc,2019-03,,2022-05,,,"], "The report was published in May 2022, more than two years after March 2019."),
    ],
)
def test_what_is_hardly_ever_so_is_asked_about_and_never_taken_in_silence(adur, lines, question):
    run = check(*lines)
    assert run.refusals == []
    assert question in run.questions[0]["reason"]
    with pytest.raises(Refused, match="looked at the questions"):
        apply_import(run=run, by=None)
    assert not Case.objects.exists()
    apply_import(run=run, agreed=True, by=None)
    assert Case.objects.exists()


def test_what_is_usual_is_not_asked_about(adur):
    run = check(
        "cpc,2012-03-06,2012-03-08,2012-06,,,",
        "cpc,2017-11,,2018-02,2018-04,,",
        "Progress review,2018-09-18,,2018-11,,,",
        "Follow-up visit,2019-11,,,,,",
        "cpc,2023,,,,,",
        "Progress review,2024-05,,,,,",
    )
    assert (run.refusals, run.questions) == ([], [])


def test_what_stands_already_is_not_asked_about_again(adur):
    lines = ["cpc,2020-06-06,2020-06-09,,,,", "Progress review,2023-06-04,,,,,"]
    apply_import(run=check(*lines), agreed=True, by=None)
    assert asked(check(*lines)) == []
    # Other days are another question.
    assert asked(check("cpc,2020-06-06,2020-08-06,,,,"))[0][1].startswith("The visit lasts 62 days")


def test_a_review_of_which_only_its_report_is_known_is_kept(adur):
    user = make_user("programme_manager")
    run = check("cpc,2019-03,,,,,", "Progress review,,,2020-05-14,,council.example/review,")
    assert (run.refusals, run.questions) == ([], [])
    apply_import(run=run, by=None)
    event = PastEvent.objects.get()
    assert (event.starts_on, event.report_on, event.source) == (None, date(2020, 5, 14), "council.example/review")
    steps = [(step.when, step.text) for step in journey_of(adur, user).steps]
    assert ("14 May 2020", "Progress review report published") in steps
    assert not any(text == "Progress review" for _, text in steps)
    again = check("Progress review,,,2020-05-14,,,")
    assert (again.unchanged, again.refused) == (1, 0)
    undo_import(run=run, by=None)
    assert not PastEvent.objects.exists()


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("Progress review,,,,,,", "starts", "is empty: enter when it began, or when its report was published"),
        ("cpc,,,2019-05,,,", "starts", "is empty: enter when it began"),
        ("Progress review,,2020-05,2020-06,,,", "ends", "is known without the first day"),
        ("Progress review,,,2021-02,,,", "starts", "enter the first day of each"),
        ("Progress review,2020-05-14,,,,,", "starts", "one is known by its report of May 2020, which may be the same"),
        ("Progress review,,,2018-01,,,", "starts", "no earlier peer challenge of this council is known"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(adur, line, column, says):
    apply_import(run=check("cpc,2019-03,,,,,", "Progress review,,,2020-05,,,"), by=None)
    run = check(line)
    assert run.refusals[0]["column"] == column and says in run.refusals[0]["reason"]
