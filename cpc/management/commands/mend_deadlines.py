"""Meets deadlines whose event is recorded already, on the day of that event. Running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cpc.cases.models import Case
from cpc.casework.services import lock_case
from cpc.deadlines.services import settle_deadlines


class Command(BaseCommand):
    help = (
        "Meets the open deadlines of peer challenges under way whose event has been recorded, on the day of the event."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        number = 0
        for pk in Case.objects.under_way().filter(deadlines__state="open").values_list("pk", flat=True).distinct():
            with transaction.atomic():
                for deadline in settle_deadlines(case=lock_case(pk), by=None):
                    self.stdout.write(f"{deadline.case.reference}: {deadline.name}, met on {deadline.met_on:%-d %B %Y}")
                    number += 1
        self.stdout.write(f"{number} deadline{'' if number == 1 else 's'} met.")
