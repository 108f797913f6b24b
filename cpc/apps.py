from django.apps import AppConfig

from cpc.components.packages import read_at_start


class CpcConfig(AppConfig):
    name = "cpc"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        read_at_start(self.name)
