"""The sentences of the case's own events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "case_entered_under_way": "entered this peer challenge, begun on {started}, at {stage}: {reason}",
        "entry_under_way_taken_back": "took the entry of this peer challenge back",
        "case_started": "started the peer challenge",
        "off_cycle_reason_given": "gave the reason for an early peer challenge: {reason}",
        "case_advanced": "finished {from_stage}; the peer challenge is now at {to_stage}",
        "case_advanced_with_override": "finished {from_stage} with things still to do: {reason}",
        "case_sent_back": "sent the peer challenge back from {from_stage} to {to_stage}: {reason}",
        "case_postponed": "postponed the peer challenge to {new_on}, agreed with {agreed_with}: {reason}",
        "case_paused": "paused the peer challenge: {reason}",
        "case_resumed": "resumed the peer challenge",
        "case_cancelled": "cancelled the peer challenge: {reason}",
        "case_closed": "closed the peer challenge",
        "member_added": "added {name} as {role}",
        "member_removed": "took {name} ({role}) off the peer challenge: {reason}",
        "membership_ended": "ended the place of {name} ({role}): {reason}",
        "case_handed_over": "handed the peer challenge over from {from_name} to {to_name}",
        "focus_area_added": "added the area of focus “{name}”",
        "focus_area_removed": "removed the area of focus “{name}”",
        "focus_area_changed": "changed the area of focus “{name}”",
        "double_booking_waived": "let someone be on two teams on the same days. {who} Reason: {reason}",
        "cycle_start_changed": "changed the day the five-year cycle starts on to {on}: {reason}",
        "past_challenges_imported": "imported past peer challenges of {council}: {what}",
        "past_challenges_taken_back": "undid the import of past peer challenges of {council}: {what}",
        "past_review_added": "added what followed this challenge: {what}",
        "past_case_loaded": "loaded this peer challenge from published history",
    }
)

register_waivers(
    {
        "case_advanced_with_override": ("cpc.GateOverride.outstanding", "cpc.GateOverride.reason"),
        "off_cycle_reason_given": ("cpc.Case.off_cycle_reason",),
        "double_booking_waived": ("cpc.CaseMembership.double_booking_reason",),
    }
)
