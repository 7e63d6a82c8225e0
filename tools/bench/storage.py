"""The terminal's flash partition: real LittleFS over chips.flash, kept in the state folder's file `flash.img`."""

import os

import vfs

from chips.flash import BLOCK, Flash, blank

BLOCKS = 512  # the 2 MB file system partition of a 4 MB ESP32


def open_flash(folder: str, cut=None, on_write=None, on_cut=None) -> Flash:
    """The partition; a factory-fresh one is made when the folder has none."""
    path = folder + "/flash.img"
    try:
        size = os.stat(path)[6]
    except OSError:
        size = 0
    if not size:
        with open(path, "wb") as image:
            blank(image, BLOCKS)
        size = BLOCKS * BLOCK
    return Flash(open(path, "r+b"), size // BLOCK, cut, on_write, on_cut)


def mount(flash: Flash, point: str) -> None:
    """Mount as the ESP32 port does at its start: a partition that cannot be mounted is formatted if it is empty."""
    try:
        vfs.mount(vfs.VfsLfs2(flash), point)
    except OSError:
        first = bytearray(64)
        for block in (0, 1):
            flash.readblocks(block, first, 0)
            if first != b"\xff" * 64:
                raise
        vfs.VfsLfs2.mkfs(flash)
        vfs.mount(vfs.VfsLfs2(flash), point)
