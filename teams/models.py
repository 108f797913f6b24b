"""Django looks for models here; each package keeps its own."""

from teams.composition.models import *  # noqa: F403
from teams.peers.models import *  # noqa: F403
