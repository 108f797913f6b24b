"""The sentences of the report's events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "report_draft_added": "added a version of the draft report",
        "report_checked": "signed the quality checklist of the report",
        "draft_report_released": "released the draft report to {name} until {until}",
        "draft_report_withdrawn": "withdrew the draft report from {name}",
        "factual_correction_proposed": "proposed a correction of fact at {place}",
        "factual_correction_decided": "answered the correction of fact at {place}: {state}",
        "recommendation_added": "added recommendation {number}",
        "recommendation_changed": "changed recommendation {number}",
        "answered_recommendation_reworded": "changed the words of recommendation {number} after the council had answered it",
        "recommendation_removed": "removed recommendation {number}: {reason}",
        "report_headline_changed": "changed the report's headline message",
        "report_finalised": "made the report final",
        "report_reopened": "reopened the report: {reason}",
        "report_published": "recorded that the report was published on {on}",
        "report_published_before_poll": "published the report on {on}, in the period before the poll of {poll}: {reason}",
        "report_publication_corrected": "corrected the publication of the report ({before} to {after}): {reason}",
    }
)

register_waivers({"report_published_before_poll": ("assessments.Report.pre_election_reason",)})
