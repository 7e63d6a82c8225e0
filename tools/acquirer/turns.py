"""Whose turn it is to write, among processes that have the same SQLite file open.

SQLite lets one write at a time, and the others ask again and again, with longer and longer pauses: who has bad luck waits for
seconds.  Here they wait in the kernel, and whoever has waited gets it next.
"""

import contextlib
import fcntl
import os
import pathlib
from collections.abc import Iterator


class Turns:
    """By a lock on a file beside the ledger's, which ends with the process that holds it.  Raises OSError."""

    def __init__(self, ledger: pathlib.Path):
        self._file = os.open(ledger.with_name(ledger.name + "-turn"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """It is our turn for a `with`."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._file)
