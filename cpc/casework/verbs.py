"""The sentences of the case's own events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "case_entered_under_way": "entered this peer challenge, begun on {started}, at {stage}: {reason}",
        "entry_under_way_taken_back": "took the entry of this peer challenge back",
        "case_started": "started the case",
        "off_cycle_reason_given": "gave the reason for a peer challenge before its window opens: {reason}",
        "case_advanced": "signed off {from_stage}; the case is now at {to_stage}",
        "case_advanced_with_override": "signed off {from_stage} with things outstanding: {reason}",
        "case_sent_back": "sent the case back from {from_stage} to {to_stage}: {reason}",
        "case_postponed": "postponed the case to {new_on}, agreed with {agreed_with}: {reason}",
        "case_paused": "paused the case: {reason}",
        "case_resumed": "resumed the case",
        "case_cancelled": "cancelled the case: {reason}",
        "case_closed": "closed the case",
        "member_added": "added {name} as {role}",
        "member_removed": "took {name} ({role}) off the case: {reason}",
        "membership_ended": "ended the place of {name} ({role}): {reason}",
        "case_handed_over": "handed the case over from {from_name} to {to_name}",
        "focus_area_added": "added the area of focus “{name}”",
        "focus_area_removed": "removed the area of focus “{name}”",
        "focus_area_changed": "changed the area of focus “{name}”",
        "double_booking_waived": "let somebody be on two teams on the same days. {who} Reason: {reason}",
        "cycle_start_changed": "changed the day the cycle is counted from to {on}: {reason}",
        "past_challenges_imported": "imported past peer challenges of {council}: {what}",
        "past_challenges_taken_back": "undid the import of past peer challenges of {council}: {what}",
        "past_review_added": "added what followed this challenge: {what}",
        "past_case_loaded": "loaded this case from published history",
    }
)

register_waivers(
    {
        "case_advanced_with_override": ("cpc.GateOverride.outstanding", "cpc.GateOverride.reason"),
        "off_cycle_reason_given": ("cpc.Case.off_cycle_reason",),
        "double_booking_waived": ("cpc.CaseMembership.double_booking_reason",),
    }
)
