from importlib import import_module

from django.apps import AppConfig


class CouncilsConfig(AppConfig):
    name = "councils"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Hints that a file waits to be read go through the queue.
        import_module("councils.tasks")
