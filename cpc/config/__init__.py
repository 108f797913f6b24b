# Celery's app must exist in every process that queues a task, the web server too.
from cpc.config.celery import app as celery_app

__all__ = ["celery_app"]
