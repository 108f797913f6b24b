from importlib import import_module

from django.apps import AppConfig

# Read when Django is ready: sentences of events, kinds of mail, stages, listeners.
PLUG_INS = [
    "teams.peers.verbs",
    "teams.peers.messages",
    "teams.peers.commitments",
    "teams.composition.verbs",
    "teams.composition.messages",
    "teams.composition.commitments",
    "teams.composition.stage",
    "teams.composition.under_way",
    "teams.composition.listeners",
]


class TeamsConfig(AppConfig):
    name = "teams"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for path in PLUG_INS:
            import_module(path)
