"""The flash partition as LittleFS wants it: what fails is a number that is returned, never an exception.

The ESP32 port's Partition raises (ports/esp32/esp32_partition.c, check_esp_err), and so does every block device in Python that
lets an OSError through.  That exception jumps out of the middle of LittleFS: the file that was being written stays in its list of
open files and is still open for MicroPython, so the collector closes it once more.  That writes behind everybody's back, may
raise again, and then frees memory that is still in the list: the next walk along it ends in a crash or never.  With a number
LittleFS ends what it was doing, and a file whose close failed is closed (extmod/vfs_lfsx_file.c).
"""

import time

import vfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..core.kinds import Buffer


_EIO = -5
_TRIES = 3
_ERASE = 6
_ANEW_MS = 600000


class Blocks:
    """`device` is the port's block device in the extended form (MicroPython documentation, class AbstractBlockDev).

    What fails three times has failed, and from then on nothing is written before the next start.  For the flash that is a power
    cut, which LittleFS survives; what it holds in memory after an error is another matter: what it could not write stands in
    its cache, and blocks that it has just left count as free although the directory on flash still names them.

    `closed`: so it is.  `erases`: blocks erased since power-on.
    """

    def __init__(self, device: "Any"):
        self._device = device
        self.closed = False
        self.erases = 0

    def readblocks(self, block: int, buffer: "Buffer", offset: int = 0) -> int:
        for _ in range(_TRIES):
            try:
                self._device.readblocks(block, buffer, offset)
                return 0
            except (OSError, MemoryError):
                continue
        # LittleFS believes that what it wanted is in its cache now: a check value will notice, but it must not be copied.
        self.closed = True
        return _EIO

    def writeblocks(self, block: int, buffer: "Buffer", offset: int = 0) -> int:
        for _ in range(0 if self.closed else _TRIES):
            try:
                self._device.writeblocks(block, buffer, offset)  # the same bytes once more harm nothing
                return 0
            except (OSError, MemoryError):
                continue
        self.closed = True
        return _EIO

    def ioctl(self, operation: int, argument: int):
        if operation != _ERASE:
            return self._device.ioctl(operation, argument)
        for _ in range(0 if self.closed else _TRIES):
            try:
                done = self._device.ioctl(operation, argument)
            except (OSError, MemoryError):
                continue
            self.erases += 1
            return done
        self.closed = True
        return _EIO


def guard(folder: str) -> "Blocks | None":
    """Mount the file system that holds `folder` once more, over the Blocks that are returned; None where that cannot be done.

    To be called before any of its files is opened.
    """
    try:
        from flashbdev import bdev  # what the port's own start has mounted (ports/esp32/modules/flashbdev.py)
    except ImportError:
        print("flash: not the ESP32 port, its errors are not guarded against")
        return None
    point = _mounted_at(folder)
    guarding = Blocks(bdev)
    try:
        guarded = vfs.VfsLfs2(guarding)  # reads the superblock
    except OSError as error:
        print("flash: stays as the port has mounted it, error", error.errno)
        return None
    vfs.umount(point)
    vfs.mount(guarded, point)
    return guarding


def stuck(flash: "Blocks | None", switched_on: bool) -> "Callable[[], bool]":
    """Whether a start would mend the flash: it takes nothing more, and this life came of power-on, or has lasted.

    Where a start was no help the next is not tried at once.
    """
    since = time.ticks_ms()
    return lambda: flash is not None and flash.closed and (switched_on or time.ticks_diff(time.ticks_ms(), since) > _ANEW_MS)


def _mounted_at(folder: str) -> str:
    """The longest mount point that is a beginning of `folder`."""
    found = "/"
    for _, point in vfs.mount():
        if len(point) > len(found) and (folder + "/").startswith(point + "/"):
            found = point
    return found
