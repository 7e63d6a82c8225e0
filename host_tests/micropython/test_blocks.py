"""LittleFS over adapters.blocks: what fails is closed and stays closed, and the collector finds nothing to do."""

import errno
import gc
import io
import os
import sys

sys.path.append("../../tools")
sys.path.append("../../firmware")

import vfs
from expect import raises

from chips.flash import BLOCK, Flash, Weakness
from taptill.adapters import blocks, files
from taptill.adapters.files import Folder
from taptill.core.errors import StoreError

_BLOCKS = 16


class _Mounted:
    def __init__(self, guarded: bool = True):
        self.flash = Flash(io.BytesIO(b"\xff" * (BLOCK * _BLOCKS)), _BLOCKS)
        vfs.VfsLfs2.mkfs(self.flash)
        self.device = blocks.Blocks(self.flash)
        for _, point in vfs.mount():
            if point == "/weak":
                vfs.umount(point)
        vfs.mount(vfs.VfsLfs2(self.device if guarded else self.flash), "/weak")
        self.folder = Folder("/weak")


def _refuse(flash, **kinds) -> None:
    flash.weakness = Weakness(**{kind: Weakness.ALWAYS for kind in kinds})


def test_f_m10_a_file_whose_close_failed_is_closed():
    """F-M10: the collector must not close it once more; through the port's exceptions it would still be open."""
    for guarded in (True, False):
        box = _Mounted(guarded)
        box.folder.write("a", b"old")
        file = open("/weak/a", "wb")
        file.write(b"new")
        _refuse(box.flash, programs=1, erases=1)
        raises(OSError, file.close)
        box.flash.weakness = None
        if guarded:
            raises(ValueError, file.write, b"more")
        else:
            assert file.write(b"more") == 4  # this is what the collector met
            file.close()


def test_f_m10_nothing_is_written_once_a_write_has_failed_for_good():
    """F-M10: neither by the collector nor by anybody else, until the next start; what was there is read as before."""
    box = _Mounted()
    box.folder.write("a", b"old")
    _refuse(box.flash, programs=1, erases=1)
    for data in (b"new", bytes(9000)):
        assert "refused" in str(raises(StoreError, box.folder.write, "a", data))
    box.flash.weakness = None
    before = box.flash.programs
    gc.collect()
    assert "refused" in str(raises(StoreError, box.folder.append, "a", b"more"))
    assert box.flash.programs == before and box.folder.read("a") == b"old"
    vfs.umount("/weak")
    vfs.mount(vfs.VfsLfs2(blocks.Blocks(box.flash)), "/weak")
    box.folder.append("a", b"er")
    assert box.folder.read("a") == b"older"


def test_what_fails_and_then_does_not_is_written():
    """Two refusals in a row are tried again, and nobody notices."""
    box = _Mounted()
    refused = []
    program, erase = box.flash._program, box.flash._erase

    def weak(act):
        def done(*given):
            refused.append(act)
            if len(refused) % 3:
                raise OSError(errno.EIO)
            act(*given)

        return done

    box.flash._program, box.flash._erase = weak(program), weak(erase)
    box.folder.write("large", bytes(range(256)) * 40)
    assert len(refused) > 30 and box.folder.read("large", 20000) == bytes(range(256)) * 40


def test_a_read_that_fails_is_tried_again_and_then_nothing_is_copied():
    box = _Mounted()
    box.folder.write("large", bytes(9000))
    fails = []
    read = box.flash.readblocks

    def weak(block, buffer, offset=0):
        if fails:
            fails.pop()
            raise OSError(errno.EIO)
        read(block, buffer, offset)

    box.flash.readblocks = weak
    fails += [1, 1]
    assert len(box.folder.read("large", 20000)) == 9000 and not fails
    box.folder.append("large", b"1")
    fails += [1, 1, 1]
    raises(StoreError, box.folder.read, "large", 20000)
    assert not fails
    assert "refused" in str(raises(StoreError, box.folder.append, "large", b"2"))
    assert box.folder.size("large") == 9001


def test_f_m8_a_folder_whose_end_cannot_be_read_is_not_listed_for_ever():
    box = _Mounted()
    for number in range(60):  # more than LittleFS has in its cache
        box.folder.write("file%02d" % number, b"1")
    assert sorted(box.folder.names()) == ["file%02d" % number for number in range(60)]
    listed = os.ilistdir
    stop = [False]

    def weak(block, buffer, offset=0):
        if stop[0]:
            raise OSError(errno.EIO)
        read(block, buffer, offset)

    def begun(path):
        for entry in listed(path):
            yield entry
            stop[0] = True

    read, box.flash.readblocks = box.flash.readblocks, weak
    files.os = type("os", (), {"ilistdir": begun})
    try:
        assert "listed" in str(raises(StoreError, box.folder.names))
    finally:
        files.os = os
        stop[0] = False
    assert len(box.folder.names()) == 60


def test_a_flash_that_is_full_is_full_and_not_refused():
    box = _Mounted()
    error = raises(StoreError, box.folder.write, "large", bytes(BLOCK * _BLOCKS))
    assert "full" in str(error) and error.full
    assert not StoreError("journal: whatever").full
    box.folder.write("small", b"1")
    assert box.folder.read("small") == b"1" and not box.folder.read("large")


def test_the_mount_that_holds_a_folder_is_found():
    _Mounted()
    assert blocks._mounted_at("/weak") == "/weak" and blocks._mounted_at("/weak/data") == "/weak"
    assert blocks._mounted_at("/weaker") == "/"
    sys.modules["flashbdev"] = type("flashbdev", (), {"bdev": Flash(io.BytesIO(b"\xff" * BLOCK), 1)})
    try:
        blocks.guard("/weak")  # no file system in it: what is mounted stays
    finally:
        del sys.modules["flashbdev"]
    Folder("/weak").write("a", b"1")
