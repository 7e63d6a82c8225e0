"""A flash chip in a box: what is on it survives, and is mounted again."""

import io

import vfs

from chips import cut as cuts
from chips.flash import BLOCK, Flash, PowerCut

BLOCKS = 32
_EIO = -5


class Chip:
    """Flash whose power cut is a number that is returned, as adapters.blocks has it; `dead` when it came.

    An exception would leave LittleFS in the middle of what it does, and a file of it open: collected later, it could end the VM.
    """

    def __init__(self, flash):
        self._flash = flash
        self.dead = False

    def _done(self, act, *given):
        if self.dead:
            return _EIO
        try:
            return act(*given) or 0
        except PowerCut:
            self.dead = True
            return _EIO

    def readblocks(self, *given):
        return self._done(self._flash.readblocks, *given)

    def writeblocks(self, *given):
        return self._done(self._flash.writeblocks, *given)

    def ioctl(self, *given):
        return self._done(self._flash.ioctl, *given)


class Box:
    """`image` is that of a box before, None for a chip that is new; `cut` arms a power cut."""

    def __init__(self, image=None):
        self.image = image or io.BytesIO(b"\xff" * (BLOCK * BLOCKS))
        self.cut = cuts.Cut()
        self.flash = Flash(self.image, BLOCKS, self.cut)
        self.chip = Chip(self.flash)
        if image is None:
            vfs.VfsLfs2.mkfs(self.chip)
        try:
            vfs.umount("/box")
        except OSError:
            pass  # the first one
        vfs.mount(vfs.VfsLfs2(self.chip), "/box")
