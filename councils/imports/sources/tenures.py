"""Who held which post, from a file of our own form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, refuse_as
from councils.imports.matching import Register
from councils.imports.templates import Column, read_filled
from councils.models import Council, Post, Tenure
from cpc.components.incoming.cells import CellRefused, day, one_of, words, yes_or_no

POSTS = {value: value for value in Post.values} | {label: value for value, label in Post.choices} | {"Mayor": "mayor"}

Key = tuple[int, str, date]


@dataclass
class Row:
    line: int
    council: Council
    post: str
    started_on: date
    # What the line tells; what it leaves empty stays as it is.
    facts: dict[str, Any]

    @property
    def key(self) -> Key:
        return self.council.pk, self.post, self.started_on


@dataclass
class Span:
    """The time of one person in one post: as the register has it, or as a line of the file would make it."""

    name: str
    started_on: date
    ended_on: date | None
    row: Row | None = None
    before: Span | None = None


class Tenures:
    source = "tenures"
    title = "Our template: leaders, mayors and chief executives"
    endings: tuple[str, ...] = ("csv", "xlsx")
    template = (
        Column("gss_code", "The code of the council, such as E07000223"),
        Column("post", "Leader, Elected mayor or Chief executive"),
        Column("name", "The person's name"),
        Column("party", "Of a leader or a mayor; may be empty"),
        Column("first_day", "The first day in the post, such as 2026-05-20 or 20/05/2026"),
        Column("last_day", "The last day in the post; empty if they hold it today"),
        Column("first_post", "Yes if it is their first such post, otherwise no; empty if that is not known"),
        Column("interim", "Yes if they are interim; otherwise no or empty"),
    )

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        self.check(self.parse(content, reading), reading)
        return reading

    def parse(self, content: bytes, reading: Reading) -> list[Row]:
        register = Register()
        rows: dict[Key, Row] = {}
        today = timezone.localdate()
        for line in read_filled(content, self.template, reading):
            cells, column = line.cells, ""
            try:
                column = "gss_code"
                council = register.by_current_code(cells[column])
                column = "post"
                post = one_of(cells[column], POSTS)
                column = "name"
                facts: dict[str, Any] = {"person_name": words(cells[column], longest=150)}
                if not cells[column]:
                    raise CellRefused("is empty: enter the person's name")
                column = "party"
                if cells[column]:
                    facts["party"] = words(cells[column], longest=60)
                column = "first_day"
                started_on = day(cells[column])
                if started_on > today:
                    raise CellRefused("lies in the future")
                column = "last_day"
                if cells[column]:
                    facts["ended_on"] = day(cells[column])
                    if facts["ended_on"] < started_on:
                        raise CellRefused("lies before the first day")
                    if facts["ended_on"] > today:
                        raise CellRefused("lies in the future")
                column = "first_post"
                if cells[column]:
                    facts["is_first_post"] = yes_or_no(cells[column])
                column = "interim"
                if cells[column]:
                    facts["is_interim"] = yes_or_no(cells[column])
                row = Row(line.number, council, post, started_on, facts)
                column = "first_day"
                if row.key in rows:
                    raise CellRefused(f"line {rows[row.key].line} already has this council, post and day")
            except CellRefused as error:
                refuse_as(reading, line, column, error)
            else:
                rows[row.key] = row
        return list(rows.values())

    def check(self, rows: list[Row], reading: Reading) -> None:
        """Nobody holds a post while somebody else does, in the file and in the register together."""
        told = {row.key: row for row in rows}
        posts: dict[tuple[int, str], list[Span]] = {(row.council.pk, row.post): [] for row in rows}
        for held in Tenure.objects.filter(council__in={row.council.pk for row in rows}):
            span = Span(held.person_name, held.started_on, held.ended_on)
            row = told.pop((held.council_id, held.post, held.started_on), None)
            if row:
                ended_on = row.facts.get("ended_on", held.ended_on)
                span = Span(row.facts["person_name"], held.started_on, ended_on, row, before=span)
            posts.setdefault((held.council_id, held.post), []).append(span)
        for row in told.values():
            span = Span(row.facts["person_name"], row.started_on, row.facts.get("ended_on"), row)
            posts[row.council.pk, row.post].append(span)
        standing = [span.row for spans in posts.values() for span in _settle(spans, reading) if span.row]
        for row in sorted(standing, key=lambda row: row.line):
            reading.state(
                Statement(
                    line=row.line,
                    text=f"{row.council.name}: {Post(row.post).label}, {row.facts['person_name']}",
                    records=[Record("councils.Tenure", row.key, row.facts)],
                )
            )


def _settle(spans: list[Span], reading: Reading) -> list[Span]:
    """The spans that stand, in order of their days. Of two that overlap a line of the file gives way to the register,
    and a later line to an earlier one; where it would have changed the register, that stays as it was."""
    standing: list[Span] = []
    for each in sorted(spans, key=lambda span: span.started_on):
        span: Span | None = each
        while span and standing and _overlap(standing[-1], span):
            before = standing[-1]
            if span.row and (before.row is None or before.row.line < span.row.line):
                _refuse(span.row, before, reading)
                span = span.before
            elif before.row:
                _refuse(before.row, span, reading)
                standing.pop()
                if before.before:
                    standing.append(before.before)
            else:
                break
        if span:
            standing.append(span)
    return standing


def _overlap(first: Span, second: Span) -> bool:
    return first.ended_on is None or first.ended_on >= second.started_on


def _refuse(row: Row, other: Span, reading: Reading) -> None:
    until = f"until {other.ended_on:%-d %B %Y}" if other.ended_on else "and has no last day"
    where = f" (line {other.row.line})" if other.row else ""
    reading.refuse(
        row.line,
        "first_day",
        row.started_on.isoformat(),
        f"overlaps {other.name}, who holds this post from {other.started_on:%-d %B %Y} {until}{where}",
    )
