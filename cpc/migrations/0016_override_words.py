"""What stood outstanding when a stage was signed off all the same is shown to everybody on the case: the words of earlier
rows that name people or count what is private get the permission to read them, and public words for others."""

from django.db import migrations

WORDS = {
    "team_composition": {
        "unanswered": ("teams.change_team", "The peers who are asked answer"),
        "dates": ("teams.change_team", "The peers say yes to the new dates"),
        "objection": ("teams.view_council_comments", "The LGA invites the peers"),
        "": ("teams.change_team", "The LGA invites the peers"),
    },
    "self_assessment": {
        "sections": ("assessments.read_position_statement", "Write the position statement"),
    },
    "onsite": {
        "talks": ("assessments.view_findings", "Record the daily talks of the leads"),
        "untested": ("assessments.view_findings", "The peer team settles its findings"),
        "strength": ("assessments.view_findings", "The peer team settles its findings"),
        "recommendation": ("assessments.view_findings", "The peer team settles its findings"),
    },
    "report": {
        "corrections": ("assessments.view_corrections", "Answer the corrections of fact"),
    },
    "progress_review": {
        "seen": ("assessments.read_peers_view", "Record the peers' view of every recommendation"),
    },
}
# Of the team's stage these name nobody.
OPEN_CODES = {"council_view", "leader_talk", "confirmed"}


def say_who_reads(apps, schema_editor):
    for row in apps.get_model("cpc", "GateOverride").objects.all():
        words = WORDS.get(row.stage, {})
        for item in row.outstanding:
            if "read" in item or item["code"] in OPEN_CODES:
                continue
            found = words.get(item["code"], words.get(""))
            if row.stage == "action_plan" and item["code"].startswith("unready"):
                found = ("assessments.view_action_plan", "Write the action plan")
            if found:
                item["read"], item["public"] = found
        row.save(update_fields=["outstanding"])


class Migration(migrations.Migration):
    dependencies = [("cpc", "0015_opening_note_and_words")]

    operations = [migrations.RunPython(say_who_reads, migrations.RunPython.noop, elidable=True)]
