"""Redis started again under a worker: what it meets is an error of the connection, after which it connects anew."""

import pytest
from kombu import Connection

from cpc.config import broker
from cpc.config.celery import app


def test_the_worker_uses_our_transport():
    assert isinstance(app.connection_for_read("redis://127.0.0.1:1/0").transport, broker.Transport)


def test_a_channel_of_a_closed_connection_says_so_as_the_connection_would():
    broker.use()
    connection = Connection("redis://127.0.0.1:1/0")
    transport = connection.transport
    channel = broker.Channel.__new__(broker.Channel)
    channel.connection = transport
    assert channel.connection.client is connection
    # As the worker's connection leaves it when it is closed.
    transport.client = None
    with pytest.raises(transport.connection_errors):
        channel._connparams()
