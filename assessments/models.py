"""Django looks for models here; each package keeps its own."""

from assessments.action_plan.models import *  # noqa: F403
from assessments.onsite.models import *  # noqa: F403
from assessments.progress_review.models import *  # noqa: F403
from assessments.report.models import *  # noqa: F403
from assessments.self_assessment.models import *  # noqa: F403
