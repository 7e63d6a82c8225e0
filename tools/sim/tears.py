"""What a NOR flash is left with when the power fails in the middle of an operation.

From the manuals of serial NOR (Winbond W25Q32: page program 02h, sector erase 20h, suspend 75h; Microchip's note on power that
fails in SST26VF): programming clears bits of one page of 256 bytes at a time, erasing first clears and then sets all of a
sector; of what was under way any bit may have changed or not, and a cell that was changed half way reads now as one and now as
the other.
"""

import random
from typing import NamedTuple

from chips.flash import BLOCK

PAGE = 256
PROGRAM = "program"
ERASE = "erase"
SYNC = "sync"
BLANK = b"\xff" * BLOCK

# How an operation is torn.
BEFORE = "before"  # nothing of it was done
AFTER = "after"  # all of it
PREFIX = "prefix"  # its first `part` bytes
BITS = "bits"  # each of its bits by chance
WEAK = "weak"  # all of it seems done, and each bit by chance is marginal: it reads as it likes until it is written again
ZEROED = "zeroed"  # an erase that had only cleared the sector
DISTURBED = "disturbed"  # a program that had also cleared bits beside it, in its page
BEYOND = (WEAK, DISTURBED)  # that LittleFS does not claim to survive


class Op(NamedTuple):
    """An operation: `data` is what is programmed, empty for the others."""

    kind: str
    block: int
    offset: int = 0
    data: bytes = b""


class Tear(NamedTuple):
    """The power fails at an operation.

    `kept`: of a flash whose write cache is lost, which of the operations since the last sync have landed: None all, 0 none,
    else each by the chance that this number seeds.
    """

    how: str
    part: int = 0
    seed: int = 0
    kept: "int | None" = None

    def left(self, op: Op, old: bytes) -> "tuple[bytes, dict[int, int]]":
        """What the block holds that held `old`, and its marginal bits: offset -> mask."""
        if self.how == BEFORE or op.kind == SYNC:
            return old, {}
        done = finished(op, old)
        if self.how == AFTER:
            return done, {}
        first, end = (0, BLOCK) if op.kind == ERASE else (op.offset, op.offset + len(op.data))
        if self.how == PREFIX:
            return old[:first] + done[first : first + self.part] + old[first + self.part :], {}
        if self.how == ZEROED:
            return bytes(BLOCK), {}
        chance = random.Random(self.seed)
        if self.how == DISTURBED:
            page = op.offset // PAGE * PAGE
            return done[:page] + _both(done[page : page + PAGE], _some(chance, PAGE, 3)) + done[page + PAGE :], {}
        changed = _number(old[first:end]) ^ _number(done[first:end])
        struck = changed & _number(_some(chance, end - first, 1))
        if self.how == WEAK:
            marginal = struck.to_bytes(end - first, "little")
            return done, {first + at: mask for at, mask in enumerate(marginal) if mask}
        mixed = (_number(old[first:end]) ^ struck).to_bytes(end - first, "little")
        return old[:first] + mixed + old[end:], {}


def finished(op: Op, old: bytes) -> bytes:
    """What the block holds after the operation."""
    if op.kind == SYNC:
        return old
    return BLANK if op.kind == ERASE else programmed(old, op.offset, op.data)


def programmed(old: bytes, offset: int, data: bytes) -> bytes:
    """What the block holds after `data` was programmed: that can only clear bits."""
    end = offset + len(data)
    there = old[offset:end]
    return b"".join((old[:offset], data if there == BLANK[: len(there)] else _both(there, data), old[end:]))


def ways(op: Op, old: bytes, beyond: bool = False, volatile: bool = False) -> "list[Tear]":
    """The tearings of `op` on a block that holds `old` worth trying each, no two of which leave the same.

    `beyond`: those also that LittleFS does not claim to survive.  `volatile`: with a write cache that is lost.
    """
    tried = [Tear(BEFORE), Tear(AFTER)]
    if op.kind == PROGRAM:
        size = len(op.data)
        page = -op.offset % PAGE  # what is left of the first page
        last = page + (size - page - 1) // PAGE * PAGE if page < size else 0  # where the last page begins
        cuts = {1, size // 2, size - 1, last, last + (size - last) // 2}
        tried += [Tear(PREFIX, cut) for cut in sorted(cuts) if 0 < cut < size]
        tried += [Tear(BITS, seed=1), Tear(BITS, seed=2)]
    elif op.kind == ERASE:
        tried += [Tear(PREFIX, cut) for cut in (PAGE, BLOCK // 2, BLOCK - 1)]
        tried += [Tear(BITS, seed=1), Tear(ZEROED)]
    if beyond and op.kind != SYNC:
        tried += [Tear(WEAK, seed=1), *([Tear(DISTURBED, seed=1)] if op.kind == PROGRAM else [])]
    found: dict[tuple, Tear] = {}
    for tear in tried:
        left, marginal = tear.left(op, old)
        found.setdefault((left, tuple(marginal.items())), tear)
    told = list(found.values())
    if volatile:
        told += [Tear(BEFORE, kept=0), Tear(AFTER, kept=0), Tear(AFTER, kept=1), Tear(AFTER, kept=2)]
    return told


def sampled(op: Op, chance: random.Random, beyond: bool = False, volatile: bool = False) -> Tear:
    """One of all tearings of `op`."""
    hows = [BEFORE, AFTER]
    if op.kind != SYNC:
        hows += [PREFIX, PREFIX, BITS, BITS] + ([ZEROED] if op.kind == ERASE else [])
        if beyond:
            hows += [WEAK] + ([DISTURBED] if op.kind == PROGRAM else [])
    how = chance.choice(hows)
    size = BLOCK if op.kind == ERASE else len(op.data)
    kept = chance.choice((None, 0, chance.randrange(1, 1 << 32))) if volatile else None
    return Tear(how, chance.randrange(size + 1) if how == PREFIX else 0, chance.randrange(1 << 32), kept)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _both(one: bytes, other: bytes) -> bytes:
    return (_number(one) & _number(other)).to_bytes(len(one), "little")


def _some(chance: random.Random, size: int, rare: int) -> bytes:
    """`size` bytes in which a bit is set half of the time, or clear with a probability of 2 to the power of minus `rare`."""
    bits = chance.getrandbits(8 * size)
    for _ in range(rare - 1):
        bits |= chance.getrandbits(8 * size)
    return bits.to_bytes(size, "little")
