"""One person is on one team a day: the days that a peer's place takes, for those that stand."""

from django.db import migrations, models
from django.utils import timezone

PEERS = ["associate_peer", "lead_member_peer", "lead_officer_peer", "member_peer", "senior_officer_peer", "shadow_peer"]

STOOD_BEFORE = "Both teams were confirmed before the service refused this."


def hold_days_ahead(apps, schema_editor):
    """The days of the places that stand. Where somebody is on two teams already, the later place says so."""
    places = apps.get_model("cpc", "CaseMembership").objects
    standing = (
        places.filter(
            role__in=PEERS,
            removed_at__isnull=True,
            case__onsite_precision="day",
            case__onsite_end_on__gte=timezone.localdate(),
        )
        .exclude(case__state="cancelled")
        .select_related("case")
        .order_by("added_at", "pk")
    )
    held = {}
    for place in standing:
        place.onsite_start_on, place.onsite_end_on = place.case.onsite_start_on, place.case.onsite_end_on
        days = held.setdefault(place.user_id, [])
        if any(
            case != place.case_id and place.onsite_start_on <= end and start <= place.onsite_end_on
            for case, start, end in days
        ):
            place.double_booking_reason = STOOD_BEFORE
        days.append((place.case_id, place.onsite_start_on, place.onsite_end_on))
        place.save(update_fields=["onsite_start_on", "onsite_end_on", "double_booking_reason"])


class Migration(migrations.Migration):
    dependencies = [("cpc", "0025_past_event_by_report"), ("councils", "0000_extensions")]

    operations = [
        migrations.AddField("casemembership", "onsite_start_on", models.DateField(null=True, blank=True)),
        migrations.AddField("casemembership", "onsite_end_on", models.DateField(null=True, blank=True)),
        migrations.AddField(
            "casemembership",
            "double_booking_reason",
            models.TextField(max_length=2000, blank=True, default="", db_default=""),
        ),
        migrations.AddConstraint(
            "case",
            models.UniqueConstraint(fields=["id", "onsite_start_on", "onsite_end_on"], name="case_days_key"),
        ),
        migrations.RunPython(hold_days_ahead, migrations.RunPython.noop),
    ]
