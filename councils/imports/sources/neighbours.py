"""Similar councils (statistical neighbours): of any type from the ONS, by children's services from the DfE."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, table_of
from councils.imports.matching import Register, existed
from councils.models import Council, Neighbour, NeighbourSet
from cpc.components.incoming.cells import CellRefused, words
from cpc.components.incoming.table import Header, Table, fold

COMBINED_AUTHORITY = "E47"


def _places(cells: list[str]) -> list[int]:
    """Where the numbers of the neighbours stand, in the order of their ranks."""
    return [place for place, cell in enumerate(cells) if cell.startswith("SN") and cell[2:].isdigit()]


def _is_ons(cells: list[str]) -> bool:
    return len(cells) > 1 and fold(cells[0]) == "areacd" and cells[1:] == [str(rank) for rank in range(1, len(cells))]


def _is_dfe(cells: list[str]) -> bool:
    ranks = [cells[place] for place in _places(cells)]
    # Beside each stands how near they are: a rank whose heading is damaged would go unseen with its column.
    how_near = sum(cell.startswith("SNP") for cell in cells)
    return (
        list(map(fold, cells[:2])) == ["la_num", "la_name"]
        and bool(ranks)
        and how_near == len(ranks)
        and ranks == [f"SN{rank}" for rank in range(1, len(ranks) + 1)]
    )


ONS_HEADER = Header(_is_ons, "has not the columns AREACD,1,2,3 and so on")
DFE_HEADER = Header(_is_dfe, "has not a line with LA num, LA Name, SN1, SNP, SN2, SNP and so on", is_exact=False)


@dataclass
class Row:
    line: int
    council: str
    near: list[str]


def _held(kind: NeighbourSet) -> dict[tuple[int, int], int]:
    """What stands: the neighbour of each council and rank."""
    rows = Neighbour.objects.filter(set=kind).values_list("council_id", "rank", "neighbour_id")
    return {(council, rank): neighbour for council, rank, neighbour in rows}


def _neighbours(
    kind: NeighbourSet, row: Row, council: Council, near: list[Council], held: dict[tuple[int, int], int]
) -> Statement:
    """A list that differs takes the place of the one before; cells that are empty at the end of one that does not say
    nothing, and take nobody away."""
    is_as_it_stands = all(held.get((council.pk, rank)) == each.pk for rank, each in enumerate(near, start=1))
    return Statement(
        line=row.line,
        text=f"{council.name}: {NeighbourSet(kind).label.lower()}",
        records=[
            Record("councils.Neighbour", (council.pk, kind.value, rank), {"neighbour_id": each.pk})
            for rank, each in enumerate(near, start=1)
        ],
        whole=() if is_as_it_stands else ("councils.Neighbour",),
    )


class OnsNeighbours:
    source = "ons_neighbours"
    title = "ONS: similar councils (statistical neighbours) of any type"
    endings: tuple[str, ...] = ("csv", "xlsx")

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        self.check(self.parse(content, reading), reading)
        return reading

    def parse(self, content: bytes, reading: Reading) -> list[Row]:
        table = table_of(content, ONS_HEADER, reading)
        rows = []
        for line in table.lines if table else ():
            codes = [code for code in line.cells[1:] if code]
            if line.cells[0].startswith(COMBINED_AUTHORITY):
                reading.refuse(line.number, "AREACD", line.cells[0], "is a combined authority, not a council")
            elif not codes or "" in line.cells[1 : len(codes) + 1]:
                reading.refuse(line.number, "row", ",".join(line.cells), "has a gap among its neighbours")
            else:
                rows.append(Row(line.number, line.cells[0], codes))
        return rows

    def check(self, rows: list[Row], reading: Reading) -> None:
        register = Register()
        held = _held(NeighbourSet.ANY)
        seen: set[int] = set()
        for row in rows:
            unknown = [code for code in [row.council, *row.near] if code not in register.by_code]
            if unknown:
                column = "AREACD" if unknown[0] == row.council else str(row.near.index(unknown[0]) + 1)
                reading.refuse(row.line, column, unknown[0], "is not in the register")
                continue
            council = register.by_code[row.council]
            near = [register.by_code[code] for code in row.near]
            if council.pk in seen:
                reading.refuse(row.line, "AREACD", row.council, "is in the file twice")
            elif council in near or len({each.pk for each in near}) < len(near):
                reading.refuse(row.line, "row", row.council, "names itself or another council twice")
            else:
                seen.add(council.pk)
                reading.state(_neighbours(NeighbourSet.ANY, row, council, near, held))


class DfeNeighbours:
    """A sheet with two lines of numbers above its header, pairs of columns, and old groups and notes below."""

    source = "dfe_neighbours"
    title = "DfE: similar councils (statistical neighbours) by children's services"
    endings: tuple[str, ...] = ("csv", "xlsx")

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        table = table_of(content, DFE_HEADER, reading)
        rows, names = self.parse(table, reading) if table else ([], {})
        self.check(rows, names, reading)
        return reading

    def parse(self, table: Table, reading: Reading) -> tuple[list[Row], dict[str, str]]:
        """Rows, and the name that goes with each of the DfE's own numbers."""
        places = _places(table.header.cells)
        rows: list[Row] = []
        names: dict[str, str] = {}
        is_old = False
        for line in table.lines:
            cells = line.cells + [""] * len(table.header.cells)
            is_old = is_old or cells[1].lower().startswith("old sn")
            if not cells[0].isdecimal():
                # Notes, and the title of the old groups; a line of neighbours that is damaged or moved aside is none.
                if any(cells[place].isdecimal() for place in places) or sum(map(str.isdecimal, cells)) > 1:
                    reading.refuse(line.number, "LA num", cells[0], "is not a number of the DfE")
                continue
            if any(line.cells[len(table.header.cells) :]):
                reading.refuse(line.number, "row", ",".join(line.cells), "has more cells than the header")
                continue
            if is_old:
                reading.refuse(line.number, "LA Name", cells[1], "is among the old groups from before a reorganisation")
                continue
            try:
                names[cells[0]] = words(cells[1])
            except CellRefused as error:
                reading.refuse(line.number, "LA Name", cells[1], str(error))
                continue
            rows.append(Row(line.number, cells[0], [cells[place] for place in places]))
        return rows, names

    def check(self, rows: list[Row], names: dict[str, str], reading: Reading) -> None:
        register = Register()
        held = _held(NeighbourSet.CHILDRENS_SERVICES)
        today = timezone.localdate()
        found: dict[str, Council] = {}
        for number, name in names.items():
            standing = [council for council in register.named(name) if existed(council, today)]
            # Only councils with children's services are meant: never a district of the same name.
            standing = [council for council in standing if council.council_type != "district"]
            if len(standing) == 1:
                found[number] = standing[0]
        seen: set[int] = set()
        for row in rows:
            council = found.get(row.council)
            unknown = [number for number in row.near if number not in found]
            if council is None:
                reading.refuse(row.line, "LA Name", names[row.council], "is not a council of the register today")
            elif council.pk in seen:
                reading.refuse(row.line, "LA Name", names[row.council], "is in the file twice")
            elif unknown:
                told = names.get(unknown[0], "a number that the file does not explain")
                reading.refuse(
                    row.line, f"SN{row.near.index(unknown[0]) + 1}", unknown[0], f"is no council today: {told}"
                )
            elif council in [found[number] for number in row.near] or len(set(row.near)) < len(row.near):
                reading.refuse(row.line, "row", names[row.council], "names itself or another council twice")
            else:
                seen.add(council.pk)
                near = [found[number] for number in row.near]
                reading.state(_neighbours(NeighbourSet.CHILDRENS_SERVICES, row, council, near, held))
