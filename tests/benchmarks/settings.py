"""The production settings, with what the benchmark compares pages to: a bare view and the Django admin."""

from cpc.config.settings import *  # noqa: F403
from cpc.config.settings import INSTALLED_APPS, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]
# The admin's own pages are written in Django's language. Ours come first, so that none of them is taken for the admin's.
TEMPLATES = [
    *TEMPLATES,
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
ROOT_URLCONF = "tests.benchmarks.urls"
