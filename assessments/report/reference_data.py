"""The recurring themes of recommendations (R76), written once."""

from assessments.report.models import Theme

SIX_THEMES = [
    "Vision",
    "Getting out more",
    "Finance and commercialisation",
    "Governance",
    "Member and officer relations",
    "Localities",
]


def ensure_themes() -> int:
    """Load the themes that are missing. Returns how many were added."""
    return sum(Theme.objects.get_or_create(name=name)[1] for name in SIX_THEMES)
