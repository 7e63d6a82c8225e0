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
# No free block, or no block that takes a write any more; LittleFS says of a new name that there is no block for it that it is too
# long (lfs2.c, lfs2_file_opencfg_).
_NO_SPACE = (28, 36)
_CORRUPT = 84  # LFS_ERR_CORRUPT
_ZEROS = bytes(64)
_BLOCK = 4096
_COMMIT = 16  # what LittleFS writes at least beside the content of a small file: tags and check value
_FILLER = "filler"  # what a power cut leaves of it harms nothing
_SOME = 2  # blocks that are free all the same: then it is the latter


class Folder:
    """The files of one folder; every error is a StoreError that names the file.

    `told(op, name, size)`, when given, hears of every file that was written.
    """

    def __init__(self, path: str, told: "Callable[..., None] | None" = None):
        self.path = path
        self._told = told

    def inner(self, name: str) -> "Folder":
        """A folder in this one.  LittleFS keeps each directory in blocks of its own: what is lost in one stands in the other."""
        return Folder(self.path + "/" + name, self._told)

    def ensure(self) -> bool:
        """Make the folder unless it is there; True when it was made."""
        try:
            os.mkdir(self.path)
            return True
        except OSError as error:
            if error.errno == _THERE:
                return False
            raise StoreError(self.path + ": cannot be made, error " + str(error.errno), error.errno in _NO_SPACE)

    def begin(self) -> None:
        """Make the folder unless it is there; a new one stands in both blocks of the folder above.  Of the terminal's files
        together: what forgets it has forgotten them all.
        """
        if self.ensure():
            Folder(self.path[: self.path.rfind("/")], self._told).settle()

    def own(self) -> None:
        """Make the folder unless it is there, and settle it."""
        if self.ensure():
            self.settle()

    def settle(self) -> None:
        """Have all that is in the folder now in both of its blocks.

        LittleFS mounts nothing at all while the directory of one folder cannot be read, and of a new one there is only the first
        block; a folder inside it is lost with the block that names it.  After so many commits that the other block is begun, a
        bad bit costs the newest of them and no more.
        """
        size = 2 * len(_ZEROS)
        for _ in range(_BLOCK // (size + _COMMIT) + 1):
            self.blank(_FILLER, size)
        self.remove(_FILLER)

    def names(self):
        """Names of the files."""
        names = []
        try:
            for entry in os.ilistdir(self.path):
                # The port takes an error of reading on for one more entry, and so for ever (extmod/vfs_lfsx.c).
                if entry[0] in names:
                    raise StoreError(".: cannot be listed to its end")
                names.append(entry[0])
        except OSError as error:
            raise self._refused(".", "listed", error)
        return names

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
        try:
            with open(self.path + "/" + name, "rb") as file:  # one walk through the directory, not one for its size too
                size = file.seek(0, 2)
                if size > limit:
                    raise StoreError(name + ": larger than " + str(limit) + " bytes")
                file.seek(0)
                return file.read(size)
        except OSError as error:
            if error.errno == _NOT_THERE:
                return None
            raise self._refused(name, "read", error)

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

    def append(self, name: str, data: "Buffer | str") -> int:
        """Append; durable on return, and whole or not there.  Returns the size of the file with it."""
        return self._put("append", name, "ab", data)

    def rename(self, name: str, other: str) -> None:
        """Give a file another name, in one step."""
        try:
            os.rename(self.path + "/" + name, self.path + "/" + other)
        except OSError as error:
            raise self._refused(name, "renamed", error)
        if self._told:
            self._told("rename", other, 0)

    def blank(self, name: str, size: int) -> None:
        """A file of `size` zeros; durable on return."""
        self._put("write", name, "wb", _ZEROS, size // len(_ZEROS))

    def remove(self, name: str) -> None:
        """Remove a file; its blocks are free on return."""
        try:
            os.remove(self.path + "/" + name)
        except OSError as error:
            raise self._refused(name, "removed", error)
        if self._told:
            self._told("remove", name, 0)

    def space(self) -> "tuple[int, int, int]":
        """Bytes of a block, all blocks of the file system, and those that are free.  Raises OSError."""
        block, _, blocks, free = os.statvfs(self.path)[:4]
        # LittleFS counts a block twice that two things hold: of a full flash more is in use than there is, and the port has no
        # number below zero for the rest.
        return block, blocks, free if 0 <= free <= blocks else 0

    def _put(self, op: str, name: str, mode: str, data: "Buffer | str", times: int = 1) -> int:
        """Returns the size of the file, as the file system has it."""
        size = len(data) * times
        try:
            with open(self.path + "/" + name, mode) as file:
                for _ in range(times):
                    file.write(data)
                whole = file.tell()
        except OSError as error:
            if error.errno in _NO_SPACE and not self._room(size):
                raise StoreError(name + ": cannot be written, flash is full", True)
            raise StoreError("%s: flash refused it, error %s" % (name, error.errno), corrupt=error.errno == _CORRUPT)
        if self._told:
            self._told(op, name, size)
        return whole

    def _room(self, size: int) -> bool:
        """Is there room for so many bytes?"""
        try:
            block, _, free = self.space()
        except OSError:
            return True  # it cannot even be looked at
        return free > _SOME + size // block

    def _refused(self, name: str, done: str, error: OSError) -> StoreError:
        return StoreError("%s: cannot be %s, error %s" % (name, done, error.errno))


def move(name: str, here: "Folder", there: "Folder") -> None:
    """Have a file in another folder, where an earlier firmware kept it `here`.  Raises StoreError.

    At every moment one of the two is whole: the new one is made in one step, and one whose making was cut is empty.
    """
    if here.size(name) < 0:
        return
    if there.size(name) <= 0:
        there.write(name, here.read(name) or b"")
    here.remove(name)
