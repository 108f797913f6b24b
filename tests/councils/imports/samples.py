"""A small file of each source, and the councils that it tells of: what a damage is done to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from councils.imports.registry import IMPORTERS
from councils.imports.sources.control import HEADER_EARLIER, HEADER_LATER
from councils.imports.sources.register.source import COLUMNS
from councils.imports.templates import template_of
from tests.factories.councils import make_council

NEIGHBOURS = {"neighbour_code", "neighbour_id"}


@dataclass(frozen=True, repr=False)
class Sample:
    source: str
    header: list[str]
    rows: list[list[str]]
    # Columns that say which row of the register is meant: another word there may add one.
    keys: frozenset[str]
    # Column -> facts that it tells. A column that is in neither is not read, or only looked at.
    facts: dict[str, set[str]]
    # Columns in which a number that is typed may take a row away: seats, neighbours.
    lists: frozenset[str] = frozenset()
    # Columns whose other words may leave the register as it is: styles of a name that say less.
    lenient: frozenset[str] = frozenset()
    above: list[list[str]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<{self.source}>"

    @property
    def read(self) -> set[str]:
        return {*self.keys, *self.facts, *self.lists}

    @property
    def lines(self) -> list[list[str]]:
        return [*self.above, self.header, *self.rows]


def _named(header: list[str], *rows: dict[str, str]) -> list[list[str]]:
    return [[row.get(name, "") for name in header] for row in rows]


MYSOCIETY = [
    "local-authority-code", "official-name", "gss-code", "start-date", "end-date", "region", "local-authority-type",
    "pop-2020", "lat", "long", "notes",
]  # fmt: skip
GOVUK = ["id", "gss", "tier_id", "parent_local_authority_id", "slug", "name"]
ESSEX = {
    "gss_code": "E10000012", "slug": "essex", "name": "Essex", "official_name": "Essex County Council",
    "council_type": "county", "region": "East of England", "nation": "England", "population": "1506345",
    "population_year": "2023", "start_on": "1974-04-01", "election_scheme": "all_out", "last_ordinary_election": "2021",
    "latitude": "51.7800", "longitude": "0.6000", "nearest_any_type": "E08000035 E07000073 E07000223",
    "rural_urban": "Urban with rural areas",
}  # fmt: skip
HARLOW = {
    "gss_code": "E07000073", "slug": "harlow", "name": "Harlow", "official_name": "Harlow District Council",
    "council_type": "district", "region": "East of England", "nation": "England", "parent_code": "E10000012",
    "population": "93577", "population_year": "2023", "start_on": "1974-04-01", "election_scheme": "thirds",
    "last_ordinary_election": "2024", "latitude": "51.7668", "longitude": "0.1115",
    "nearest_any_type": "E10000012 E08000035", "nearest_same_type": "E07000223", "rural_urban": "Urban",
}  # fmt: skip
ADUR = {
    "gss_code": "E07000223", "slug": "adur", "name": "Adur", "official_name": "Adur District Council",
    "council_type": "district", "region": "South East", "nation": "England", "parent_code": "E10000032",
    "population": "64301", "population_year": "2023", "start_on": "1974-04-01", "election_scheme": "halves",
    "last_ordinary_election": "2024", "latitude": "50.8400", "longitude": "-0.3000",
    "nearest_any_type": "E07000073 E08000035", "nearest_same_type": "E07000073", "rural_urban": "Urban",
}  # fmt: skip
LEEDS = {
    "gss_code": "E08000035", "slug": "leeds", "name": "Leeds", "official_name": "Leeds City Council",
    "council_type": "metropolitan", "region": "Yorkshire, the Humber and “more”", "nation": "England",
    "population": "822483", "population_year": "2023", "start_on": "1974-04-01", "election_scheme": "thirds",
    "last_ordinary_election": "2024", "latitude": "53.8000", "longitude": "-1.5500",
    "nearest_any_type": "E10000012 E07000073", "former_codes": "E08000999",
}  # fmt: skip
SUSSEX = {
    "gss_code": "E10000032", "slug": "west-sussex", "name": "West Sussex", "official_name": "West Sussex County Council",
    "council_type": "county", "region": "South East", "nation": "England", "population": "892336",
    "population_year": "2023", "start_on": "1974-04-01", "latitude": "50.9300", "longitude": "-0.4600",
}  # fmt: skip
MON = {
    "gss_code": "W06000001", "slug": "isle-of-anglesey", "name": "Ynys Môn", "official_name": "Cyngor Sir Ynys Môn",
    "council_type": "welsh_unitary", "region": "Wales", "nation": "Wales", "population": "69049",
    "population_year": "2023", "start_on": "1996-04-01", "latitude": "53.2700", "longitude": "-4.3300",
}  # fmt: skip
SEAT_COLUMNS = ["con", "lab", "ld", "green", "ukip", "ref", "pc", "snp", "other"]


def _template(source: str, keys: str, facts: dict[str, str], rows: list[list[str]]) -> Sample:
    return Sample(
        source,
        [column.name for column in template_of(IMPORTERS[source])],
        rows,
        frozenset(keys.split()),
        {column: set(fact.split()) for column, fact in facts.items()},
    )


SAMPLES = [
    Sample(
        "register",
        COLUMNS,
        _named(COLUMNS, HARLOW, ESSEX, LEEDS, SUSSEX, ADUR, MON),
        frozenset({"gss_code", "slug", "name", "official_name", "council_type", "region", "nation", "parent_code",
                   "start_on", "end_on", "election_scheme", "former_codes", "successor_codes"}),
        {
            **{name: {name} for name in ("population", "population_year", "last_ordinary_election", "rural_urban")},
            "latitude": {"latitude"},
            "longitude": {"longitude"},
            "nearest_any_type": NEIGHBOURS,
            "nearest_same_type": NEIGHBOURS,
        },
        lists=frozenset({"nearest_any_type", "nearest_same_type"}),
        # Of a council that stands these are for a person to enter.
        lenient=frozenset({"former_codes", "successor_codes"}),
    ),
    Sample(
        "control_history",
        [*HEADER_LATER, ""],
        [
            ["3", "165", "Adur", "2016", "29", "15", "3", "0", "0", "8", "0", "0", "0", "3", "Con", ""],
            ["9", "165", "Adur", "2025", "29", "11", "10", "2", "2", "0", "1", "0", "0", "3", "LAB min", ""],
            ["9", "166", "Leeds", "2026", "99", "9", "61", "8", "10", "0", "0", "0", "0", "11", "LAB", "E08000035"],
            ["10", "167", "Harlow", "2026", "33", "19", "11", "0", "1", "0", "0", "0", "0", "2", "NULL", "E07000073"],
        ],
        frozenset({"council id", "authority", "year", ""}),
        {"majority": {"control"}, **{name: {"number"} for name in SEAT_COLUMNS}},
        lists=frozenset(SEAT_COLUMNS),
        lenient=frozenset({"council id", "authority", ""}),
    ),
    Sample(
        "control_history",
        HEADER_EARLIER,
        [
            ["5", "Adur", "1995", "39", "15", "9", "15", "0", "0", "NOC", "Con plurality"],
            ["6", "Leeds", "1996", "99", "9", "82", "8", "0", "0", "Lab", "Lab"],
            ["7", "Harlow", "1997", "42", "4", "37", "0", "1", "0", "Lab", "Lab"],
        ],
        frozenset({"authority", "year"}),
        {"plurality": {"control"}, "majority": {"control"}, **{name: {"number"} for name in HEADER_EARLIER[4:9]}},
        lists=frozenset(HEADER_EARLIER[4:9]),
        lenient=frozenset({"authority", "majority"}),
    ),
    Sample(
        "ons_neighbours",
        ["AREACD", "1", "2", "3"],
        [
            ["E07000223", "E07000073", "E08000035", "E10000012"],
            ["E08000035", "E10000012", "E07000073", "E07000223"],
            ["W06000001", "E07000073", "E08000035", "E10000032"],
        ],
        frozenset({"AREACD"}),
        {rank: NEIGHBOURS for rank in ("1", "2", "3")},
        lists=frozenset({"1", "2", "3"}),
    ),
    Sample(
        "dfe_neighbours",
        ["LA num", "LA Name", "Region", "SN1", "SNP1", "SN2", "SNP2"],
        [
            ["383", "Leeds", "Yorkshire", "881", "Close", "938", "Close"],
            ["881", "Essex", "East", "383", "Close", "938", "Close"],
            ["938", "West Sussex", "South East", "881", "Close", "383", "Close"],
        ],
        frozenset({"LA num", "LA Name"}),
        {"SN1": NEIGHBOURS, "SN2": NEIGHBOURS},
        lists=frozenset({"SN1", "SN2"}),
        lenient=frozenset({"LA num", "LA Name"}),
        above=[["", "", "", "1", "2", "3", "4"]],
    ),
    Sample(
        "mysociety",
        MYSOCIETY,
        [
            ["HAR", "Harlow District Council", "E07000073", "1974-04-01", "", "East of England", "NMD", "87067", "51.77",
             "0.11", "A note, with a comma"],
            ["ESS", "Essex County Council", "E10000012", "1974-04-01", "", "", "CTY", "1489189", "", "", ""],
            ["LDS", "Leeds City Council", "E08000035", "", "", "Yorkshire, the Humber and “more”", "MD", "", "53.8",
             "-1.55", "Ynys"],
        ],
        frozenset({"gss-code"}),
        {
            "official-name": {"official_name"},
            "start-date": {"start_on"},
            "end-date": {"end_on"},
            "region": {"region"},
            "pop-2020": {"population", "population_year"},
        },
        lenient=frozenset({"official-name", "local-authority-type", "pop-2020", "lat", "long"}),
    ),
    Sample(
        "govuk",
        GOVUK,
        [
            ["1", "E10000012", "1", "", "essex", "Essex County Council"],
            ["2", "E07000073", "2", "1", "harlow", "Harlow District Council"],
            ["3", "E08000035", "3", "", "leeds", "Leeds City Council"],
            ["4", "E10000032", "1", "", "west-sussex", "West Sussex County Council"],
            ["5", "E07000223", "2", "4", "adur", "Adur District Council"],
        ],
        frozenset({"gss"}),
        {"name": {"official_name"}, "parent_local_authority_id": {"parent_id"}},
        lenient=frozenset({"name", "id", "tier_id"}),
    ),
    _template(
        "tenures",
        "gss_code post first_day",
        {"name": "person_name", "party": "party", "last_day": "ended_on", "first_post": "is_first_post",
         "interim": "is_interim"},
        [
            ["E07000223", "Leader", "Ann Example", "Labour", "2024-05-20", "", "yes", "no"],
            ["E07000223", "Chief executive", "Siân Example", "", "01/02/2020", "31/03/2024", "", "Yes"],
            ["E08000035", "Leader", "Bea “B” Example, OBE", "Green", "2023-05-09", "", "no", ""],
        ],
    ),
    _template(
        "contacts",
        "gss_code role email first_day",
        {"name": "name", "telephone": "phone", "last_day": "ended_on"},
        [
            ["E07000223", "Leader", "Siân Example", "sian@adur.example", "01632 960123", "2024-05-20", ""],
            ["E07000223", "Chief executive", "Cat Example", "cat@adur.example", "'+44 1632 960124", "2020-02-01",
             "2024-03-31"],
            ["E08000035", "Democratic services", "Dee O’Neill, Ms", "dee@leeds.example", "", "2024-05-20", ""],
        ],
    ),
    _template(
        "past_challenges",
        "gss_code event starts joint_with",
        {name: name for name in ("ends", "report_public", "action_plan_public", "source", "note")}
        | {"joint_with": "joint_id"},
        [
            ["E07000223", "", "Peer challenge", "2019-02-05", "2019-02-07", "2019-05", "2019-06", "https://a.example/?q=1",
             "Café and King’s Road"],
            ["E08000035", "E07000073", "Peer challenge", "2018-11", "", "2019", "", "", ""],
            ["E07000223", "", "Progress review", "2020-01-14", "", "2020-03", "", "A letter", "Held, in the hall"],
        ],
    ),
]  # fmt: skip


def make_councils() -> None:
    """Those of the register's sample, without what hangs on them."""
    made = {}
    for facts in (ESSEX, SUSSEX, HARLOW, ADUR, LEEDS, MON):
        plain = {
            name: value
            for name, value in facts.items()
            if name not in ("parent_code", "nearest_any_type", "nearest_same_type", "former_codes", "start_on")
        }
        made[facts["gss_code"]] = make_council(
            **plain,
            start_on=date.fromisoformat(facts["start_on"]),
            parent=made.get(facts.get("parent_code", "")),
        )
