"""Django looks for models here; each package keeps its own."""

from cpc.accounts.address.models import *  # noqa: F403
from cpc.accounts.models import *  # noqa: F403
from cpc.audit.models import *  # noqa: F403
from cpc.cases.models import *  # noqa: F403
from cpc.cycle.models import *  # noqa: F403
from cpc.deadlines.models import *  # noqa: F403
from cpc.documents.models import *  # noqa: F403
from cpc.notifications.models import *  # noqa: F403
from cpc.scheduling.models import *  # noqa: F403
