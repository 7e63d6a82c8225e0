"""The flash of a simulated terminal: blocks of NOR in memory, which can be snapshot, torn, worn and spoilt.

A block is a bytes object that is never changed, only replaced: a snapshot holds the same objects.  Nothing here is random but by
a seed, so a history that is played again finds the same flash.
"""

import copy
import random
from collections.abc import Callable
from typing import NamedTuple

from chips.flash import BLOCK, Weakness

from .tears import BEFORE, BLANK, ERASE, PROGRAM, SYNC, Op, Tear, finished, programmed, ways

BLOCKS = 240  # the file system partition of boards/esp32_wrover, the smallest of the 4 MB boards
EIO = 5
_EINVAL = 22
SYNC_ALL, _COUNT, _SIZE, ERASE_BLOCK = 3, 4, 5, 6  # ioctl operations of a MicroPython block device

FAILS = "fails"  # a worn block: what is written to it is refused
DEAF = "deaf"  # … is taken, and the old bits stand
DENIES = "denies"  # … is taken and stands, and is said to have failed


class PowerCut(BaseException):
    """The power has failed: no code of a terminal may catch this."""


class Lost(NamedTuple):
    """An operation that the chip takes and does not do."""


class Astray(NamedTuple):
    """An operation that is done in another block, or at another offset."""

    block: int
    offset: int = 0


Happens = Tear | Lost | Astray | None


class Snapshot(NamedTuple):
    """All that a flash without power holds.  Hashing or comparing `blocks` tells whether two are the same."""

    blocks: "tuple[bytes, ...]"
    marginal: "dict[int, dict[int, int]]"
    worn: "dict[int, str]"
    unreadable: "dict[int, int]"
    weakness: "Weakness | None"
    noise: int
    state: int
    operations: int


class Nor:
    """`blocks` blocks of 4096 bytes, erased or as in `image`.

    `operations`: programs, erases and syncs so far.  `overwrites`: programs of bytes that were not erased, with another result
    than what was programmed; a file system makes none on a flash that does as it is told.  `before(op, block, offset, size)`,
    when set, hears of every operation, and what it returns happens to it.  `volatile`: there is a write cache, which a power
    cut empties as its Tear says.  `lies`: reads so far that told a wrong bit.
    """

    def __init__(self, blocks: int = BLOCKS, image: "bytes | None" = None, seed: int = 1):
        self.blocks = [BLANK] * blocks if image is None else [image[at : at + BLOCK] for at in range(0, len(image), BLOCK)]
        if not self.blocks or len(self.blocks[-1]) != BLOCK:
            raise ValueError(f"nor: an image is whole blocks of {BLOCK} bytes, at least one")
        self.operations = self.overwrites = 0
        self.before: Callable[[str, int, int, int], Happens] | None = None
        self.volatile = False
        self.lies = 0
        self.misread = False  # a read of this life has failed, or told something else than the block holds
        self.worn: dict[int, str] = {}
        self.life: Life | None = None
        self._marginal: dict[int, dict[int, int]] = {}
        self._unreadable: dict[int, int] = {}
        self._weakness: Weakness | None = None
        self._noise = 0
        self._state = seed
        self._planned: dict[int, Happens | Callable[[Op], Happens]] = {}
        self._cached: list[tuple[int, bytes, Op]] = []  # (block, what it held, operation) since the last sync

    # power ---------------------------------------------------------------------------------------

    def power_on(self) -> "Life":
        """The device as the next life has it.  The one before is dead: it reads and writes nothing any more."""
        self.power_off()
        self.misread = False
        self.life = Life(self)
        return self.life

    def power_off(self) -> None:
        """Between two operations, nothing is lost: the write cache is empty when a terminal is idle."""
        if self.life:
            self.life.end()
        self.life = None
        self._cached.clear()

    def snapshot(self) -> Snapshot:
        return Snapshot(
            tuple(self.blocks),
            {block: dict(bits) for block, bits in self._marginal.items()},
            dict(self.worn),
            dict(self._unreadable),
            copy.copy(self._weakness),
            self._noise,
            self._state,
            self.operations,
        )

    def restore(self, taken: Snapshot) -> None:
        """As it was then, without power; what was armed is not any more."""
        self.power_off()
        self.blocks[:] = taken.blocks
        self._marginal = {block: dict(bits) for block, bits in taken.marginal.items()}
        self.worn, self._unreadable = dict(taken.worn), dict(taken.unreadable)
        self._weakness, self._noise, self._state = copy.copy(taken.weakness), taken.noise, taken.state
        self.operations = taken.operations
        self._planned.clear()

    def copy(self) -> "Nor":
        """Another flash that holds the same, marginal bits too."""
        other = Nor(len(self.blocks))
        other.blocks[:] = self.blocks
        other._marginal = {block: dict(bits) for block, bits in self._marginal.items()}
        return other

    def image(self) -> bytes:
        return b"".join(self.blocks)

    # what goes wrong --------------------------------------------------------------------------------

    def arm(self, n: int, happens: "Happens | Callable[[Op], Happens]") -> None:
        """This happens to the `n`-th operation from now (1 is the next); a function is asked when it is known."""
        if n < 1:
            raise ValueError("nor: the operation is counted from 1")
        self._planned[self.operations + n] = happens

    def disarm(self) -> None:
        self._planned.clear()

    def ways(self, kind: str, block: int, offset: int = 0, data: bytes = b"", beyond: bool = False) -> "list[Tear]":
        """Each way in which this operation could be torn now; see tears.ways."""
        return ways(Op(kind, block, offset, data), self.blocks[block], beyond, self.volatile)

    def flip(self, block: int, bit: int) -> None:
        """A bit (0 … 32767) of a block rots."""
        content = bytearray(self.blocks[block])
        content[bit // 8] ^= 1 << bit % 8
        self.blocks[block] = bytes(content)

    def rot(self, count: int, chance: random.Random, block: "int | None" = None) -> "list[tuple[int, int]]":
        """Flip `count` bits, of any block that is not blank or of the one given; returns (block, bit) of each."""
        written = [at for at, content in enumerate(self.blocks) if content != BLANK] or list(range(len(self.blocks)))
        places = [(chance.choice(written) if block is None else block, chance.randrange(8 * BLOCK)) for _ in range(count)]
        for place in places:
            self.flip(*place)
        return places

    def unreadable(self, block: int, times: int = -1) -> None:
        """The next `times` reads of a block fail, -1: all for ever, 0: none."""
        self._unreadable[block] = times
        if not times:
            del self._unreadable[block]
        self._doubt()

    def weaken(self, weakness: "Weakness | None") -> None:
        """Reads, programs and erases fail as often as this says."""
        self._weakness = weakness
        self._doubt()

    def disturb(self, often: int) -> None:
        """A bit of `often` of 65536 reads is wrong, this once."""
        self._noise = often
        self._doubt()

    def heal(self) -> None:
        """Faults stop.  What the blocks hold stays."""
        self.worn.clear()
        self._unreadable.clear()
        self._marginal.clear()
        self._weakness, self._noise = None, 0
        self.disarm()

    def firm(self) -> "tuple[list[bytes], list[bytes]]":
        """What the blocks hold where every marginal bit reads as it should, and where none does."""
        other = list(self.blocks)
        for block, bits in self._marginal.items():
            content = bytearray(other[block])
            for at, mask in bits.items():
                content[at] ^= mask
            other[block] = bytes(content)
        return list(self.blocks), other

    @property
    def doubtful(self) -> bool:
        """May a read fail, or tell something else than the block holds?"""
        return bool(self._marginal or self._unreadable or self._noise or (self._weakness and self._weakness.reads))

    def _doubt(self) -> None:
        if self.life and self.doubtful:
            self.life.doubted()

    # the array ----------------------------------------------------------------------------------------

    def read(self, block: int, offset: int, size: int) -> bytes:
        """What a read tells, with everything that may be wrong with it.  Raises OSError."""
        content = self.blocks[block][offset : offset + size]
        if not self.doubtful:
            return content
        left = self._unreadable.get(block, 0)
        if left:
            if left > 0:
                self.unreadable(block, left - 1)
            self.misread = True
            raise OSError(EIO, f"nor: block {block} cannot be read")
        if self._weakness and self._weakness.strikes(self._weakness.reads):
            self.misread = True
            raise OSError(EIO, "nor: a read has failed")
        told = bytearray(content)
        for at, mask in self._marginal.get(block, {}).items():
            if offset <= at < offset + size:
                told[at - offset] ^= mask & self._chance(256)
        if self._noise and self._chance(65536) < self._noise:
            self.lies += 1
            self.misread = True
            told[self._chance(size)] ^= 1 << self._chance(8)
        return bytes(told)

    def operate(self, kind: str, block: int, offset: int = 0, data: bytes = b"") -> None:
        """Do an operation, or what happens to it.  Raises OSError, PowerCut."""
        self.operations += 1
        happens: Happens | Callable[[Op], Happens] = None
        if self.before is not None:
            happens = self.before(kind, block, offset, len(data))
        if self._planned:
            happens = self._planned.pop(self.operations, happens)
        if happens is not None:
            self._strike(Op(kind, block, offset, data), happens)
        elif kind == SYNC:
            self._cached.clear()
        elif not (self.worn or self._weakness) or self._wears(kind, block):
            self._do(kind, block, offset, data)
            self._denied(kind, block)

    def _strike(self, op: Op, happens: "Happens | Callable[[Op], Happens]") -> None:
        if callable(happens):
            happens = happens(op)
        if isinstance(happens, Tear):
            self._cut(op, happens)
        if op.kind == SYNC:
            if not isinstance(happens, Lost):
                self._cached.clear()
        elif self._wears(op.kind, op.block) and not isinstance(happens, Lost):
            self._do(*(self._elsewhere(op, happens) if isinstance(happens, Astray) else op))
            self._denied(op.kind, op.block)

    def _do(self, kind: str, block: int, offset: int, data: bytes) -> None:
        old = self.blocks[block]
        if self.volatile or self._marginal:
            op = Op(kind, block, offset, data)
            self._change(op, finished(op, old), {})
        elif kind == ERASE:
            self.blocks[block] = BLANK
            return
        else:
            self.blocks[block] = programmed(old, offset, data)
        if kind == PROGRAM and self.blocks[block][offset : offset + len(data)] != data:
            self.overwrites += 1

    def _wears(self, kind: str, block: int) -> bool:
        """Does a block take what is done to it?  Raises OSError where it refuses it."""
        how = self.worn.get(block)
        if how == FAILS:
            raise OSError(EIO, f"nor: block {block} is worn")
        weak = self._weakness
        if weak and weak.strikes(weak.programs if kind == PROGRAM else weak.erases):
            raise OSError(EIO, f"nor: {kind} has failed")
        return how != DEAF

    def _denied(self, kind: str, block: int) -> None:
        if self.worn and self.worn.get(block) == DENIES:
            raise OSError(EIO, f"nor: {kind} of block {block} is done, and said to have failed")

    def _elsewhere(self, op: Op, astray: Astray) -> Op:
        block = astray.block % len(self.blocks)
        if op.kind == ERASE:
            return Op(ERASE, block)
        return Op(PROGRAM, block, min(astray.offset, BLOCK - len(op.data)), op.data)

    def _change(self, op: Op, content: bytes, marginal: "dict[int, int]") -> None:
        if self.volatile:
            self._cached.append((op.block, self.blocks[op.block], op))
        self.blocks[op.block] = content
        if self._marginal:
            self._settle(op)
        if marginal:
            self._marginal.setdefault(op.block, {}).update(marginal)

    def _settle(self, op: Op) -> None:
        """What was marginal is firm where it was erased, or cleared once more."""
        bits = self._marginal.get(op.block, {})
        if op.kind == ERASE:
            bits.clear()
        for at, byte in enumerate(op.data, op.offset):
            if at in bits:
                bits[at] &= byte
        if not any(bits.values()):
            self._marginal.pop(op.block, None)

    def torn(self, op: Op, tear: Tear) -> Snapshot:
        """What it would hold without power if `op` were the next operation and were torn so; nothing happens to it."""
        blocks, marginal, cached = list(self.blocks), self._marginal, list(self._cached)
        self._marginal = {block: dict(bits) for block, bits in marginal.items()}
        self._tear(op, tear)
        left = self.snapshot()
        self.blocks[:], self._marginal, self._cached[:] = blocks, marginal, cached
        return left

    def _cut(self, op: Op, tear: Tear) -> None:
        self._tear(op, tear)
        self.power_off()
        raise PowerCut

    def _tear(self, op: Op, tear: Tear) -> None:
        if op.kind != SYNC and self.worn.get(op.block) not in (FAILS, DEAF):
            self._change(op, *tear.left(op, self.blocks[op.block]))
        if tear.kept is not None and not (op.kind == SYNC and tear.how != BEFORE):
            self._drop(tear.kept)

    def _drop(self, kept: int) -> None:
        """Of what stands in the write cache, some has landed and the rest never will."""
        chance = random.Random(kept)
        since, landed = list(self._cached), []
        for block, old, op in reversed(since):
            self.blocks[block] = old
            if kept and chance.getrandbits(1):
                landed.append(op)
        for op in reversed(landed):
            self.blocks[op.block] = finished(op, self.blocks[op.block])

    def _chance(self, below: int) -> int:
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (self._state >> 33) % below


class Life:
    """From power-on to power-off: MicroPython's block device in its extended form.  Once `dead` it does nothing any more.

    `doubted()` is called when reads begin to be doubtful, `ended()` when the power has gone.
    """

    def __init__(self, nor: Nor):
        self.nor = nor
        self.dead = False
        self.doubted: Callable[[], None] = lambda: None
        self.ended: Callable[[], None] = lambda: None

    def end(self) -> None:
        self.dead = True
        self.ended()

    def readblocks(self, block: int, buffer, offset: int = 0) -> None:
        self._place(block, offset, len(buffer))
        buffer[:] = self.nor.read(block, offset, len(buffer))

    def writeblocks(self, block: int, buffer, offset: int = 0) -> None:
        self._place(block, offset, len(buffer))
        self.nor.operate(PROGRAM, block, offset, bytes(buffer))

    def ioctl(self, operation: int, argument: int) -> int:
        if operation == ERASE_BLOCK:
            self._place(argument, 0, BLOCK)
            self.nor.operate(ERASE, argument)
        elif operation == SYNC_ALL:
            self._place(0, 0, 0)
            self.nor.operate(SYNC, 0)
        return {_COUNT: len(self.nor.blocks), _SIZE: BLOCK}.get(operation, 0)

    def _place(self, block: int, offset: int, size: int) -> None:
        if self.dead:
            raise PowerCut("nor: this life is over")
        if not (0 <= block < len(self.nor.blocks) and 0 <= offset <= offset + size <= BLOCK):
            raise OSError(_EINVAL, f"nor: {size} bytes at {offset} of block {block} are none of the flash's")
