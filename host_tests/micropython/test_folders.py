"""The folders of a terminal as they lie on a board: one bad bit in the directories of a new one, a power cut while they are made.

LittleFS reads every directory when it mounts; the port makes a new file system where it cannot (ports/esp32/modules/_boot.py).
"""

import io
import json
import sys
import time

sys.path.append("../../tools")
sys.path.append("../../firmware")

import vfs
from boxed import Chip
from test_given import _CA, _CONFIG, _TMK, _Nvs, _open_sale_in, _opened_in

from chips import cut as cuts
from chips.flash import BLOCK, Flash
from taptill.adapters.files import Folder
from taptill.adapters.keystore import device_key
from taptill.adapters.logbook import LogFiles
from taptill.adapters.provision import provision
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core import logbook
from taptill.core.errors import StoreError

_BLOCKS = 32
_DATA = "/board/data"  # a folder of the board's one file system
_STEP = 127  # bytes between two flipped bits
_HEADS = 3  # and one in each of the first places of a block, which most hangs on


def _mounted(content=None) -> tuple:
    """(image, chip, cut) of the flash that is mounted: a new one, or one with this `content`.  Raises OSError."""
    for _, point in vfs.mount():
        if point == "/board":
            vfs.umount(point)
    cut = cuts.Cut()
    image = io.BytesIO(content or b"\xff" * (BLOCK * _BLOCKS))
    chip = Chip(Flash(image, _BLOCKS, cut))
    if content is None:
        vfs.VfsLfs2.mkfs(chip)
    vfs.mount(vfs.VfsLfs2(chip), "/board")
    return image, chip, cut


def _new_terminal(nvs) -> None:
    """What main.py does at its first start, then what provisioning does."""
    Folder(_DATA).begin()
    log = LogFiles(Folder(_DATA + "/log"), lambda: 1, lambda: 0)
    log.open(1)
    log.note(logbook.INFO, "start")
    log.keep()
    provision(_DATA, nvs, _CONFIG, _TMK.hex(), _CA)


def _flipped(image: bytes, first: int):
    """(block, byte, image with a bit of it flipped), of all that is written."""
    for block in range(_BLOCKS):
        content = image[block * BLOCK : (block + 1) * BLOCK].rstrip(b"\xff")
        for at in list(range(0, min(_HEADS * 11, len(content)), 11)) + list(range(first, len(content), _STEP)):
            place = block * BLOCK + at
            yield block, at, image[:place] + bytes((image[place] ^ 4,)) + image[place + 1 :]


def test_f_m7_one_bad_bit_of_a_new_board_neither_hides_its_files_nor_an_open_sale():
    """F-M7, of a board whose directories are still in their first blocks: /, /data, /data/log, /data/beside, /data/copies."""
    image = _mounted()[0]
    nvs = _Nvs()
    _new_terminal(nvs)
    _open_sale_in(_DATA, nvs)
    first = time.ticks_us() % _STEP
    print("first byte", first)
    places = 0
    for block, at, content in _flipped(image.getvalue(), first):
        case = (block, at)
        _mounted(content)  # it is mounted at all
        given, keys = _opened_in(_DATA, nvs)
        keys.open()
        store = FlashStore(Folder(_DATA), Seal(device_key(nvs)))
        store.open()
        assert keys.has_master() and json.loads(given.file("config.json"))["port"] == 1, case
        assert given.file("ca.der") == _CA, case
        assert store.pending() and store.pending().amount == 100, case
        log = LogFiles(Folder(_DATA + "/log"), lambda: 1, lambda: 0)
        log.open(1)
        log.note(logbook.INFO, "goes on")
        log.keep()
        assert [text for _, _, text in log.lines()][-1] == "goes on", case
        places += 1
    assert places > 100


def test_a_power_cut_while_the_folders_are_made_leaves_what_can_be_provisioned():
    """At every few writes of it, whole and torn: the next start and another provisioning give a whole terminal."""
    cut = _mounted()[2]
    before = cut.counts[cuts.WRITE]
    _new_terminal(_Nvs())
    writes = cut.counts[cuts.WRITE] - before
    assert writes > 100
    empty = _mounted()[0].getvalue()
    for at in range(1 + time.ticks_us() % 11, writes + 1, 11):
        for how, part in ((cuts.BEFORE, 0), (cuts.TORN, 0.5), (cuts.AFTER, 0)):
            image, chip, cut = _mounted(empty)
            nvs = _Nvs()
            cut.arm(cuts.WRITE, at, how, part)
            try:
                _new_terminal(nvs)
            except StoreError:
                pass
            assert chip.dead, (at, how)
            _mounted(image.getvalue())
            _new_terminal(nvs)
            given, keys = _opened_in(_DATA, nvs)
            keys.open()
            assert keys.has_master() and given.file("ca.der") == _CA, (at, how)
