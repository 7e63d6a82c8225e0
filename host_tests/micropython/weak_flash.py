"""One terminal on a flash that fails at random: `micropython weak_flash.py SEED guarded|raised`.

Sales and voids with every fault of the host, starts in between, on a real LittleFS.  Prints what went wrong and exits with 1 when
money is lost; what this page is for is that the process ends at all.  `raised`: LittleFS gets the exceptions of the port's own
block device, as it did before adapters.blocks.
"""

import gc
import io
import random
import sys

sys.path.append("../portable")
sys.path.append("../../tools")
sys.path.append("../../firmware")

import vfs
from expect import run
from stage import Stage

from chips.flash import BLOCK, Flash, Weakness
from taptill.adapters.blocks import Blocks
from taptill.adapters.files import Folder
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core.errors import PendingDamaged, StoreError
from taptill.flows import result, reversal, sale, void

_BLOCKS = 32
_LIVES = 5
_FAULTS = ("", "", "", "silent", "lost", "break", "bad-mac", "code 51", "code 96", "part 500", "unsent", "refuse")


class Life:
    """From one power-on to the next: `start` mounts what is left and opens the store.  Raises StoreError."""

    def __init__(self, image, before, guarded: bool):
        self.flash = Flash(image, _BLOCKS)
        vfs.mount(vfs.VfsLfs2(Blocks(self.flash) if guarded else self.flash), "/box")
        self.stage = Stage(ledger=before.ledger if before else None, before=before.bank if before else None)

    def start(self) -> None:
        store = FlashStore(Folder("/box/data"), Seal(b"0123456789abcdef"))
        store.open()
        self.stage.store = self.stage.t.store = store

    def end(self) -> None:
        self.flash.weakness = None
        vfs.umount("/box")


def _work(life: Life, chance) -> None:
    """A few transactions; what they end as is looked at when the flash is well again."""
    stage = life.stage
    for _ in range(8):
        stage.bank.faults = [_FAULTS[chance.randrange(len(_FAULTS))] for _ in range(2)]
        flow = sale.sale(stage.t, 100 + chance.randrange(9000)) if chance.randrange(4) else void.void(stage.t)
        done = run(flow)
        if done.end == result.APPROVED and done.money != result.TAKEN:
            raise AssertionError("approved, and no money")
        gc.collect()  # what the collector closes, it closes now
        if chance.randrange(3) == 0:
            run(reversal.recover(stage.t))


def _settled(life: Life) -> str:
    """With a flash that is well: what is open is settled, and the books agree; else what is wrong."""
    life.start()
    stage = life.stage
    stage.bank.faults = []
    run(reversal.recover(stage.t))
    try:
        if stage.store.pending() is not None:
            return "still open"
    except PendingDamaged as error:
        return "damaged: " + str(error)
    return "" if stage.journaled() == stage.bank.debited() else "books: %d here, %d there" % (
        stage.journaled(), stage.bank.debited(),
    )  # fmt: skip


def main(seed: int, guarded: bool) -> int:
    chance = random
    chance.seed(seed)
    image = io.BytesIO(b"\xff" * (BLOCK * _BLOCKS))
    vfs.VfsLfs2.mkfs(Flash(image, _BLOCKS))
    stage = None
    refused = 0
    for number in range(_LIVES):
        life = Life(image, stage, guarded)
        stage = life.stage
        often = (300, 3000, 12000, Weakness.ALWAYS)[chance.randrange(4)]
        weakness = Weakness(chance.randrange(2) * often // 64, often, often, seed * 8 + number)
        early = chance.randrange(2)
        try:
            life.flash.weakness = weakness if early else None
            life.start()
            life.flash.weakness = weakness
            _work(life, chance)
        except StoreError:
            refused += 1
        life.end()
        life = Life(image, stage, guarded)
        stage = life.stage
        wrong = _settled(life)
        life.end()
        if wrong:
            print("seed %d, life %d, %d of 65536: %s" % (seed, number, often, wrong))
            return 1
    print("ok", refused, stage.bank.debited())
    return 0


sys.exit(main(int(sys.argv[1]), sys.argv[2] == "guarded"))
