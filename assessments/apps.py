from importlib import import_module

from django.apps import AppConfig

# Read when Django is ready: sentences of events, kinds of mail and document, stages.
PLUG_INS = [
    "assessments.self_assessment.verbs",
    "assessments.self_assessment.permissions",
    "assessments.self_assessment.messages",
    "assessments.self_assessment.stage",
    "assessments.self_assessment.under_way",
    "assessments.onsite.verbs",
    "assessments.onsite.messages",
    "assessments.onsite.stage",
    "assessments.onsite.under_way",
    "assessments.report.verbs",
    "assessments.report.permissions",
    "assessments.report.messages",
    "assessments.report.stage",
    "assessments.report.under_way",
    "assessments.action_plan.verbs",
    "assessments.action_plan.messages",
    "assessments.action_plan.pack",
    "assessments.action_plan.stage",
    "assessments.action_plan.under_way",
    "assessments.action_plan.panels",
    "assessments.action_plan.listeners",
    "assessments.progress_review.verbs",
    "assessments.progress_review.permissions",
    "assessments.progress_review.messages",
    "assessments.progress_review.stage",
    "assessments.progress_review.under_way",
    "assessments.progress_review.importers.recommendations",
]


class AssessmentsConfig(AppConfig):
    name = "assessments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for path in PLUG_INS:
            import_module(path)
