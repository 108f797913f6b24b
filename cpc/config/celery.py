"""The Celery app: static schedule, explicit task modules."""

import os

from celery import Celery
from django.conf import settings

from cpc.config import broker
from cpc.config.heartbeat import WorkerHeartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpc.config.settings")

broker.use()
app = Celery("cpc")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(lambda: settings.PACKAGES)
app.steps["worker"].add(WorkerHeartbeat)
