"""Which version a checklist, a release or a publication was given for, where it can be known.

A new version takes the signature off a checklist, so what is signed is the newest that stood at that moment. A release was
given while a checklist stood: for the newest version of its moment. Where nothing can be known nothing is filled in, and
nobody but the LGA and the team reads.
"""

from django.db import migrations


def say_which_version(apps, schema_editor):
    versions = apps.get_model("cpc", "DocumentVersion").objects

    def newest(document_id, at=None):
        rows = versions.filter(document=document_id)
        return (rows.filter(uploaded_at__lte=at) if at else rows).order_by("-number").first()

    for report in apps.get_model("assessments", "Report").objects.filter(draft__isnull=False):
        if report.checked_at:
            report.checked_version = newest(report.draft_id, report.checked_at)
            report.save(update_fields=["checked_version"])
        for release in report.releases.all():
            release.document_version = newest(report.draft_id, release.released_at)
            release.save(update_fields=["document_version"])
    reviews = apps.get_model("assessments", "ProgressReview").objects
    for review in reviews.filter(report__isnull=False, state="published"):
        # A published review takes no new version.
        review.published_version = newest(review.report_id)
        review.save(update_fields=["published_version"])


class Migration(migrations.Migration):
    dependencies = [("assessments", "0009_released_versions")]

    operations = [migrations.RunPython(say_which_version, migrations.RunPython.noop, elidable=True)]
