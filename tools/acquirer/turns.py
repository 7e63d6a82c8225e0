"""Whose turn it is to write, among processes that have the same SQLite file open.

SQLite lets one write at a time, and the others ask again and again, with longer and longer pauses: who has bad luck waits for
seconds.  Here they wait in the kernel, and whoever has waited gets it next.  The kernel knows no end of that wait, should a
process stop in its turn: so it is a thread that waits there, and who has sent it waits for the thread.
"""

import contextlib
import fcntl
import os
import pathlib
import threading
from collections.abc import Iterator


class Turns:
    """By a lock on a file beside the ledger's, which ends with the process that holds it.  Raises OSError."""

    def __init__(self, ledger: pathlib.Path):
        self._path = ledger.with_name(ledger.name + "-turn")
        os.close(self._opened())
        self._sent: _Sent | None = None

    def _opened(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def taken(self, seconds: float) -> Iterator[None]:
        """It is our turn for a `with`; one thread at a time may ask.  Raises TimeoutError."""
        file = self._waited(seconds)
        try:
            yield
        finally:
            os.close(file)

    def _waited(self, seconds: float) -> int:
        """The file, locked."""
        if self._sent is None:
            file = self._opened()
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            except BlockingIOError:
                self._sent = _Sent(file)
        found = self._sent.result(seconds)  # perhaps of one that was sent before, and has not come back yet
        if found is None:
            raise TimeoutError("another process does not end its turn")
        self._sent = None
        return found


class _Sent:
    """A thread that waits for the lock.  What it gets when nobody waits for it any more goes back at once."""

    def __init__(self, file: int):
        self._file, self._wanted, self._got = file, False, False
        self._changed = threading.Condition()
        threading.Thread(target=self._wait, name="turn", daemon=True).start()

    def _wait(self) -> None:
        while True:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            with self._changed:
                if self._wanted:
                    self._got = True
                    self._changed.notify()
                    return
                fcntl.flock(self._file, fcntl.LOCK_UN)
                self._changed.wait()  # until somebody asks for it again

    def result(self, seconds: float) -> "int | None":
        """The file, locked; None when that has not come in time."""
        with self._changed:
            self._wanted = True
            self._changed.notify()
            self._changed.wait_for(lambda: self._got, seconds)
            self._wanted = False
            return self._file if self._got else None
