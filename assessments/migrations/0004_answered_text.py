from django.db import migrations, models

# Answers that stand were given to the words that stand.
WORDS_NOW = """
UPDATE assessments_recommendationanswer AS answer SET answered_text = recommendation.text
FROM assessments_recommendation AS recommendation WHERE recommendation.id = answer.recommendation_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0003_reviewed_peers_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="recommendationanswer",
            name="answered_text",
            field=models.TextField(db_default="", default="", max_length=2000),
        ),
        migrations.RunSQL(WORDS_NOW, migrations.RunSQL.noop),
    ]
