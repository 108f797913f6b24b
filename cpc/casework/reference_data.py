"""Theme sets by year, written once. Running it again changes nothing."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from cpc.cases.models import ThemeArea, ThemeSet

THEME_SETS: list[tuple[str, date, str, list[str]]] = [
    (
        "Core areas 2011 to 2015",
        date(2011, 4, 1),
        "Council reports of 2012 and 2013",
        [
            "Context and priorities",
            "Financial plan and viability",
            "Political and managerial leadership",
            "Governance and decision-making",
            "Capacity",
        ],
    ),
    (
        "Core areas 2016 to 2021",
        date(2016, 1, 1),
        "Council reports of 2019",
        [
            "Understanding of the local place and priority setting",
            "Leadership of place",
            "Organisational leadership and governance",
            "Financial planning and viability",
            "Capacity to deliver",
        ],
    ),
    (
        "Core areas from autumn 2021",
        date(2021, 9, 1),
        "Council reports since November 2021",
        [
            "Local priorities and outcomes",
            "Organisational and place leadership",
            "Governance and culture",
            "Financial planning and management",
            "Capacity for improvement",
        ],
    ),
]


@transaction.atomic
def ensure_theme_sets() -> int:
    """Load the theme sets that are missing. Returns how many were added."""
    added = 0
    for name, starts_on, source, areas in THEME_SETS:
        theme_set, created = ThemeSet.objects.get_or_create(
            name=name, defaults={"starts_on": starts_on, "source": source}
        )
        if created:
            ThemeArea.objects.bulk_create(
                ThemeArea(theme_set=theme_set, order=order, name=area) for order, area in enumerate(areas, start=1)
            )
            added += 1
    return added
