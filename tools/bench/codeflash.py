"""The terminal's own code in its flash: a ROMFS image that is executed in place, or LittleFS from which it is loaded.

ROMFS stands for frozen code: bytecode stays where it is, and what a module costs the heap are its objects.  LittleFS is what
boards with PSRAM have: what is imported is copied into the heap.  Both are read only here; `reads` counts the blocks that
LittleFS looked at, which is what a look-up costs on a board, and `Asked` the names that are looked for at all.
"""

import vfs

POINT = "/code"
_BLOCK = 4096
_READ_ONLY = 30  # EROFS
_TABLE = 50000  # bytes: a table of more than 4,000 names, and more than the names that lead to it


class _Blocks:
    """An image as a block device of LittleFS."""

    def __init__(self, image):
        self._image = memoryview(image)
        self.reads = 0

    def readblocks(self, block, buffer, offset=0) -> None:
        self.reads += 1
        start = block * _BLOCK + offset
        buffer[:] = self._image[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0) -> None:
        raise OSError(_READ_ONLY)

    def ioctl(self, operation, argument):
        if operation == 4:
            return len(self._image) // _BLOCK
        if operation == 5:
            return _BLOCK
        if operation == 6:
            raise OSError(_READ_ONLY)
        return 0


class _Writable(_Blocks):
    """The same while it is being made."""

    def writeblocks(self, block, buffer, offset=0) -> None:
        start = block * _BLOCK + offset
        self._image[start : start + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        if operation == 6:
            start = argument * _BLOCK
            self._image[start : start + _BLOCK] = b"\xff" * _BLOCK
            return 0
        return _Blocks.ioctl(self, operation, argument)


class Asked:
    """A file system without files that is asked first: whoever looks for a module asks it too.

    `count` names were looked for; `told(name)`, when given, hears of each.
    """

    POINT = "/asked"

    def __init__(self, told=None):
        self.count = 0
        self.told = told

    def mount(self, readonly, mkfs) -> None:
        return None

    def umount(self) -> None:
        return None

    def stat(self, path: str):
        self.count += 1
        if self.told:
            self.told(path.strip("/"))
        raise OSError(2)

    def open(self, path: str, mode: str):
        raise OSError(2)


def ask_first(told=None) -> Asked:
    """Put an Asked in front of every other place where modules are looked for."""
    global _asked
    import sys

    _asked = Asked(told)
    vfs.mount(_asked, Asked.POINT)
    sys.path.insert(0, Asked.POINT)
    return _asked


_mounted: "_Blocks | None" = None
_asked: "Asked | None" = None


def reads() -> int:
    """Blocks that LittleFS has read of the code until now; 0 where the code is executed in place."""
    return _mounted.reads if _mounted else 0


def lookups() -> int:
    """Names that were looked for since `ask_first`; 0 without it."""
    return _asked.count if _asked else 0


def mount(kind: str, path: str) -> None:
    """Mount the image in the file `path` at POINT; `kind` is "rom" or "lfs"."""
    global _mounted
    with open(path, "rb") as file:
        image = bytearray(file.seek(0, 2))
        file.seek(0)
        file.readinto(image)
    if kind == "rom":
        vfs.mount(vfs.VfsRom(image), POINT)
        return
    _mounted = _Blocks(image)
    vfs.mount(vfs.VfsLfs2(_mounted), POINT)


def room_for_names() -> None:
    """Let the table of names grow once more, ahead of the firmware.

    Frozen code has its names in flash; here every name of the image gets an entry of the VM's table, which doubles whenever it is
    full.  That is the bench's cost, not the firmware's, so the next doubling comes before the firmware's share is counted.
    """
    import gc

    number, grown = 0, False
    while not grown:
        if not number & 511:
            gc.collect()  # none comes by itself in the next lines, where it would hide what they look for
        before = gc.mem_alloc()  # counts the whole heap: not after every name
        for _ in range(64):
            hasattr(None, "name%d" % number)  # looking an attribute up makes an entry
            number += 1
        grown = gc.mem_alloc() - before > _TABLE


def make_lfs(folder: str, path: str) -> None:
    """Write the files below `folder` as a LittleFS image to the file `path`."""
    import os

    files = []
    _walk(folder, "", files)
    blocks = 16 + sum(2 + size // _BLOCK for _, size in files)
    image = bytearray(b"\xff" * (blocks * _BLOCK))
    device = _Writable(image)
    vfs.VfsLfs2.mkfs(device)
    vfs.mount(vfs.VfsLfs2(device), "/making")
    for name, size in files:
        if size < 0:
            os.mkdir("/making" + name)
            continue
        with open(folder + name, "rb") as source, open("/making" + name, "wb") as target:
            target.write(source.read())
    vfs.umount("/making")
    with open(path, "wb") as file:
        file.write(image)


def _walk(folder: str, place: str, files: list) -> None:
    import os

    for entry in sorted(os.ilistdir(folder + place)):
        name = place + "/" + entry[0]
        if entry[1] == 0x4000:
            files.append((name, -1))
            _walk(folder, name, files)
        else:
            files.append((name, os.stat(folder + name)[6]))
