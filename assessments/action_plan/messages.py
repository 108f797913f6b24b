"""Mail about the action plan."""

from cpc.cases.messages import still_on_running_case
from cpc.notifications.kinds import Kind, register

register(
    Kind(
        code="action_plan_published",
        staff_label="Action plan published",
        subject="{case_title} has published its action plan",
        text_template="emails/action_plan/published.txt",
        html_template="emails/action_plan/published.html",
        fields=("case_title", "url"),
        still_applies=still_on_running_case,
    )
)
