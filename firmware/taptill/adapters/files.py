"""Small files on LittleFS, whole or not at all.

LittleFS commits a file when it is flushed or closed, in one step: until then the old content stands.  A file of up to
128 bytes is kept inline in its directory, so replacing it costs no erase of its own.
"""

import os

from ..core.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..core.kinds import Buffer


_NOT_THERE = 2
_THERE = 17


class Folder:
    """The files of one folder; every error is a StoreError that names the file.

    `told(op, name, size)`, when given, hears of every file that was written.
    """

    def __init__(self, path: str, told: "Callable[..., None] | None" = None):
        self.path = path
        self._told = told

    def ensure(self) -> None:
        """Make the folder unless it is there."""
        try:
            os.mkdir(self.path)
        except OSError as error:
            if error.errno != _THERE:
                raise StoreError(self.path + ": cannot be made, error " + str(error.errno))

    def names(self):
        """Names of the files."""
        try:
            return [entry[0] for entry in os.ilistdir(self.path)]
        except OSError as error:
            raise self._refused(".", "listed", error)

    def size(self, name: str) -> int:
        """Size in bytes, -1 when there is no such file."""
        try:
            return os.stat(self.path + "/" + name)[6]
        except OSError as error:
            if error.errno == _NOT_THERE:
                return -1
            raise self._refused(name, "read", error)

    def read(self, name: str, limit: int = 4096):
        """The content, or None when there is no such file; larger ones than `limit` are refused."""
        size = self.size(name)
        if size < 0:
            return None
        if size > limit:
            raise StoreError(name + ": larger than " + str(limit) + " bytes")
        return self.part(name, 0, size)

    def part(self, name: str, start: int, count: int) -> bytes:
        """`count` bytes from `start`, fewer at the end of the file."""
        try:
            with open(self.path + "/" + name, "rb") as file:
                file.seek(start)
                return file.read(count)
        except OSError as error:
            raise self._refused(name, "read", error)

    def write(self, name: str, data: "Buffer | str") -> None:
        """Replace the content; durable on return, the old content stands after an error."""
        self._put("write", name, "wb", data)

    def append(self, name: str, data: "Buffer | str") -> None:
        """Append; durable on return, and whole or not there."""
        self._put("append", name, "ab", data)

    def rename(self, name: str, other: str) -> None:
        """Give a file another name, in one step."""
        try:
            os.rename(self.path + "/" + name, self.path + "/" + other)
        except OSError as error:
            raise self._refused(name, "renamed", error)
        if self._told:
            self._told("rename", other, 0)

    def _put(self, op: str, name: str, mode: str, data: "Buffer | str") -> None:
        try:
            with open(self.path + "/" + name, mode) as file:
                file.write(data)
        except OSError as error:
            raise self._refused(name, "written", error)
        if self._told:
            self._told(op, name, len(data))

    def _refused(self, name: str, done: str, error: OSError) -> StoreError:
        return StoreError("%s: cannot be %s, error %s" % (name, done, error.errno))
