"""LittleFS as MicroPython's ESP32 port mounts it: made of files, and read where it lies.

Version 2.0 of the format on disk is what every LittleFS 2 reads.
"""

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable

import littlefs

from chips.flash import BLOCK
from rig.failures import Failed
from rig.littlefs_port import LIKE_THE_PORT

from .board_data import BESIDE, Listed

_FIRST = 2  # blocks that hold its superblock
_FORMAT = 0x00020000
BY_HAND = "a board that may be made anew is erased by hand (esptool erase-flash)"


class _Noted(littlefs.UserContext):
    """Notes which blocks are in use: each is erased before anything is put into it."""

    def __init__(self, size: int):
        super().__init__(size)
        self.used: set[int] = set()

    def erase(self, cfg, block: int) -> int:
        self.used.add(block)
        return super().erase(cfg, block)


@dataclasses.dataclass(frozen=True)
class Packed:
    """A file system: all of its `content`, and the numbers of its `blocks` that are in use."""

    content: bytes
    blocks: frozenset[int]

    def order(self, offset: int) -> list[tuple[int, bytes]]:
        """How it is written at `offset`: (offset, bytes), what is in use alone, and so that half of it is no file system.

        Its first two blocks go first and come last.  What stands in blocks that are not in use does not matter to LittleFS.
        """
        first = _FIRST * BLOCK
        made, begun = [(offset, b"\xff" * first)], None
        for block in range(_FIRST, len(self.content) // BLOCK + 1):
            if block in self.blocks and begun is None:
                begun = block
            elif block not in self.blocks and begun is not None:
                made.append((offset + begun * BLOCK, self.content[begun * BLOCK : block * BLOCK]))
                begun = None
        return [*made, (offset, self.content[:first])]


def packed(tree: dict[str, bytes], size: int) -> Packed:
    """A file system of `size` bytes with the files of `tree` (name -> content).  Raises Failed when they do not fit."""
    context = _Noted(size)
    made = littlefs.LittleFS(context=context, block_count=size // BLOCK, disk_version=_FORMAT, **LIKE_THE_PORT)
    try:
        for name, content in tree.items():
            made.makedirs(pathlib.PurePosixPath(name).parent.as_posix(), exist_ok=True)
            with made.open(name, "wb") as file:
                file.write(content)
    except (OSError, littlefs.LittleFSError) as error:
        raise Failed(f"the files take more than the {size // 1024} kB of the file system ({error})") from None
    return Packed(bytes(context.buffer), frozenset(context.used))


class Unreadable(Failed):
    """There is a file system, and what stands in it cannot be told."""


class _ReadOnly(littlefs.UserContext):
    """A partition as LittleFS wants it, block by block as they are asked for.

    What `read` raises would be lost in LittleFS, which goes on with whatever stands in its buffer: `wrong` keeps it.
    """

    def __init__(self, read: Callable[[int, int], bytes]):
        super().__init__(buffer=bytearray())
        self._read = read
        self._blocks: dict[int, bytes] = {}
        self.wrong: Exception | None = None

    def read(self, cfg, block: int, off: int, size: int) -> bytearray:
        if block not in self._blocks:
            try:
                self._blocks[block] = self._read(block * BLOCK, BLOCK)
            except Exception as error:
                self.wrong = self.wrong or error
                return bytearray(size)
        return bytearray(self._blocks[block][off : off + size])

    def prog(self, cfg, block: int, off: int, data: bytes) -> int:
        return -30  # EROFS

    def erase(self, cfg, block: int) -> int:
        return -30

    @contextlib.contextmanager
    def told(self):
        """What `read` has raised meanwhile, whatever LittleFS has made of it."""
        try:
            yield
        finally:
            if self.wrong:
                raise self.wrong


def folder(read: Callable[[int, int], bytes], size: int, name: str) -> Listed | None:
    """The files of the folder `name` in a file system of which `read(offset, count)` gives the bytes.

    None where none can be mounted.  One of its first two blocks is enough, as it is for the port: LittleFS erases one of them
    when it writes its root folder anew, and the power may fail there.  Nothing is changed.  Raises Unreadable where it is there
    and damaged, and what `read` raises.
    """
    context = _ReadOnly(read)
    there = littlefs.LittleFS(context=context, mount=False, block_count=size // BLOCK, disk_version=0, **LIKE_THE_PORT)
    try:
        with context.told():
            there.mount()
    except littlefs.LittleFSError:
        return None
    try:
        with context.told():
            names = there.listdir(name)
            if BESIDE in names:
                names += [f"{BESIDE}/{each}" for each in there.listdir(f"{name}/{BESIDE}")]
            sizes = {each: there.stat(f"{name}/{each}").size for each in names}
    except littlefs.LittleFSError as error:
        if error.code == littlefs.LittleFSError.Error.LFS_ERR_NOENT:
            return Listed({}, lambda *_: b"")
        raise Unreadable(
            f"its file system cannot be read ({error}), and a used board's journal may be in it; {BY_HAND}"
        ) from None

    def part(file_name: str, start: int, count: int) -> bytes:
        with context.told(), there.open(f"{name}/{file_name}", "rb") as file:
            file.seek(start)
            return file.read(count)

    return Listed(sizes, part)
