"""Mail about the action plan."""

from assessments.action_plan.models import ActionPlan
from assessments.publication.messages import register_mail

register_mail(code="action_plan_published", what="action plan", model=ActionPlan)
