"""What the self-test finds in parts whose faults take long to bring about on the bench: the board's adapters, a real LittleFS."""

import asyncio
import os
import sys

sys.path.append("../../tools")
sys.path.append("../../firmware")

from boxed import Box

from taptill.adapters.blocks import Blocks
from taptill.adapters.files import Folder
from taptill.adapters.keystore import KeyStore
from taptill.adapters.parts import BoardParts
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core import checks
from taptill.core.profiles import cn_pos
from taptill.flows import result
from taptill.flows.health import Health

_KEY = b"0123456789abcdef"


def _parts(box, folder=None) -> BoardParts:
    """Of a board whose flash is `box`; nothing else of it is asked for here."""
    folder = folder or Folder("/box/data")
    store = FlashStore(Folder("/box/data"), Seal(_KEY))
    store.open()
    return BoardParts(None, None, None, folder, Blocks(box.flash), store, KeyStore(folder, Seal(_KEY), cn_pos, "ecb"), None, None)


def _ask(parts: BoardParts, part: int, thorough: bool = True):
    """(the fault that is found, why a payment is then not begun)."""
    health = Health(parts)

    async def body():
        found = await health.ask(part, thorough)
        return found.fault, await health.refusal()

    return asyncio.run(body())


def test_a_file_system_with_hardly_any_room_is_told_and_stops_nothing():
    box = Box()
    parts = _parts(box)
    assert _ask(parts, checks.FLASH) == (checks.WELL, result.OK)
    size, _, blocks, free = os.statvfs("/box")[:4]
    with open("/box/filler", "wb") as file:
        for _ in range(free - blocks // 12):
            file.write(bytes(size))
    assert _ask(parts, checks.FLASH) == (checks.FLASH_FILLING, result.OK)
    assert _ask(parts, checks.FLASH, False) == (checks.WELL, result.OK)  # blocks are counted in the whole test alone


def test_a_file_system_without_any_room_is_filling_and_not_broken():
    box = Box()
    parts = _parts(box)
    number = 0
    for size in (4096, 256, 16):
        try:
            while True:
                number += 1
                with open("/box/data/filler%d" % number, "wb") as file:
                    file.write(bytes(size))
        except OSError:
            continue  # no room for one of this size
    assert _ask(parts, checks.FLASH) == (checks.FLASH_FILLING, result.OK)


def test_without_a_master_key_no_payment_is_begun():
    """The terminal is out of service when it starts without one, so no screen ever shows this."""
    assert _ask(_parts(Box()), checks.KEYS) == (checks.NO_MASTER_KEY, result.KEY_FILE)
