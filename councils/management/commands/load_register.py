from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from councils.imports.loading import load
from councils.imports.sources.register.source import DATA_FILE


class Command(BaseCommand):
    help = (
        "Load the register of councils. Says what would happen, with a line for each difference; --apply does it, as an "
        "import that is listed and can be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", default=str(DATA_FILE))
        parser.add_argument("--apply", action="store_true")
        parser.add_argument("--agree", action="store_true", help="You have read the questions, and all of it is right.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        result = load(path, apply=options["apply"], agreed=options["agree"])
        for note in result.notes:
            self.stdout.write(note)
        if options["verbosity"] > 0:
            for difference in result.differences:
                self.stdout.write(difference)
        for question in result.questions:
            self.stderr.write(f"question: {question}")
        for refusal in result.refusals:
            self.stderr.write(str(refusal))
        if any(refusal.column == "file" for refusal in result.refusals):
            raise CommandError(f"{path} {result.refusals[0].reason}. Nothing was changed.")
        if options["apply"] and not result.is_applied:
            raise CommandError("Nothing was changed. Answer the questions: run it again with --agree if all is right.")
        word = "" if options["apply"] else "would be "
        self.stdout.write(
            f"{word}added {result.added}, {word}changed {result.changed}, unchanged {result.unchanged}, "
            f"refused {len(result.refusals)}"
        )
