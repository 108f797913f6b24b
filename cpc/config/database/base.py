"""Django's PostgreSQL backend with two habits for the day on which the database is away (docs/decisions/0012).

One connection a thread, kept. Before it is used again it is looked at: a server that went has said so on the socket, and that costs
no question. And a server that gave no answer in time is not asked again for some seconds: a thread that waits for it cannot
answer anybody else.
"""

from __future__ import annotations

import select
import time
from contextlib import suppress
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from cpc.components.silence import Silence

# A connection that lay idle for longer is asked whether it is alive: something between may have forgotten it.
IDLE_SECONDS = 30.0
# An attempt to connect that failed after this long is not repeated for as long as AWAY_SECONDS.
SLOW_SECONDS = 1.0
AWAY_SECONDS = 3.0


SILENCE = Silence(AWAY_SECONDS)


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.used_at = 0.0
        self.health_check_done = False

    def get_new_connection(self, conn_params: Any) -> Any:
        began = time.monotonic()
        if SILENCE.holds:
            raise OperationalError("The database gave no answer a moment ago and is not asked again yet.")
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            if time.monotonic() - began >= SLOW_SECONDS:
                SILENCE.begin()
            raise

    def close_if_unusable_or_obsolete(self) -> None:
        """Called where a request or a task begins and ends: until here the connection was used."""
        super().close_if_unusable_or_obsolete()
        self.used_at = time.monotonic()

    def close_if_health_check_failed(self) -> None:
        if self.connection is not None and not self.health_check_done:
            self.health_check_done = time.monotonic() - self.used_at < IDLE_SECONDS and is_quiet(self.connection)
        super().close_if_health_check_failed()


def is_quiet(connection: Any) -> bool:
    """Nothing was said unasked. A server that ends a connection says why, and closes the socket: both can be seen."""
    with suppress(OSError, ValueError, OperationalError):
        poll = select.poll()
        poll.register(connection.pgconn.socket, select.POLLIN)
        return not poll.poll(0)
    return False
