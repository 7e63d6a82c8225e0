"""Model of a NOR flash partition as the block device that VfsLfs2 works on.

Erasing sets a block to FF, programming can only clear bits, and a byte that is not erased must not be
programmed to something else: such a write is a fault of the file system or of the bench, it is counted
and refused.  Times are those of the usual 3.3 V parts (4 kB sector erase 45 ms, 256-byte page 0.7 ms):
they are added up, not waited for.
"""

from . import cut as cuts

BLOCK = 4096
ERASE_US = 45000
PROGRAM_US = 700  # a page of 256 bytes or a part of it

_EIO = 5
_EINVAL = 22
# ioctl operations of a MicroPython block device
_COUNT = 4
_SIZE = 5
_ERASE = 6


class PowerCut(Exception):
    """The power failed at this write; whoever models the machine stops it here."""


class Weakness:
    """How often the chip fails: `reads`, `programs` and `erases` of 65536 each, as the generator started with `seed` has it.

    Whole numbers only: a file system may call when nothing can be allocated.
    """

    ALWAYS = 65536

    def __init__(self, reads: int = 0, programs: int = 0, erases: int = 0, seed: int = 1):
        self.reads, self.programs, self.erases = reads, programs, erases
        self.struck = 0
        self._state = seed & 0x7FFFFFFF

    def strikes(self, often: int) -> bool:
        """The next one: does it fail?"""
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        struck = self._state >> 15 < often
        self.struck += struck
        return struck


class Flash:
    """Blocks of 4096 bytes in `image`, a seekable binary file opened for reading and writing.

    `cut` is a chips.cut.Cut.  `on_write(op, bytes)` is told about every "program" and "erase" done.
    `on_cut()` is called when the armed cut is reached; it should not return, and when it does PowerCut is raised.
    `weakness` may be set to a Weakness: what fails raises OSError, as the ESP32 port's Partition does, and has no effect.
    """

    def __init__(self, image, blocks: int, cut=None, on_write=None, on_cut=None):
        self.weakness = None
        self.blocks = blocks
        self.reads = self.programs = self.erases = 0
        self.bytes_read = self.bytes_programmed = 0
        self.busy_us = 0
        self.faults = 0
        self._image = image
        self._cut = cut or cuts.Cut()
        self._on_write = on_write
        self._on_cut = on_cut
        self._dead = False
        self._old = bytearray(256)

    # the block device protocol, extended form -----------------------------------------------

    # Without power nothing happens any more: a file system that is being torn down in the same process finds a chip
    # that neither stores nor complains.

    def readblocks(self, block: int, buffer, offset: int = 0) -> None:
        if self._dead:
            return
        # A start reads thousands of times, a few bytes each: no further calls here.
        if self.weakness:
            self._fails("reads")
        count = len(buffer)
        at = block * BLOCK + offset
        if at < 0 or at + count > self.blocks * BLOCK:
            raise OSError(_EINVAL)
        self.reads += 1
        self.bytes_read += count
        image = self._image
        image.seek(at)
        if image.readinto(buffer) != count:
            raise OSError(_EIO)

    def writeblocks(self, block: int, buffer, offset=None) -> None:
        if self._dead:
            return
        if offset is None:  # the simple form: whole blocks, erased first
            for at in range((len(buffer) + BLOCK - 1) // BLOCK):
                self._erase(block + at)
            for at in range(0, len(buffer), BLOCK):
                self._program(block + at // BLOCK, memoryview(buffer)[at : at + BLOCK], 0)
            return
        self._program(block, memoryview(buffer), offset)

    def ioctl(self, operation: int, argument: int):
        if self._dead:
            return 0
        if operation == _COUNT:
            return self.blocks
        if operation == _SIZE:
            return BLOCK
        if operation == _ERASE:
            self._erase(argument)
        return 0

    # the array -------------------------------------------------------------------------------

    def _seek(self, block: int, offset: int, count: int) -> None:
        at = block * BLOCK + offset
        if at < 0 or at + count > self.blocks * BLOCK:
            raise OSError(_EINVAL)
        self._image.seek(at)

    def _fails(self, kind: str) -> None:
        if self.weakness and self.weakness.strikes(getattr(self.weakness, kind)):
            raise OSError(_EIO)

    def _power_fails(self) -> None:
        self._dead = True
        if self._on_cut:
            self._on_cut()
        raise PowerCut

    def _program(self, block: int, data, offset: int) -> None:
        self._fails("programs")
        self._check(block, data, offset)
        how = self._cut.step(cuts.WRITE)
        if how == cuts.BEFORE:
            self._power_fails()
        if how == cuts.TORN:
            data = data[: int(len(data) * self._cut.part)]
        self._seek(block, offset, len(data))
        self._image.write(data)
        self._image.flush()
        self.programs += 1
        self.bytes_programmed += len(data)
        self.busy_us += PROGRAM_US * ((len(data) + 255) // 256)
        if how:
            self._power_fails()
        if self._on_write:
            self._on_write("program", len(data))

    def _check(self, block: int, data, offset: int) -> None:
        """Refuse to program what is not erased; a byte that stays as it is does no harm."""
        old = memoryview(self._old)
        for start in range(0, len(data), len(old)):
            count = min(len(old), len(data) - start)
            self._seek(block, offset + start, count)
            self._image.readinto(old[:count])
            if old[:count] == data[start : start + count]:
                continue
            for at in range(count):
                if old[at] != 0xFF and old[at] != data[start + at]:
                    self.faults += 1
                    raise OSError(_EIO)

    def _erase(self, block: int) -> None:
        self._fails("erases")
        how = self._cut.step(cuts.WRITE)
        if how == cuts.BEFORE:
            self._power_fails()
        count = int(BLOCK * self._cut.part) if how == cuts.TORN else BLOCK
        self._seek(block, 0, count)
        blank = memoryview(self._old)
        for at in range(len(blank)):
            blank[at] = 0xFF
        while count > 0:
            self._image.write(blank[: min(count, len(blank))])
            count -= len(blank)
        self._image.flush()
        self.erases += 1
        self.busy_us += ERASE_US
        if how:
            self._power_fails()
        if self._on_write:
            self._on_write("erase", BLOCK)


def blank(image, blocks: int) -> None:
    """Write a factory-fresh (all FF) image of `blocks` blocks."""
    page = b"\xff" * 1024
    image.seek(0)
    for _ in range(blocks * BLOCK // len(page)):
        image.write(page)
    image.flush()
