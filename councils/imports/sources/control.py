"""Open Council Data: who ran each council after the May elections of a year, and its seats. Both layouts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from councils.control import majority_problem
from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, table_of
from councils.imports.matching import Register, existed
from councils.models import Council
from cpc.components.incoming.cells import CellRefused, whole_number, words
from cpc.components.incoming.table import Header, Line

# Column of seats -> the party's name in the register.
LATER = {
    "con": "Conservative",
    "lab": "Labour",
    "ld": "Liberal Democrat",
    "green": "Green",
    "ukip": "UKIP",
    "ref": "Reform UK",
    "pc": "Plaid Cymru",
    "snp": "SNP",
    "other": "Independent or other",
}
EARLIER = {
    "con": "Conservative",
    "lab": "Labour",
    "ld": "Liberal Democrat",
    "other": "Independent or other",
    "nat": "SNP or Plaid Cymru",
}
# A word of the control column -> the party, and the column that its seats are counted in. From 2025 the words are
# other ones ("CON" for "Con"), which must not look like a change of control.
PARTIES = {
    "con": ("Conservative", "con"),
    "lab": ("Labour", "lab"),
    "ld": ("Liberal Democrat", "ld"),
    "green": ("Green", "green"),
    "grn": ("Green", "green"),
    "ukip": ("UKIP", "ukip"),
    "ref": ("Reform UK", "ref"),
    "pc": ("Plaid Cymru", "pc"),
    "plaid": ("Plaid Cymru", "pc"),
    "snp": ("SNP", "snp"),
    "nat": ("SNP or Plaid Cymru", "nat"),
    "ind": ("Independent or other", "other"),
    "other": ("Independent or other", "other"),
    "aspire": ("Aspire", "other"),
    "ciip": ("CIIP", "other"),
    "pip": ("PIP", "other"),
}
NATIONAL = {"snp", "pc"}
HEADER_LATER = ["id", "council id", "authority", "year", "total", *LATER, "majority"]
HEADER_EARLIER = ["id", "authority", "year", "total", *EARLIER, "majority", "plurality"]
FIRST_YEAR = 1973


def _is_later(cells: list[str]) -> bool:
    names = [" ".join(cell.lower().split()) for cell in cells]
    return names[: len(HEADER_LATER)] == HEADER_LATER and names[len(HEADER_LATER) :] in ([], [""])


def _is_earlier(cells: list[str]) -> bool:
    return [" ".join(cell.lower().split()) for cell in cells] == HEADER_EARLIER


HEADER = Header(
    lambda cells: _is_later(cells) or _is_earlier(cells),
    "has not the columns " + " or ".join(",".join(names) for names in (HEADER_LATER, HEADER_EARLIER)),
    unnamed=1,
)


@dataclass
class Row:
    line: int
    authority: str
    authority_id: str
    code: str
    year: int
    total: int
    seats: dict[str, int]
    label: str


class ControlHistory:
    source = "control_history"
    title = "Open Council Data: political control and seats"
    endings: tuple[str, ...] = ("csv", "xlsx")

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        rows = self.parse(content, reading)
        self.check(rows, reading)
        return reading

    def parse(self, content: bytes, reading: Reading) -> list[Row]:
        table = table_of(content, HEADER, reading)
        if table is None:
            return []
        if _is_later(table.header.cells):
            # The last column has no name and holds the code, in rows of the last year only.
            columns, parties = [*HEADER_LATER, "code"], LATER
        else:
            columns, parties = HEADER_EARLIER, EARLIER
        found = (self._row(line, columns, parties, reading) for line in table.lines)
        return [row for row in found if row]

    def _row(self, line: Line, columns: list[str], parties: dict[str, str], reading: Reading) -> Row | None:
        cells = dict(zip(columns, [*line.cells, ""], strict=False))
        column = ""
        try:
            for column in ("authority", "majority"):
                words(cells[column])
            for column in ("year", "total", *parties):
                whole_number(cells[column], largest=9999)
        except CellRefused as error:
            reading.refuse(line.number, column, cells[column], str(error))
            return None
        row = Row(
            line=line.number,
            authority=words(cells["authority"]),
            authority_id=cells.get("council id", ""),
            code=cells.get("code", ""),
            year=whole_number(cells["year"]),
            total=whole_number(cells["total"]),
            seats={party: whole_number(cells[party]) for party in parties},
            # The earlier layout says NOC where nobody has most of the seats; its last column says who comes nearest.
            label=cells.get("plurality") or cells["majority"],
        )
        if row.year < FIRST_YEAR:
            reading.refuse(line.number, "year", row.year, f"lies before {FIRST_YEAR}")
        elif sum(row.seats.values()) > row.total:
            reading.refuse(
                line.number, "total", row.total, f"the parties have {sum(row.seats.values())} seats together"
            )
        else:
            return row
        return None

    def check(self, rows: list[Row], reading: Reading) -> None:
        register = Register()
        codes = {
            row.authority_id: row.code
            for row in rows
            if row.authority_id and row.code and not _contradicts_itself(row, register)
        }
        times = Counter((row.authority_id, row.authority, row.year) for row in rows)
        parties = EARLIER if rows and "nat" in rows[0].seats else LATER
        ended = _ended_before(rows, codes, register)
        taken: dict[tuple[int, int], int] = {}
        for row in rows:
            if times[row.authority_id, row.authority, row.year] > 1:
                reading.refuse(
                    row.line,
                    "authority",
                    row.authority,
                    f"is in the file twice for {row.year}: two councils share the name (a county and a city, as in Durham)",
                )
                continue
            if _contradicts_itself(row, register):
                reading.refuse(row.line, "code", row.code, f"is the code of another council than {row.authority}")
                continue
            control, problem = _control(row)
            if _key(row) in ended and not problem:
                reading.pass_over(row.line, "authority", row.authority, "ended before the register begins")
                continue
            council = None if _key(row) in ended else self._council(row, codes, register, reading, problem)
            if problem:
                # What the label says is not taken; what was counted is.
                reading.refuse(row.line, "majority", row.label, problem)
            if council is None:
                continue
            if (council.pk, row.year) in taken:
                other = taken[council.pk, row.year]
                reading.refuse(
                    row.line, "authority", row.authority, f"line {other} already has {council} in {row.year}"
                )
                continue
            taken[council.pk, row.year] = row.line
            records = []
            if control:
                records.append(Record("councils.PoliticalControl", (council.pk, row.year), {"control": control}))
            elif not any(row.seats.values()):
                continue
            reading.state(
                Statement(
                    line=row.line,
                    text=f"{council.name}, {row.year}",
                    records=records
                    + [
                        Record("councils.Seats", (council.pk, row.year, parties[party]), {"number": number})
                        for party, number in row.seats.items()
                        if number
                    ],
                    whole=("councils.Seats",),
                )
            )

    def _council(
        self, row: Row, codes: dict[str, str], register: Register, reading: Reading, problem: str
    ) -> Council | None:
        """By code where the file gives one for its id, else by name; it must have existed after May of the year.

        A line of which there is a problem already is refused for that alone.
        """
        reading = Reading() if problem else reading
        meant = _meant(row, codes.get(row.authority_id, ""), register)
        if not meant:
            reading.refuse(row.line, "authority", row.authority, "is not in the register")
            return None
        standing = [council for council in meant if existed(council, date(row.year, 6, 1))]
        if len(standing) == 1:
            return standing[0]
        if standing:
            reading.refuse(
                row.line, "authority", row.authority, f"may be any of {len(standing)} councils in {row.year}"
            )
            return None
        first = min((council.start_on for council in meant if council.start_on), default=None)
        if first and first > date(row.year, 6, 1):
            # Some were there before, as districts: the register holds them from the day of their present standing.
            reason = f"is in the register from {first:%-d %B %Y} only, after May {row.year}"
        else:
            reason = f"did not exist any more after May {row.year}"
        reading.refuse(row.line, "year", row.year, f"{meant[0].official_name} {reason}")
        return None


def _key(row: Row) -> str:
    """An authority of the file; its name may change from year to year where it has an id."""
    return row.authority_id or row.authority


def _contradicts_itself(row: Row, register: Register) -> bool:
    """Its code says one council and its name another: the code would count for every year of that authority."""
    coded, named = register.by_code.get(row.code), register.named(row.authority)
    return coded is not None and bool(named) and coded not in named


def _meant(row: Row, code: str, register: Register) -> list[Council]:
    coded = register.by_code.get(code)
    return [coded] if coded else register.named(row.authority)


def _ended_before(rows: list[Row], codes: dict[str, str], register: Register) -> set[str]:
    """Authorities that the register does not know and rightly so: their last year in the file, which goes on without
    them, lies before the register begins. Whoever may be a council under a wrong name is not among them: the file would
    lack that council in just these years."""
    years: dict[str, set[int]] = {}
    known: set[str] = set()
    told: dict[int, set[int]] = {}
    for row in rows:
        years.setdefault(_key(row), set()).add(row.year)
        for council in _meant(row, codes.get(row.authority_id, ""), register):
            known.add(_key(row))
            told.setdefault(council.pk, set()).add(row.year)
    all_years = {row.year for row in rows}
    lacking = [_lacking(register.councils[pk], some, all_years) for pk, some in told.items()]
    return {
        key
        for key, some in years.items()
        # A year's line tells of the time after its May, so that the council may have lived on to the next.
        if key not in known
        and max(some) < max(all_years)
        and register.begins_after(date(max(some) + 1, 5, 31))
        and not any(some <= each for each in lacking)
    }


def _lacking(council: Council, told: set[int], all_years: set[int]) -> set[int]:
    """Years of the file in which a council was there and has no line, though it has some in others."""
    between = {year for year in all_years if min(told) < year < max(told)}
    there = {year for year in all_years if council.start_on and existed(council, date(year, 6, 1))}
    return (between | there) - told


def _control(row: Row) -> tuple[str, str]:
    """Who runs the council, or why the line does not say so."""
    try:
        return control_in_words(row), ""
    except CellRefused as error:
        return "", str(error)


def control_in_words(row: Row) -> str:
    """One vocabulary for all years. What the seats of the same row contradict is refused."""
    if row.label in ("", "NULL", "NOC"):
        raise CellRefused("does not say who runs the council")
    label, _, kind = row.label.partition(" ")
    found = [PARTIES.get(word.lower()) for word in label.split("/")]
    if None in found or kind not in ("", "plurality", "min", "Mayor"):
        raise CellRefused("is not a known word for control")
    names = [each[0] for each in found if each]
    if len(found) == 1 and found[0]:
        column = found[0][1]
        # The earlier layout counts the SNP and Plaid Cymru together, and parties without a column under "other".
        counted = "nat" if column in NATIONAL and "nat" in row.seats else "other"
        seats = row.seats.get(column, row.seats[counted])
        # Independents need not be one group, so many seats under "other" are no majority.
        if kind == "" or (kind in ("min", "plurality") and column != "other"):
            problem = majority_problem(is_told=kind == "", seats=seats, total=row.total)
            if problem:
                raise CellRefused(f"has {seats} of {row.total} seats in the same row, {problem}")
    else:
        names = ["Independent" if name == "Independent or other" else name for name in names]
    together = ", ".join(names)
    if kind == "plurality":
        return f"No overall control: {together} largest"
    if kind == "min":
        return f"{together} minority"
    return f"{together} elected mayor" if kind == "Mayor" else together
