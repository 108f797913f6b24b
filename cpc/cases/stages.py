"""The seven stages as a table, and the registry through which a stage plugs in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.db import models


class Stage(models.TextChoices):
    SCHEDULING = "scheduling", "Scheduling"
    TEAM_COMPOSITION = "team_composition", "Team composition"
    SELF_ASSESSMENT = "self_assessment", "Position statement"
    ONSITE = "onsite", "Onsite"
    REPORT = "report", "Feedback report"
    ACTION_PLAN = "action_plan", "Action plan"
    PROGRESS_REVIEW = "progress_review", "Progress review"


@dataclass(frozen=True)
class ReviewKind:
    """What a kind of review decides, in one row (R92). No other code asks for a kind by its name.

    `templates` are its stages, in versions. What has been in use is never edited: a change of the process is another
    tuple at the end, for the reviews that begin after it; those under way keep the one they began with.
    """

    kind: str
    label: str
    templates: tuple[tuple[Stage, ...], ...]
    # How many days the team is onsite: least and most, and least and most when it is held online; None when it may not be.
    # Another length is agreed by a programme manager, with a reason.
    days: tuple[float, float]
    virtual_days: tuple[float, float] | None = None
    # The last day may be half a day.
    half_days: bool = False
    # What its deadlines are counted from: "onsite_start", "onsite_end". Empty: it has none (R94).
    clocks: frozenset[str] = frozenset()
    # Case roles that its team needs, and whether a chief executive and a leader or senior councillor must be on it (R15).
    lead_peers: frozenset[str] = frozenset()
    needs_senior_peers: bool = False
    # How many peers a team usually has, and how many member peers at least; None where nothing is usual.
    usual_team: tuple[int, int] | None = None
    usual_member_peers: int = 0
    # The leader talks to the lead member peer before the onsite.
    leaders_talk: bool = False
    # Group leaders are asked about the team where no group has a majority (R19).
    asks_groups: bool = False
    # It is counted from for the next one, and prompts are about it.
    counts_for_cycle: bool = False
    # Only a council that is offered peer challenges may be its subject.
    offered_only: bool = False


REVIEW_KINDS: dict[str, ReviewKind] = {
    row.kind: row
    for row in (
        ReviewKind(
            "corporate",
            "Corporate Peer Challenge",
            templates=(tuple(Stage),),
            days=(3, 4),
            virtual_days=(3, 5),
            half_days=True,
            clocks=frozenset({"onsite_start", "onsite_end"}),
            lead_peers=frozenset({"lead_member_peer", "lead_officer_peer"}),
            needs_senior_peers=True,
            usual_team=(4, 7),
            usual_member_peers=2,
            leaders_talk=True,
            asks_groups=True,
            counts_for_cycle=True,
            offered_only=True,
        ),
        # R94: a one-day visit on one subject has no statement and no report clocks.
        ReviewKind(
            "support_visit",
            "Peer support visit",
            templates=((Stage.SCHEDULING, Stage.TEAM_COMPOSITION, Stage.ONSITE),),
            days=(0.5, 2),
            virtual_days=(0.5, 2),
            half_days=True,
        ),
    )
}
# What is started when nobody says otherwise, and the one kind that lists need not name.
USUAL_KIND = "corporate"


def row_of(kind: str) -> ReviewKind:
    """The row of a kind of review."""
    return REVIEW_KINDS[kind]


def kind_choices() -> list[tuple[str, str]]:
    """What a form or the model offers. Read from the rows each time, so that a new row is all that a new kind needs."""
    return [(row.kind, row.label) for row in REVIEW_KINDS.values()]


def kinds_of_the_cycle() -> list[str]:
    """The kinds from which the next challenge is counted, for queries."""
    return sorted(row.kind for row in REVIEW_KINDS.values() if row.counts_for_cycle)


def latest_template(kind: str) -> int:
    """The version with which a review of this kind begins now; the first is 1."""
    return len(row_of(kind).templates)


@dataclass(frozen=True)
class StageRow:
    """One line of the table. `opens` is when people may begin to work on the stage; signing off stays in order."""

    stage: Stage
    staff_name: str
    council_name: str
    who_acts: str
    opens: str  # "always", "dates_agreed", or the stage that the case must have reached
    url_name: str


STAGES: tuple[StageRow, ...] = (
    StageRow(Stage.SCHEDULING, "Scheduling", "Scope and dates", "LGA", "always", "scheduling:detail"),
    StageRow(
        Stage.TEAM_COMPOSITION,
        "Team composition",
        "Your peer team",
        "LGA",
        "dates_agreed",
        "composition:detail",
    ),
    StageRow(
        Stage.SELF_ASSESSMENT,
        "Position statement",
        "Your position statement",
        "Council",
        "dates_agreed",
        "self_assessment:detail",
    ),
    StageRow(Stage.ONSITE, "Onsite", "Onsite", "Peer team", "dates_agreed", "onsite:detail"),
    StageRow(
        Stage.REPORT,
        "Feedback report",
        "Feedback report",
        "LGA",
        Stage.REPORT,
        "report:detail",
    ),
    StageRow(
        Stage.ACTION_PLAN,
        "Action plan",
        "Your action plan",
        "Council",
        Stage.REPORT,
        "action_plan:detail",
    ),
    StageRow(
        Stage.PROGRESS_REVIEW,
        "Progress review",
        "Progress review",
        "LGA",
        Stage.ACTION_PLAN,
        "progress_review:detail",
    ),
)
ROW_OF: dict[str, StageRow] = {row.stage: row for row in STAGES}
POSITION: dict[str, int] = {row.stage: index for index, row in enumerate(STAGES)}

# The few legal returns: one step back from anywhere, and to scoping while nothing has been published.
SEND_BACKS: dict[str, tuple[str, ...]] = {
    Stage.SCHEDULING: (),
    Stage.TEAM_COMPOSITION: (Stage.SCHEDULING,),
    Stage.SELF_ASSESSMENT: (Stage.TEAM_COMPOSITION, Stage.SCHEDULING),
    Stage.ONSITE: (Stage.SELF_ASSESSMENT, Stage.TEAM_COMPOSITION, Stage.SCHEDULING),
    Stage.REPORT: (Stage.ONSITE,),
    Stage.ACTION_PLAN: (Stage.REPORT,),
    Stage.PROGRESS_REVIEW: (Stage.ACTION_PLAN,),
}


def stages_of(kind: str, version: int) -> tuple[StageRow, ...]:
    """The stages of a kind of review by the version of its template that a case began with."""
    return tuple(ROW_OF[stage] for stage in row_of(kind).templates[version - 1])


def send_backs(kind: str, version: int, stage: str) -> tuple[Stage, ...]:
    """Where a case of this kind may go back to; a stage that the kind does not have is no place to return to."""
    return tuple(row.stage for row in reversed(stages_of(kind, version)) if row.stage in SEND_BACKS[stage])


def next_stage(kind: str, version: int, stage: str) -> Stage | None:
    """The stage after this one for this kind of review; None after the last."""
    rows = stages_of(kind, version)
    position = next(index for index, row in enumerate(rows) if row.stage == stage)
    return rows[position + 1].stage if position + 1 < len(rows) else None


@dataclass(frozen=True)
class Outstanding:
    """Something that must be done before the case may leave a stage.

    `whose` is "LGA", "Council" or "Peer team": whose turn it is. `code` names the need in overrides.
    What is not `waivable` cannot be overridden even by a programme manager: later stages could not work.
    `read` is the permission to read `text`; whoever lacks it reads the `public` words, which name nobody and count
    nothing. `act` is the permission to do it; whoever lacks it gets no link. Empty: whoever reads the list.
    """

    code: str
    text: str
    url: str = ""
    whose: str = "LGA"
    waivable: bool = True
    read: str = ""
    public: str = ""
    act: str = ""

    def __post_init__(self) -> None:
        if bool(self.read) != bool(self.public):
            raise ValueError(f"Outstanding {self.code}: a permission to read needs public words, and they need it.")


def shown_to(reader: Any, case: Any, items: list[Outstanding]) -> list[Outstanding]:
    """The items in the words, and with the links, that this reader may have. What reads the same is said once."""
    found: list[Outstanding] = []
    said: set[tuple[str, str]] = set()
    for item in items:
        if item.read and not reader.has_perm(item.read, case):
            if (item.public, item.whose) in said:
                continue
            said.add((item.public, item.whose))
            item = replace(item, text=item.public)
        if item.act and not reader.has_perm(item.act, case):
            item = replace(item, url="")
        found.append(item)
    return found


def for_reader(needs: Callable[..., list[Outstanding]]) -> Callable[..., list[Outstanding]]:
    """Makes outstanding(case, reader) of a function that lists everything a case needs in full words.

    `reader` None is the service itself, which asks whether the case may leave its stage and shows nobody anything.
    """

    @wraps(needs)
    def outstanding(case: Any, reader: Any, **known: Any) -> list[Outstanding]:
        items = needs(case, **known)
        return items if reader is None else shown_to(reader, case, items)

    outstanding.asks_reader = True  # type: ignore[attr-defined]
    return outstanding


@dataclass(frozen=True)
class StagePlugin:
    stage: Stage
    # outstanding(case, reader), made by `for_reader`.
    outstanding: Callable[..., list[Outstanding]]
    # on_enter(case, by): makes the stage's rows and deadlines; must cope with being entered twice.
    on_enter: Callable[[Any, Any], None]
    # The row of the case, hanging on it one to one, that `outstanding` reads: a page of the case brings it along.
    row: str = ""


PLUGINS: dict[str, StagePlugin] = {}


def register_stage(plugin: StagePlugin) -> None:
    PLUGINS[plugin.stage] = plugin
