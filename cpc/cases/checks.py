"""A stage that registered nothing is found at start, not by its first user."""

from typing import Any

from django.core.checks import Error, register

from cpc.cases.stages import PLUGINS, STAGES


@register()
def every_stage_is_plugged_in(app_configs: Any, **kwargs: Any) -> list[Error]:
    return [
        Error(
            f"Stage {row.stage} has registered no outstanding() and on_enter().",
            hint="Call register_stage() in its stage.py, and name its package in PACKAGES in the settings.",
            id="cases.E001",
        )
        for row in STAGES
        if row.stage not in PLUGINS
    ]


@register()
def every_stage_asks_who_reads(app_configs: Any, **kwargs: Any) -> list[Error]:
    return [
        Error(
            f"Stage {stage} lists what is outstanding without asking who reads it.",
            hint="Put @for_reader (cpc/cases/stages.py) over the outstanding() of its stage.py.",
            id="cases.E002",
        )
        for stage, plugin in PLUGINS.items()
        if not getattr(plugin.outstanding, "asks_reader", False)
    ]
