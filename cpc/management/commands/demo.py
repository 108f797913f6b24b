"""Everything the demo needs before it serves: tables, static files, the register, demo people. Prints the sign-ins."""

import hashlib
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.db import transaction

from cpc.accounts.models import User
from cpc.accounts.roles import Role

PASSWORD = "demo-Password-1"  # noqa: S105 - invented people on localhost


class Command(BaseCommand):
    help = "Prepares the demo (used by `make demo`)."

    def handle(self, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("This command fills a database with invented people: it runs with DEMO=1 only.")
        # What is printed on stdout at the end is shown to the person; progress goes to stderr.
        self.stderr.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        self._static_files()
        self._data()
        self.stdout.write(self._sign_ins())

    def _static_files(self) -> None:
        """Compressing takes seconds: only when a file has changed."""
        mark = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list([]):
                about = Path(storage.path(path)).stat()
                mark.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT).parent / "staticfiles.stamp"
        if stamp.exists() and stamp.read_text() == mark.hexdigest() and Path(settings.STATIC_ROOT).exists():
            return
        self.stderr.write("Collecting static files ...")
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(mark.hexdigest())

    def _data(self) -> None:
        """Once, all or nothing: what people did in the demo stays."""
        if User.objects.exists():
            return
        commands = get_commands()
        with transaction.atomic():
            if "load_register" in commands:
                self.stderr.write("Loading the register of councils ...")
                call_command("load_register", "--apply", verbosity=0, stdout=sys.stderr)
            if "load_demo" in commands:
                self.stderr.write("Loading the demo programme ...")
                call_command("load_demo", stdout=sys.stderr)

    def _sign_ins(self) -> str:
        lines = []
        for role in Role:
            person = User.objects.filter(role=role, is_active=True).order_by("pk").first()
            if person:
                lines.append(f"  {role.label:<26} {person.email}")
        if not lines:
            return "No one can sign in yet: the demo programme is not part of this version."
        return "\n".join([f"Sign in with one of these addresses and the password {PASSWORD}", *lines])
