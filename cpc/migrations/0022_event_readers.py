"""Indexes for the page of events, built while the service runs: an event is written with every change."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cpc", "0021_cycle_changes_noted_no_more")]
    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(("case__isnull", True)), fields=["-at", "-id"], name="event_of_no_case"
            ),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                models.F("data__user_id"), condition=models.Q(("case__isnull", True)), name="event_about_person"
            ),
        ),
    ]
