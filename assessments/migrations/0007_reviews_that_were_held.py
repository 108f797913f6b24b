"""A progress review that took place is written down as held, and its deadline as met on that day.

Until now the deadline was met when the report of the review was published: in between the review stood as late although
it had been held. Held is a review whose report is published, on its planned last day; and one of which the peers have
recorded what they saw on a day of the review or after it, on the last of these days, its planned last day at the latest.
Running it again changes nothing.
"""

from django.db import migrations
from django.utils import timezone


def _held_on(review, items):
    if review.ends_on is None or review.starts_on is None:
        return None
    if review.state == "published":
        return review.ends_on
    days = [
        day for day in (timezone.localdate(each.peers_at) for each in items if each.peers_at) if day >= review.starts_on
    ]
    return min(max(days), review.ends_on) if days else None


def mend(apps, schema_editor):
    Review = apps.get_model("assessments", "ProgressReview")
    Item = apps.get_model("assessments", "ReviewedRecommendation")
    Deadline = apps.get_model("cpc", "Deadline")
    Event = apps.get_model("cpc", "Event")
    for review in Review.objects.filter(held_on__isnull=True, ends_on__isnull=False).order_by("pk").iterator():
        held_on = _held_on(review, Item.objects.filter(review=review))
        if held_on is None:
            continue
        Review.objects.filter(pk=review.pk).update(held_on=held_on)
        still_open = Deadline.objects.filter(case=review.case_id, kind="progress_review_held", state="open")
        for deadline in still_open:
            deadline.state, deadline.met_on = "met", held_on
            deadline.version += 1
            deadline.save(update_fields=["state", "met_on", "version"])
            data = {"label": deadline.label, "on": f"{held_on:%-d %B %Y}"}
            Event.objects.create(verb="deadline_met", case_id=review.case_id, by=None, data=data)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0006_clocks"), ("cpc", "0019_clocks")]
    operations = [migrations.RunPython(mend, migrations.RunPython.noop)]
