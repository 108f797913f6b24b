"""What was said before reminders had rows of their own stays said; what had not left yet is found again by the sweep."""

from datetime import date, timedelta

from django.db import migrations


def write_reminders(apps, schema_editor):
    message_model = apps.get_model("cpc", "Message")
    deadline_model = apps.get_model("cpc", "Deadline")
    reminder_model = apps.get_model("cpc", "Reminder")
    rules = {}
    for rule in apps.get_model("cpc", "ReminderRule").objects.order_by("pk"):
        rules.setdefault((rule.offset_days, rule.in_working_days), []).append(rule)
    old = message_model.objects.filter(kind="deadline_reminder")
    for message in old.filter(state__in=["sent", "failed"]).select_related("case").iterator(chunk_size=500):
        # deadline:12:2027-06-30:rule:-7, with a w at the end where it counts working days.
        parts = message.subject_key.split(":")
        deadline = deadline_model.objects.filter(pk=message.context.get("deadline_id")).first()
        if deadline is None or message.case is None or len(parts) != 5:
            continue
        in_working_days = parts[4].endswith("w")
        offset = int(parts[4].rstrip("w"))
        on = date.fromisoformat(parts[2])
        send_on = message.queued_at.date() if in_working_days else on + timedelta(days=offset)
        for rule in rules.get((offset, in_working_days), []):
            reminder_model.objects.get_or_create(
                source="deadline",
                row=deadline.pk,
                on=on,
                side=deadline.owner_role if rule.recipients == "owner" else rule.recipients,
                send_on=send_on,
                email=message.email,
                defaults={
                    "kind": deadline.kind,
                    "rule": rule,
                    "rule_version": 0,
                    "council_id": message.case.council_id,
                    "case_id": message.case_id,
                    "to_id": message.to_id,
                    "message": message,
                    "made_at": message.queued_at,
                },
            )
    old.filter(state="waiting").update(state="dropped", failure="The next sweep makes a mail of another form of it.")


class Migration(migrations.Migration):
    dependencies = [("cpc", "0005_reminders")]
    operations = [migrations.RunPython(write_reminders, migrations.RunPython.noop)]
