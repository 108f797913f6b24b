"""The production settings, with what the benchmark compares pages to: a bare view and the Django admin."""

from cpc.config.settings import *  # noqa: F403
from cpc.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]
ROOT_URLCONF = "tests.benchmarks.urls"
