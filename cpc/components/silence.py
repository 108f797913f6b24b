"""A service that gave no answer is not asked again for some seconds: every thread that waits for it answers nobody else."""

from __future__ import annotations

import time


class Silence:
    """Shared by the threads of a process, each process for itself."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + self.seconds

    def end(self) -> None:
        self.until = 0.0

    @property
    def holds(self) -> bool:
        return time.monotonic() < self.until
