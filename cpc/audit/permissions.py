"""Events are read on the pages of what they are about; there is no page of all events."""

from collections.abc import Callable
from typing import Any

RULES: dict[str, Callable[[Any, Any], bool]] = {}
