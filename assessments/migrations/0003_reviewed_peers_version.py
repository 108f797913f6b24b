from django.db import migrations, models

# Pages that were open carry the one version both sides had: the peers' own goes on from there.
GOES_ON = "UPDATE assessments_reviewedrecommendation SET peers_version = version"


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0002_daily_talk_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="reviewedrecommendation",
            name="peers_version",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(GOES_ON, migrations.RunSQL.noop),
    ]
