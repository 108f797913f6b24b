"""Worker and beat show that their loops turn: each writes the file that HEARTBEAT_FILE names, and its age tells.

A process number says only that a process exists; asking the worker costs a second Python of 140 MB each minute.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler
from django.core.cache import cache

from cpc.components.locks import Turn

# Without it beat sleeps until something is due, at most for five minutes.
SECONDS = 5.0
# The lock that is held by the one beat that sends.
BEAT = (20_262, 1)

# Where the cache keeps when the one beat last turned; the figures tell how long ago that was.
LAST_TURN = "beat-last-turn"
KEPT_SECONDS = 7 * 24 * 3600

logger = logging.getLogger(__name__)


def beat_once() -> None:
    """Writes the file, if one is named. A disk that is full must not end the process."""
    path = os.environ.get("HEARTBEAT_FILE")
    if path:
        try:
            Path(path).touch()
        except OSError:
            return


class WorkerHeartbeat(bootsteps.StartStopStep):
    """Called by the worker's own timer, so that it stops when the worker's loop stops."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        beat_once()
        self.entry = parent.timer.call_repeatedly(SECONDS, beat_once)

    def stop(self, parent: Any) -> None:
        if self.entry is not None:
            self.entry.cancel()


class HeartbeatScheduler(PersistentScheduler):
    """Beat's own clock; each turn of its loop is shown. A second beat waits: it sends nothing while the first lives."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turn = Turn(*BEAT)
        self.is_second = False

    def tick(self, *args: Any, **kwargs: Any) -> float:
        is_ours = self.turn.is_ours()
        if is_ours is self.is_second:
            self.is_second = not is_ours
            logger.warning("This beat sends from now on." if is_ours else "Another beat runs, so this one waits.")
        wait = super().tick(*args, **kwargs) if is_ours else SECONDS
        beat_once()
        if is_ours:
            cache.set(LAST_TURN, time.time(), KEPT_SECONDS)
        return min(wait, SECONDS)

    def close(self) -> None:
        self.turn.let_go()
        super().close()
