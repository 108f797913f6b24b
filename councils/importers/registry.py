"""The sources that there are. Packages above add their own."""

from __future__ import annotations

from councils.importers.authorities import GovUk, MySociety
from councils.importers.base import Importer
from councils.importers.contacts import Contacts
from councils.importers.control import ControlHistory
from councils.importers.neighbours import DfeNeighbours, OnsNeighbours
from councils.importers.register import RegisterFile
from councils.importers.tenures import Tenures

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
