"""Links of invitations stayed in the messages that carried them, in clear. Those that have gone, or will not go, lose them.

What still waits is sent as it is and loses its link then: an older worker that runs meanwhile could not read an encrypted
one. Forward only, in small steps, safe to run twice.
"""

from django.db import migrations

FINISHED = ["sent", "failed", "came_back", "dropped"]
SECRET = {"invitation": ["url"]}


def wipe(apps, schema_editor):
    message = apps.get_model("cpc", "Message")
    for kind, fields in SECRET.items():
        rows = message.objects.filter(kind=kind, state__in=FINISHED).order_by("pk")
        for row in rows.iterator(chunk_size=500):
            context = row.context | dict.fromkeys(fields)
            if context != row.context:
                message.objects.filter(pk=row.pk, state__in=FINISHED).update(context=context)


class Migration(migrations.Migration):
    dependencies = [("cpc", "0017_message_repeats")]
    operations = [migrations.RunPython(wipe, migrations.RunPython.noop, elidable=True)]
