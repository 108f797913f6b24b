"""Files of peer challenges past and under way. Reading this package registers its sources."""

from cpc.casework.importers import under_way
from cpc.casework.importers.past import template as past_template

__all__ = ["past_template", "under_way"]
