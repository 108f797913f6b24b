"""Telling a worker that something waits. Rows are the truth and a sweep finds them: a queue that is away fails nobody's request.

The one place that knows what the queue raises; tasks are sent from here alone.
"""

from __future__ import annotations

import logging
import time
from typing import Any

logger = logging.getLogger(__name__)

# A person waits while a hint is given, and one click may give ten: pauses between tries would add up.
AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
# A queue that took no hint is not offered another for so long.
AWAY_SECONDS = 10.0


class _Away:
    """Until when the queue counts as away, for all threads of the process."""

    until = 0.0


def hint(task: Any, *args: Any) -> bool:
    """Whether the queue took it. `task` is a Celery task whose work a sweep does in any case."""
    if time.monotonic() < _Away.until:
        return False
    try:
        task.apply_async(args, retry_policy=AT_ONCE)
    except Exception as error:  # whatever the queue's driver raises: the row waits
        if not task.app.conf.task_always_eager:
            _Away.until = time.monotonic() + AWAY_SECONDS
        logger.warning("The queue took no hint for %s %s (%s); a sweep does it.", task.name, args, type(error).__name__)
        return False
    return True
