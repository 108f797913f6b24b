from importlib import import_module

from django.apps import AppConfig

# Read when Django is ready: sentences of events, kinds of mail and document, stages, listeners.
PLUG_INS = [
    "cpc.audit.listeners",
    "cpc.accounts.sign_in.listeners",
    "cpc.notifications.listeners",
    "cpc.notifications.sign_in",
    "cpc.notifications.verbs",
    "cpc.notifications.tasks",
    "cpc.documents.tasks",
    "cpc.documents.verbs",
    "cpc.documents.imported",
    "cpc.deadlines.verbs",
    "cpc.deadlines.listeners",
    "cpc.deadlines.messages",
    "cpc.deadlines.checks",
    "cpc.deadlines.importers.bank_holidays",
    "cpc.cases.verbs",
    "cpc.cases.messages",
    "cpc.cases.kinds",
    "cpc.cases.checks",
    "cpc.cases.listeners",
    "cpc.cases.tasks",
    "cpc.cases.importers.past_template",
    "cpc.cases.importers.under_way",
    "cpc.cycle.verbs",
    "cpc.cycle.messages",
    "cpc.cycle.tasks",
    "cpc.cycle.listeners",
    "cpc.cycle.occasions",
    "cpc.cycle.panels",
    "cpc.scheduling.verbs",
    "cpc.scheduling.messages",
    "cpc.scheduling.stage",
    "cpc.scheduling.under_way",
]


class CpcConfig(AppConfig):
    name = "cpc"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for path in PLUG_INS:
            import_module(path)
