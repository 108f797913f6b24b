from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cpc.casework.importers.past.challenges import DATA_FILE, load
from cpc.components.incoming.text import FileUnreadable


class Command(BaseCommand):
    help = "Load past peer challenges as closed ones. Says what would happen; --apply does it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", default=str(DATA_FILE))
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            result = load(path, apply=options["apply"])
        except FileUnreadable as error:
            raise CommandError(f"{path} {error}.") from error
        for refusal in result.refusals:
            self.stderr.write(str(refusal))
        word = "Added" if options["apply"] else "Would add"
        self.stdout.write(f"{word} {result.added}, unchanged {result.unchanged}, refused {len(result.refusals)}.")
