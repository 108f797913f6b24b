"""Why a file or a change is refused. The text is shown to the person."""


class UploadRefused(Exception):
    pass


class AlreadyRemoved(Exception):
    pass
