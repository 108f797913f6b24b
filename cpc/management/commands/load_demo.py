from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.demo.programme import Programme


class Command(BaseCommand):
    help = "Load invented people and a programme of peer challenges at every stage. For the demo only, into an empty service."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.DEBUG or settings.TESTING):
            raise CommandError("This command fills a database with invented people: it runs in the demo only.")
        if User.objects.exists():
            raise CommandError("There are people in this database already. Nothing was changed.")
        call_command("load_reference", stdout=self.stdout)
        call_command("load_history", "--apply", stdout=self.stdout)
        number = Programme(timezone.localdate()).load()
        self.stdout.write(f"demo peer challenges: {number}")
