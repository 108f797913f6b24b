"""The store of files, a folder or an object store: the one place that knows what either of them raises."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO, cast

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.db.models.fields.files import FieldFile

from cpc.documents.errors import StoreAway

PIECE = 64 * 1024
MISSING = {"404", "NoSuchKey", "NotFound"}


@contextmanager
def told_plainly() -> Iterator[None]:
    """FileNotFoundError for a file that is not there, StoreAway for a store that does not answer or cannot be used."""
    try:
        yield
    except (FileNotFoundError, StoreAway):
        raise
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in MISSING:
            raise FileNotFoundError("The file is missing from the store.") from error
        raise StoreAway(f"The store of files answers {code}.") from error
    except (BotoCoreError, Boto3Error, OSError) as error:
        raise StoreAway(f"The store of files does not answer ({type(error).__name__}).") from error


def is_there(storage: Any) -> None:
    """Raises StoreAway where files can be neither kept nor read now."""
    with told_plainly():
        if hasattr(storage, "bucket_name"):
            storage.connection.meta.client.head_bucket(Bucket=storage.bucket_name)
        elif not os.access(_existing(storage.location), os.W_OK | os.X_OK):
            raise StoreAway("The folder of the files cannot be written to.")


def _existing(folder: str) -> str:
    """The folder itself or, before the first file, the one in which it will be made."""
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def pieces_of(file: FieldFile) -> Iterator[bytes]:
    """The content, piece by piece: never the whole of it in memory. The first is read at once, so that a store that is away
    is told with a page and not with half a file."""
    found = _pieces(file.storage, str(file.name))
    first = next(found, b"")
    return chain([first], found)


def _pieces(storage: Any, name: str) -> Iterator[bytes]:
    with told_plainly():
        if hasattr(storage, "bucket_name"):
            key = storage._normalize_name(name.replace("\\", "/"))  # as the storage itself names it in the bucket
            body = storage.bucket.Object(key).get()["Body"]
            yield from body.iter_chunks(PIECE)
            return
        with storage.open(name) as opened:
            while piece := opened.read(PIECE):
                yield piece


@contextmanager
def opened(file: FieldFile) -> Iterator[BinaryIO]:
    """The file, to be read in any order."""
    with told_plainly(), file.storage.open(str(file.name)) as found:
        yield cast(BinaryIO, found)


def keep(file: FieldFile, name: str, content: Any) -> None:
    with told_plainly():
        file.save(name, content, save=False)
