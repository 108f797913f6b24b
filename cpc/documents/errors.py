"""Why a file or a change is refused. The text is shown to the person."""

from cpc.components.errors import AlreadyMoved, Refused


class UploadRefused(Refused):
    pass


class AlreadyRemoved(AlreadyMoved):
    pass


class StoreAway(Exception):
    """The store of files does not answer: nothing is wrong with the file, and nothing was kept."""
