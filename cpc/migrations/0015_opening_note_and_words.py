"""The note of whoever begins after nobody; and delivered words that say "opens" of what has opened."""

from django.db import migrations, models

# What the rules were delivered with -> what they are delivered with now. Words that somebody edited stay.
WORDS = [
    (
        "subject_text",
        "{title}: window for a peer challenge opens {when}",
        "{title}: window for a peer challenge {opens} {when}",
    ),
    (
        "body_text",
        "The last peer challenge of {title} was some years ago. The window for the next one opens on {date}.\n\n"
        "If you would like to talk about it, your LGA principal adviser will be glad to hear from you.",
        "The last peer challenge of {title} was some years ago. The window for the next one {opens} on {date}.\n\n"
        "If you would like to talk about it, your LGA principal adviser will be glad to hear from you.",
    ),
    (
        "body_text",
        "The next peer challenge of {title} is due by {date}.\n\n"
        "Your LGA principal adviser will be glad to agree dates that suit the council.",
        "The next peer challenge of {title} {is} due by {date}.\n\n"
        "Your LGA principal adviser will be glad to agree dates that suit the council.",
    ),
    (
        "body_text",
        "The window for the next peer challenge of {title} opens on {date} ({when}): {detail}.",
        "The window for the next peer challenge of {title} {opens} on {date} ({when}): {detail}.",
    ),
    (
        "body_text",
        "The next peer challenge of {title} is due on {date} ({when}): {detail}.",
        "The next peer challenge of {title} {is} due on {date} ({when}): {detail}.",
    ),
]


def say_when(apps, schema_editor):
    rules = apps.get_model("cpc", "ReminderRule").objects.filter(kind__in=["cycle_window_opens", "cycle_due"])
    for field, before, now in WORDS:
        rules.filter(**{field: before}).update(**{field: now})


class Migration(migrations.Migration):
    dependencies = [("cpc", "0014_message_offered")]

    operations = [
        migrations.AddField(
            model_name="adviserpost",
            name="opening_note",
            field=models.TextField(blank=True, db_default="", default="", max_length=4000),
        ),
        migrations.RunPython(say_when, migrations.RunPython.noop, elidable=True),
    ]
