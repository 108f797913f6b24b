from typing import Any

from django.core.management.base import BaseCommand

from assessments.report.reference_data import ensure_themes
from assessments.self_assessment.reference_data import ensure_prompts
from cpc.calendars.reference_data import ensure_calendars
from cpc.casework.reference_data import ensure_theme_sets
from cpc.cycle.reference_data import ensure_cycle_rules
from cpc.deadlines.reference_data import ensure_default_rules
from cpc.reminders.reference_data import ensure_default_reminders


class Command(BaseCommand):
    help = "Load what every installation needs: core areas, themes, questions, deadline and reminder rules, calendars. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, load in [
            ("theme sets", ensure_theme_sets),
            ("themes", ensure_themes),
            ("prompts", ensure_prompts),
            ("deadline rules", ensure_default_rules),
            ("reminder rules", ensure_default_reminders),
            ("reminder rules of the cycle", ensure_cycle_rules),
            ("calendar entries", ensure_calendars),
        ]:
            self.stdout.write(f"{name}: {load()} added")
