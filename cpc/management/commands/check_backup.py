from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cpc.config import backup


class Command(BaseCommand):
    help = (
        "Dumps the database, restores it into a scratch one, and compares counts and hashes; then every paper's file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dump", type=Path, help="A dump in PostgreSQL's custom format, in place of one made now.")

    def handle(self, *args: Any, dump: Path | None = None, **options: Any) -> None:
        try:
            result = backup.check(dump)
        except (backup.CannotCheck, OSError) as error:
            raise CommandError(str(error)) from error
        for difference in result.differences:
            self.stderr.write(difference)
        if result.differences:
            raise CommandError(f"The backup differs in {len(result.differences)} places.")
        self.stdout.write(
            f"The backup holds everything: {result.tables} tables, {result.rows} rows, "
            f"{result.files} files; the dump has {result.megabytes:.1f} MB."
        )
