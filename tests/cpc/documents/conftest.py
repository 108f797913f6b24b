"""Fixtures of the documents tests."""

from collections.abc import Callable, Iterator

import pytest

from cpc.documents.scanning import SILENCE
from tests.cpc.documents.clamd import FakeClamd, Reply


@pytest.fixture
def clamd(settings) -> Iterator[Callable[[Reply], FakeClamd]]:
    servers = []

    def start(reply: Reply) -> FakeClamd:
        servers.append(FakeClamd(reply))
        settings.CLAMD_ADDRESS = servers[-1].address
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def _nobody_is_silent() -> Iterator[None]:
    """A scanner that hung in one test is asked in the next."""
    yield
    SILENCE.end()
