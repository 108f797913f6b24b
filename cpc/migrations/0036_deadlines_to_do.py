"""A deadline's label says what is to be done; what was done is read from the table of kinds."""

from django.db import migrations
from django.db.models import Case, Value, When

NAMES = {
    "Peer team confirmed": "Confirm the peer team",
    "Position statement submitted": "Submit the position statement",
    "Pack released to the peer team": "Release the pack to the peer team",
    "Feedback report published": "Publish the feedback report",
    "Action plan published": "Publish the action plan",
    "Progress review held": "Hold the progress review",
    "Progress review report published": "Publish the progress review report",
}


def rename(apps, names):
    # A label that somebody has put in other words stays.
    for model in ("Deadline", "DeadlineRule"):
        rows = apps.get_model("cpc", model).objects.filter(label__in=names)
        rows.update(label=Case(*[When(label=old, then=Value(new)) for old, new in names.items()]))


def to_do(apps, schema_editor):
    rename(apps, NAMES)


def done(apps, schema_editor):
    rename(apps, {new: old for old, new in NAMES.items()})


class Migration(migrations.Migration):
    dependencies = [("cpc", "0035_review_kinds_are_rows")]
    operations = [migrations.RunPython(to_do, done)]
