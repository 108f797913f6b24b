"""Indexes for the lists that are read most: the pipeline as it opens, late cases, and the next promise of a case."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cpc", "0002_guards")]
    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state__in", ["active", "postponed", "paused"])),
                fields=["onsite_start_on", "id"],
                name="case_running_by_onsite",
            ),
        ),
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["due_on", "case"], name="deadline_open_with_case"
            ),
        ),
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["case", "due_on", "id"],
                include=["label"],
                name="deadline_next_of_case",
            ),
        ),
    ]
