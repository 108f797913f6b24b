"""The Celery app: static schedule, explicit task modules."""

import os

from celery import Celery

from cpc.config import broker
from cpc.config.heartbeat import WorkerHeartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpc.config.settings")

# Packages that hold a tasks.py. Named, not discovered: what runs is reviewed.
TASK_PACKAGES = ["councils", "cpc.cases", "cpc.notifications", "cpc.deadlines", "cpc.documents", "cpc.cycle"]

broker.use()
app = Celery("cpc")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(TASK_PACKAGES)
app.steps["worker"].add(WorkerHeartbeat)
