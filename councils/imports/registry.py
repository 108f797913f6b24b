"""The sources that there are. Packages above add their own."""

from __future__ import annotations

from councils.imports.base import Importer
from councils.imports.sources.authorities import GovUk, MySociety
from councils.imports.sources.contacts import Contacts
from councils.imports.sources.control import ControlHistory
from councils.imports.sources.neighbours import DfeNeighbours, OnsNeighbours
from councils.imports.sources.register.source import RegisterFile
from councils.imports.sources.tenures import Tenures

IMPORTERS: dict[str, Importer] = {}


def register_importer(importer: Importer) -> None:
    IMPORTERS[importer.source] = importer


def title_of(source: str) -> str:
    """Of a source that is known no longer, its own name: what it imported once is still told."""
    return IMPORTERS[source].title if source in IMPORTERS else source


for _importer in (
    RegisterFile(),
    ControlHistory(),
    OnsNeighbours(),
    DfeNeighbours(),
    MySociety(),
    GovUk(),
    Tenures(),
    Contacts(),
):
    register_importer(_importer)
