"""The queue's transport over Redis, with one habit mended: a channel whose connection was closed says that it was.

While Redis is started again the library may ask a channel for an address that the closed connection has no more. It answered with
an error that the worker takes for a mistake of its own, and ends. As an error of the connection, the worker connects anew.
"""

from __future__ import annotations

from typing import Any

from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("The connection to the queue was closed.")
        return super()._connparams(asynchronous=asynchronous)


class Transport(redis.Transport):
    Channel = Channel


def use() -> None:
    for name in ("redis", "rediss"):
        TRANSPORT_ALIASES[name] = "cpc.config.broker:Transport"


class QueueAway(Exception):
    """The queue does not answer."""


def waiting_tasks(app: Any, queue: str) -> int:
    """How many tasks no worker has taken yet. Raises QueueAway within a few seconds."""
    connection = app.connection_for_read(connect_timeout=2, transport_options={"socket_timeout": 2})
    try:
        with connection:
            return connection.default_channel.queue_declare(queue=queue, durable=True).message_count
    except (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors) as error:
        raise QueueAway from error
