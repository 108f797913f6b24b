"""R102: who was absent from a set-up meeting stands among the waivers of the case. For those recorded before, the event
that says so is written now."""

from django.db import migrations


def tell_absences(apps, schema_editor):
    Event = apps.get_model("cpc", "Event")
    for scope in apps.get_model("cpc", "Scope").objects.exclude(absence_reason=""):
        recorded = Event.objects.filter(case_id=scope.case_id, verb="set_up_meeting_recorded").order_by("-at").first()
        absent = [
            name
            for name, came in (
                ("the leader", scope.leader_attended),
                ("the chief executive", scope.chief_executive_attended),
            )
            if not came
        ]
        data = {"on": f"{scope.meeting_on:%-d %B %Y}" if scope.meeting_on else "", "who": " and ".join(absent)}
        event = Event(
            verb="set_up_absence_accepted", case_id=scope.case_id, data=data | {"reason": scope.absence_reason}
        )
        if recorded:
            event.by_id, event.at = recorded.by_id, recorded.at
        event.save()


class Migration(migrations.Migration):
    dependencies = [("cpc", "0027_one_team_a_day_guards")]

    operations = [migrations.RunPython(tell_absences, migrations.RunPython.noop, elidable=True)]
