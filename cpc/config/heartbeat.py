"""Worker and beat show that their loops turn: each writes the file that HEARTBEAT_FILE names, and its age tells.

A process number says only that a process exists; asking the worker costs a second Python of 140 MB each minute.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler

# Without it beat sleeps until something is due, at most for five minutes.
SECONDS = 5.0


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
    """Beat's own clock; each turn of its loop is shown."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        wait = super().tick(*args, **kwargs)
        beat_once()
        return min(wait, SECONDS)
