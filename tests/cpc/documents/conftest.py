"""Fixtures of the documents tests."""

from collections.abc import Callable, Iterator

import pytest

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
