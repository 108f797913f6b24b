"""Why a file or a change is refused. The text is shown to the person."""


class UploadRefused(Exception):
    pass


class AlreadyRemoved(Exception):
    pass


class StoreAway(Exception):
    """The store of files does not answer: nothing is wrong with the file, and nothing was kept."""
