"""Files of recommendations and their reviews. Reading this package registers its source."""

from assessments.progress_review.importers import recommendations

__all__ = ["recommendations"]
