"""Small files on LittleFS, whole or not at all.

LittleFS commits a file when it is flushed or closed, in one step: until then the old content stands.  A file of up to
128 bytes is kept inline in its directory, so replacing it costs no erase of its own.
"""

import os

from ..ports import StoreError

INLINE = 128


def read(path: str, limit: int = 4096):
    """Content of a file, or None when there is none; StoreError when it cannot be read or passes `limit` bytes."""
    try:
        if os.stat(path)[6] > limit:
            raise StoreError(path + ": larger than " + str(limit) + " bytes")
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        if error.errno == 2:
            return None
        raise StoreError(path + ": cannot be read, error " + str(error.errno))


def write(path: str, data) -> None:
    """Replace a file; it is durable when this returns.  StoreError: the old content stands."""
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError as error:
        raise StoreError(path + ": cannot be written, error " + str(error.errno))


def ensure_folder(path: str) -> None:
    """Make a folder unless it is there."""
    try:
        os.mkdir(path)
    except OSError as error:
        if error.errno != 17:
            raise StoreError(path + ": cannot be made, error " + str(error.errno))
