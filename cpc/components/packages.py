"""What a package brings is found by the names of its modules. `PACKAGES` in the settings lists the packages, lowest
first (docs/decisions/0014)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.utils.module_loading import module_has_submodule

# Read when Django is ready: who may do what, sentences of events, kinds of document and mail, what is done when another
# package announces something, system checks, sources of imports and reminders, panels of other packages' pages, stages.
READ_AT_START = (
    "permissions",
    "verbs",
    "document_kinds",
    "messages",
    "listeners",
    "checks",
    "tasks",
    "upload_checks",
    "importers",
    "reminder_sources",
    "commitments",
    "panels",
    "stage",
    "under_way",
    "pack",
    "shared_texts",
)


def modules_named(name: str, *, app: str = "") -> Iterator[ModuleType]:
    """The module of this name of each package that has one; of one app's packages where an app is named."""
    for package in settings.PACKAGES:
        if app and package.partition(".")[0] != app:
            continue
        if module_has_submodule(import_module(package), name):
            yield import_module(f"{package}.{name}")


def read_at_start(app: str) -> None:
    """For AppConfig.ready: importing these modules is what registers them."""
    for name in READ_AT_START:
        for _ in modules_named(name, app=app):
            pass


def read_models(app: str) -> None:
    """For an app's models.py: Django registers a model when its class is read."""
    for _ in modules_named("models", app=app):
        pass
