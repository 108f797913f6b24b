"""What the virus scanner said of a file."""

from typing import NamedTuple

from django.db import models


class ScanState(models.TextChoices):
    """Three outcomes; the third is never shown as the first."""

    CLEAN = "clean", "Checked for viruses"
    INFECTED = "infected", "Virus found"
    NOT_SCANNED = "not_scanned", "Not yet checked for viruses"


class ScanResult(NamedTuple):
    state: str  # a value of ScanState
    note: str = ""
