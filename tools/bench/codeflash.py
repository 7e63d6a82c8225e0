"""The terminal's own code in its flash: a ROMFS image that is executed in place, or LittleFS from which it is loaded.

ROMFS stands for frozen code: bytecode stays where it is, and what a module costs the heap are its objects.  LittleFS is what
boards with PSRAM have: what is imported is copied into the heap.  Both are read only here; `reads` counts the blocks that
LittleFS looked at, which is what a look-up costs on a board.
"""

import vfs

POINT = "/code"
_BLOCK = 4096
_READ_ONLY = 30  # EROFS
_TABLE = 20000  # bytes: less than the next table of names, more than the names that lead to it


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


def mount(kind: str, path: str):
    """Mount the image in the file `path` at POINT; `kind` is "rom" or "lfs".  The block device of LittleFS, else None."""
    with open(path, "rb") as file:
        image = bytearray(file.seek(0, 2))
        file.seek(0)
        file.readinto(image)
    if kind == "rom":
        vfs.mount(vfs.VfsRom(image), POINT)
        return None
    blocks = _Blocks(image)
    vfs.mount(vfs.VfsLfs2(blocks), POINT)
    return blocks


def room_for_names() -> None:
    """Let the table of names grow once more, ahead of the firmware.

    Frozen code has its names in flash; here every name of the image gets an entry of the VM's table, which doubles whenever it is
    full.  That is the bench's cost, not the firmware's, so the next doubling comes before the firmware's share is counted.
    """
    import gc

    gc.collect()
    number = 0
    grown = gc.mem_alloc() + _TABLE
    while gc.mem_alloc() < grown:
        hasattr(None, "name%d" % number)  # looking an attribute up makes an entry
        number += 1
        if not number & 31:
            gc.collect()


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
