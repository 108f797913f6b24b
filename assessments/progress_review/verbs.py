"""The sentences of the progress review's events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "recommendations_imported": "imported {number} recommendations of earlier peer challenges of {council}",
        "recommendations_taken_back": "took {number} imported recommendations of {council} back",
        "progress_review_planned": "planned the progress review for {dates}",
        "progress_review_held": "recorded that the progress review was held on {on}",
        "progress_review_not_held": "took back that the progress review was held on {before}: it is planned for {dates}",
        "council_rating_recorded": "recorded the council's view of recommendation {number}",
        "peers_view_recorded": "recorded the peers' view of recommendation {number}",
        "progress_review_report_added": "added the progress review report",
        "progress_review_summary_changed": "changed the summary of the progress review",
        "progress_review_published": "recorded that the progress review report was published on {on}",
        "progress_review_published_before_poll": "published the progress review report on {on}, in the period before the poll of {poll}: {reason}",
        "progress_review_publication_corrected": "corrected the publication of the progress review report ({before} to {after}): {reason}",
        "progress_review_reopened": "reopened the progress review: {reason}",
    }
)

register_waivers({"progress_review_published_before_poll": ("assessments.ProgressReview.pre_election_reason",)})
