"""What stands in a board's `/data`: is it a used board, and is anything open?  Looked at, never written.

The terminal's own rules decide (adapters.standing), over whatever shows the files: the board's own MicroPython (`on_board`), or
its flash as the ROM loader reads it (board_flash.py).  No key is needed.
"""

import ast
import dataclasses
from collections.abc import Callable
from typing import Protocol

from rig.failures import Failed
from rig.firmware import taptill_on_path

from .board_port import REVERSAL_OPEN, Board

DATA = "/data"  # as every board.py has it
BESIDE = "beside"  # the folder inside that is looked at too (adapters.marks)
_UNUSED = ("language", "reserve")  # what a terminal without settings may leave behind

_LIST = """\
import os
try:
    print([(e[0], os.stat({folder!r} + '/' + e[0])[6]) for e in os.ilistdir({folder!r}) if e[1] == 0x8000])
except OSError as error:
    if error.errno != 2:
        raise
    print([])
"""
_PART = """\
with open({path!r}, 'rb') as file:
    file.seek({start})
    print(file.read({count}))
"""


class Files(Protocol):
    """The files of one folder, as adapters.files.Folder has them, as far as they are read."""

    def inner(self, name: str) -> "Files": ...

    def names(self) -> list[str]: ...

    def size(self, name: str) -> int: ...

    def part(self, name: str, start: int, count: int) -> bytes: ...

    def read(self, name: str, limit: int = 4096) -> bytes | None: ...


class Listed:
    """Files of which names and sizes are known, those of folders inside as "folder/name"; `part(name, start, count)` reads."""

    def __init__(self, sizes: dict[str, int], part: Callable[[str, int, int], bytes]):
        self._sizes = sizes
        self.part = part

    def inner(self, name: str) -> "Listed":
        """A folder inside; one that is not there is empty."""
        path = name + "/"
        sizes = {each.removeprefix(path): size for each, size in self._sizes.items() if each.startswith(path)}
        return Listed(sizes, lambda inside, start, count: self.part(path + inside, start, count))

    def names(self) -> list[str]:
        return sorted(each for each in self._sizes if "/" not in each)

    def size(self, name: str) -> int:
        """Size in bytes, -1 when there is no such file."""
        return self._sizes.get(name, -1)

    def read(self, name: str, limit: int = 4096) -> bytes | None:
        """The content, None when there is no such file.  Raises Failed when it is larger than `limit`."""
        size = self.size(name)
        if size > limit:
            raise Failed(f"{DATA}/{name}: {size} bytes, at most {limit} expected")
        return None if size < 0 else self.part(name, 0, size)


def on_board(board: Board) -> Listed:
    """The files of `/data` on a board that runs programs."""
    listed = ast.literal_eval(board.run(_LIST.format(folder=DATA)).strip())
    inside = ast.literal_eval(board.run(_LIST.format(folder=f"{DATA}/{BESIDE}")).strip())
    listed += [(f"{BESIDE}/{name}", size) for name, size in inside]

    def part(name: str, start: int, count: int) -> bytes:
        read = b""
        while len(read) < count:
            program = _PART.format(path=f"{DATA}/{name}", start=start + len(read), count=min(count - len(read), 2048))
            got = ast.literal_eval(board.run(program).strip())
            if not got:
                break
            read += got
        return read

    return Listed(dict(listed), part)


@dataclasses.dataclass(frozen=True)
class Standing:
    """`used`: there are settings, keys or payments; `seq` is the number of the newest record, 0 before the first; `open` says
    what is not settled, "" when nothing is.
    """

    used: bool
    seq: int
    open: str


def standing(files: Files) -> Standing:
    """What `files` of a `/data` say of the board.  Raises Failed where they cannot be read."""
    taptill_on_path()
    from taptill.adapters import standing as clear
    from taptill.core.errors import StoreError

    try:
        found = clear.Standing(files)
    except StoreError as error:
        raise Failed(f"{DATA}: {error}") from None
    words = {clear.NOTHING: "", clear.ONE: "one", clear.DAMAGED: "one that cannot be read"}
    opened = f"trace {found.opened.stan:06d}" if found.opened else words[found.found]
    return Standing(bool(set(files.names()) - set(_UNUSED)), found.journal.seq, opened)


def refuse_open(where: str, found: Standing, more: str = "") -> None:
    """Nothing is put on a board with an open reversal.  Raises Failed with the way out, and what `more` is to be said."""
    if found.open:
        raise Failed(f"{where}: {REVERSAL_OPEN.replace('a reversal is open', named(found))}{more}")


def named(found: Standing) -> str:
    """The open reversal in words."""
    return f"a reversal is open ({found.open})" if found.open.startswith("trace") else "a reversal is open"
