"""A flash chip in a box: what is on it survives, and is mounted again."""

import io

import vfs

from chips import cut as cuts
from chips.flash import BLOCK, Flash

BLOCKS = 32


class Box:
    """`image` is that of a box before, None for a chip that is new; `cut` arms a power cut."""

    def __init__(self, image=None):
        self.image = image or io.BytesIO(b"\xff" * (BLOCK * BLOCKS))
        self.cut = cuts.Cut()
        self.flash = Flash(self.image, BLOCKS, self.cut)
        if image is None:
            vfs.VfsLfs2.mkfs(self.flash)
        try:
            vfs.umount("/box")
        except OSError:
            pass  # the first one
        vfs.mount(vfs.VfsLfs2(self.flash), "/box")
