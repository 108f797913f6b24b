"""The sources that there are. Packages above add their own."""

from __future__ import annotations

from councils.importers.base import Importer
from councils.importers.control import ControlHistory

IMPORTERS: dict[str, Importer] = {}


def register_importer(importer: Importer) -> None:
    IMPORTERS[importer.source] = importer


register_importer(ControlHistory())
