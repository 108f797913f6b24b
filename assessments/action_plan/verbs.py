"""The sentences of the action plan's events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "recommendation_answered": "answered recommendation {number}: {answer}",
        "recommendation_answered_again": "answered recommendation {number} again, after its words had changed: {answer}",
        "action_added": "added an action",
        "action_changed": "changed an action",
        "action_removed": "removed an action: {reason}",
        "action_progress_updated": "updated the progress of an action: {status}",
        "plan_comment_added": "commented on the action plan",
        "plan_published": "recorded that the action plan was published on {on}",
        "plan_published_before_poll": "published the action plan on {on}, in the period before the poll of {poll}: {reason}",
        "plan_publication_corrected": "corrected the publication of the action plan ({before} to {after}): {reason}",
        "recommendation_settled": "decided what becomes of recommendation {number}: {outcome}",
        "recommendation_outcome_changed": "changed what becomes of recommendation {number}: {before}, now {outcome}",
        "recommendation_opened_again": "opened recommendation {number} again, which was {before}: {reason}",
        "plan_reopened": "reopened the action plan: {reason}",
    }
)

register_waivers({"plan_published_before_poll": ("assessments.ActionPlan.pre_election_reason",)})
