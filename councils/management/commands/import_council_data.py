from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from councils.imports.registry import IMPORTERS
from councils.imports.services import apply_import, check_file
from councils.models import ImportRun, Outcome


def _told(run: ImportRun, outcome: Outcome) -> list[tuple[int, str, str, str]]:
    return [(line.line, *cells) for line in run.lines.filter(outcome=outcome) for cells in line.details]


class Command(BaseCommand):
    help = "Read a file of a source. Says what it would change; --apply does it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=sorted(IMPORTERS))
        parser.add_argument("file")
        parser.add_argument("--apply", action="store_true")
        parser.add_argument("--agree", action="store_true", help="You have read the questions, and all of it is right.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        with transaction.atomic():
            run = check_file(source=options["source"], file_name=path.name, content=path.read_bytes(), by=None)
            lines = {outcome: _told(run, outcome) for outcome in (Outcome.REFUSED, Outcome.OUTSIDE)}
            if options["apply"] and (options["agree"] or not run.questions):
                apply_import(run=run, agreed=options["agree"], by=None)
            else:
                transaction.set_rollback(True)
        for note in run.notes:
            self.stdout.write(note)
        for question in run.questions:
            self.stderr.write(f"question: line {question['line']}, {question['column']}: {question['reason']}")
        for number, column, value, reason in lines[Outcome.REFUSED]:
            self.stderr.write(f"line {number}, {column}: {value!r}: {reason}")
        for number, column, value, reason in lines[Outcome.OUTSIDE]:
            self.stderr.write(f"outside the register: line {number}, {column}: {value!r}: {reason}")
        if options["apply"] and run.questions and not options["agree"]:
            raise CommandError("Nothing was changed. Answer the questions: run it again with --agree if all is right.")
        word = "" if options["apply"] else "would be "
        self.stdout.write(
            f"{word}added {run.added}, {word}changed {run.changed}, unchanged {run.unchanged}, refused {run.refused}, "
            f"outside the register {run.outside}"
        )
