"""What the database refuses of the days of places. Apart from the migration that fills them, which leaves no row waiting."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models

DAYS_ARE_THE_CASES = """
ALTER TABLE cpc_casemembership ADD CONSTRAINT membership_days_are_the_cases
  FOREIGN KEY (case_id, onsite_start_on, onsite_end_on)
  REFERENCES cpc_case (id, onsite_start_on, onsite_end_on) ON UPDATE CASCADE;
"""
UNDO = "ALTER TABLE cpc_casemembership DROP CONSTRAINT membership_days_are_the_cases;"


class Migration(migrations.Migration):
    dependencies = [("cpc", "0026_one_team_a_day")]

    operations = [
        migrations.AddConstraint(
            model_name="casemembership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("onsite_end_on__isnull", True), ("onsite_start_on__isnull", True)),
                    models.Q(
                        ("onsite_end_on__isnull", False),
                        ("onsite_start_on__isnull", False),
                        (
                            "role__in",
                            [
                                "associate_peer",
                                "lead_member_peer",
                                "lead_officer_peer",
                                "member_peer",
                                "senior_officer_peer",
                                "shadow_peer",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="membership_days_of_peers",
            ),
        ),
        migrations.AddConstraint(
            model_name="casemembership",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(
                    ("double_booking_reason", ""),
                    ("onsite_start_on__isnull", False),
                    ("removed_at__isnull", True),
                    models.Q(("ends_on__isnull", True), ("ends_on__gte", models.F("onsite_start_on")), _connector="OR"),
                ),
                expressions=[
                    ("user", "="),
                    ("case", "<>"),
                    (
                        models.Func(
                            "onsite_start_on",
                            "onsite_end_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=True
                            ),
                            function="DATERANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="membership_one_team_a_day",
            ),
        ),
        migrations.RunSQL(DAYS_ARE_THE_CASES, UNDO),
    ]
