"""The simulator's flash: the rules of NOR, every way of tearing an operation, every fault, and snapshots."""

import random

import pytest

from chips.flash import Weakness
from sim import tears
from sim.nor import BLANK, BLOCK, DEAF, DENIES, EIO, FAILS, Astray, Life, Lost, Nor, PowerCut
from sim.tears import ERASE, PROGRAM, SYNC, Op, Tear

_DATA = bytes(range(0x10, 0x90))  # 128 bytes, each with some bits to clear
_AT = 192  # so that it goes over the end of a page
_ERASE = 6
_SYNC = 3


def _on(blocks: int = 4) -> "tuple[Nor, Life]":
    nor = Nor(blocks)
    return nor, nor.power_on()


def _read(life: Life, block: int, offset: int, count: int) -> bytes:
    buffer = bytearray(count)
    life.readblocks(block, buffer, offset)
    return bytes(buffer)


def test_programming_only_clears_bits_and_erasing_sets_them() -> None:
    nor, life = _on()
    life.writeblocks(1, b"\x0f\xf3", 100)
    assert _read(life, 1, 99, 4) == b"\xff\x0f\xf3\xff" and nor.overwrites == 0
    life.writeblocks(1, b"\x3c", 100)
    assert _read(life, 1, 100, 1) == b"\x0c" and nor.overwrites == 1
    life.ioctl(_ERASE, 1)
    assert nor.blocks[1] == BLANK
    assert nor.operations == 3 and life.ioctl(4, 0) == 4 and life.ioctl(5, 0) == BLOCK


@pytest.mark.parametrize("place", [(4, 0, 1), (-1, 0, 1), (3, BLOCK - 1, 2), (0, -1, 1)])
def test_what_is_outside_is_refused(place: "tuple[int, int, int]") -> None:
    nor, life = _on()
    block, offset, size = place
    for done in (lambda: _read(life, block, offset, size), lambda: life.writeblocks(block, bytes(size), offset)):
        with pytest.raises(OSError, match=f"block {block} are none"):
            done()
    assert nor.operations == 0
    with pytest.raises(ValueError, match="whole blocks"):
        Nor(image=bytes(BLOCK + 1))


def test_the_hook_hears_of_every_operation_before_it_is_done() -> None:
    nor, life = _on()
    heard: list = []

    def before(*what: object) -> None:
        heard.append((*what, nor.blocks[2] == BLANK))

    nor.before = before
    life.writeblocks(2, b"abc", 32)
    life.ioctl(_SYNC, 0)
    life.ioctl(_ERASE, 2)
    assert heard == [(PROGRAM, 2, 32, 3, True), (SYNC, 0, 0, 0, False), (ERASE, 2, 0, 0, False)]


def _torn(op: Op, tear: Tear, old: bytes) -> Nor:
    """A flash whose power failed at `op` on a block that held `old`."""
    nor = Nor(image=BLANK + old)
    life = nor.power_on()
    nor.arm(1, tear)
    with pytest.raises(PowerCut):
        life.ioctl(_ERASE, op.block) if op.kind == ERASE else life.writeblocks(op.block, op.data, op.offset)
    assert life.dead and nor.life is None and nor.blocks[0] == BLANK
    return nor


def _is_between(left: bytes, old: bytes, done: bytes) -> bool:
    """Each bit is as it was or as it was to be."""
    number, one, other = (int.from_bytes(content, "big") for content in (left, old, done))
    return not (number ^ one) & (number ^ other)


_OLD = random.Random(5).randbytes(BLOCK)
_OPS = [(Op(PROGRAM, 1, _AT, _DATA), BLANK), (Op(PROGRAM, 1, 0, _DATA), _OLD), (Op(ERASE, 1), _OLD)]


@pytest.mark.parametrize("op,old", _OPS, ids=["program", "overwrite", "erase"])
def test_every_tearing_is_what_it_says(op: Op, old: bytes) -> None:
    done = tears.finished(op, old)
    tried = tears.ways(op, old, beyond=True)
    assert {tear.how for tear in tried} >= {tears.BEFORE, tears.AFTER, tears.PREFIX, tears.BITS, tears.WEAK}
    results = set()
    for tear in tried:
        nor = _torn(op, tear, old)
        left = nor.blocks[1]
        results.add((left, nor.doubtful))
        if tear.how == tears.BEFORE:
            assert left == old
        elif tear.how in (tears.AFTER, tears.WEAK):
            assert left == done and nor.doubtful == (tear.how == tears.WEAK)
        elif tear.how == tears.PREFIX:
            end = op.offset + tear.part
            assert left == done[:end] + old[end:] and left not in (old, done)
        elif tear.how == tears.BITS:
            assert _is_between(left, old, done) and left not in (old, done)
        elif tear.how == tears.ZEROED:
            assert op.kind == ERASE and left == bytes(BLOCK)
        elif tear.how == tears.DISTURBED:
            page = slice(op.offset // tears.PAGE * tears.PAGE, op.offset // tears.PAGE * tears.PAGE + tears.PAGE)
            assert left[: page.start] + left[page.stop :] == done[: page.start] + done[page.stop :]
            assert int.from_bytes(left, "big") & ~int.from_bytes(done, "big") == 0 and left != done
    assert len(results) == len(tried), "two ways leave the same"


def test_a_program_over_the_end_of_a_page_is_torn_at_the_page_and_within_the_last() -> None:
    parts = {tear.part for tear in tears.ways(Op(PROGRAM, 0, _AT, _DATA), BLANK) if tear.how == tears.PREFIX}
    assert {tears.PAGE - _AT, tears.PAGE - _AT + (len(_DATA) - (tears.PAGE - _AT)) // 2} <= parts


def test_sampled_tearings_come_from_their_seed_and_stay_between_old_and_new() -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    one, other = random.Random(seed), random.Random(seed)
    hows = set()
    for op, old in _OPS * 200:
        tear = tears.sampled(op, one)
        assert tear == tears.sampled(op, other)
        left, marginal = tear.left(op, old)
        assert tear.left(op, old) == (left, marginal) and not marginal
        assert _is_between(left, old, tears.finished(op, old)) or tear.how == tears.ZEROED
        hows.add(tear.how)
    assert hows == {tears.BEFORE, tears.AFTER, tears.PREFIX, tears.BITS, tears.ZEROED}


def test_marginal_bits_read_now_as_one_and_now_as_the_other_until_they_are_written_again() -> None:
    nor = _torn(Op(PROGRAM, 1, 0, bytes(32)), Tear(tears.WEAK, seed=1), BLANK)
    life = nor.power_on()
    assert nor.blocks[1][:32] == bytes(32)
    assert len({_read(life, 1, 0, 32) for _ in range(20)}) > 1
    assert _read(life, 1, 32, 32) == b"\xff" * 32
    taken = nor.snapshot()
    once = [_read(life, 1, 0, 32) for _ in range(5)]
    nor.restore(taken)
    assert [_read(nor.power_on(), 1, 0, 32) for _ in range(5)] == once, "a history played again finds the same"
    for settle in (lambda life: life.ioctl(_ERASE, 1), lambda life: life.writeblocks(1, bytes(32), 0)):
        nor.restore(taken)
        life = nor.power_on()
        settle(life)
        assert not nor.doubtful and len({_read(life, 1, 0, 32) for _ in range(20)}) == 1


def test_a_lost_write_cache_loses_what_came_after_the_last_sync_and_no_more() -> None:
    left = set()
    lost = [tear for tear in tears.ways(Op(PROGRAM, 0, 0, b"c"), BLANK, volatile=True) if tear.kept is not None]
    for tear in [*lost, *(Tear(tears.AFTER, kept=seed) for seed in range(3, 20))]:
        nor, life = _on()
        nor.volatile = True
        life.writeblocks(0, b"a", 10)
        life.ioctl(_SYNC, 0)
        life.writeblocks(1, b"b", 10)
        nor.arm(1, tear)
        with pytest.raises(PowerCut):
            life.writeblocks(2, b"c", 10)
        there = tuple(nor.blocks[block][10:11] for block in range(3))
        assert there[0] == b"a", "what was synced stays"
        assert set(there[1:]) <= {b"b", b"c", b"\xff"}
        assert tear.kept != 0 or there[1:] == (b"\xff", b"\xff")
        left.add(there[1:])
    assert (b"\xff", b"c") in left, "the later one alone: they were reordered"
    assert len(left) == 4 and len(lost) == 4


def test_a_cut_at_a_sync_may_lose_what_it_was_for() -> None:
    for how, want in ((tears.BEFORE, b"\xff"), (tears.AFTER, b"a")):
        nor, life = _on()
        nor.volatile = True
        life.writeblocks(0, b"a", 0)
        nor.arm(1, Tear(how, kept=0))
        with pytest.raises(PowerCut):
            life.ioctl(_SYNC, 0)
        assert nor.blocks[0][:1] == want, how


def test_lost_and_misdirected_operations() -> None:
    nor, life = _on()
    nor.arm(1, Lost())
    nor.arm(2, Astray(3, 64))
    nor.arm(3, lambda op: Astray(2) if op.kind == ERASE else None)
    life.writeblocks(1, b"lost", 0)
    life.writeblocks(1, b"astray", 0)
    assert nor.blocks[1] == BLANK and nor.blocks[3][64:70] == b"astray" and nor.overwrites == 0
    life.writeblocks(2, b"erased", 0)
    nor.arm(1, Astray(2))
    life.ioctl(_ERASE, 1)
    assert nor.blocks[2] == BLANK
    with pytest.raises(ValueError, match="counted from 1"):
        nor.arm(0, Lost())


def test_a_worn_block_refuses_or_keeps_the_old_bits() -> None:
    nor, life = _on()
    life.writeblocks(1, b"old", 0)
    nor.worn = {1: FAILS, 2: DEAF}
    for done in (lambda: life.writeblocks(1, b"new", 8), lambda: life.ioctl(_ERASE, 1)):
        with pytest.raises(OSError, match="block 1 is worn") as told:
            done()
        assert told.value.errno == EIO
    life.writeblocks(2, b"new", 0)
    assert nor.blocks[1][:11] == b"old" + b"\xff" * 8 and nor.blocks[2] == BLANK
    nor.heal()
    life.writeblocks(2, b"new", 0)
    assert nor.blocks[2][:3] == b"new"


def test_a_block_that_denies_has_done_what_it_says_has_failed() -> None:
    nor, life = _on()
    nor.worn[1] = DENIES
    with pytest.raises(OSError, match="block 1 is done"):
        life.writeblocks(1, b"new", 0)
    assert nor.blocks[1][:3] == b"new"


def test_marginal_bits_are_told_both_ways_and_lies_are_counted() -> None:
    nor, _ = _on()
    nor.arm(1, Tear(tears.WEAK, seed=1))
    with pytest.raises(PowerCut):
        nor.operate(PROGRAM, 1, 0, bytes(64))
    firm, other = nor.firm()
    assert firm == nor.blocks and firm[1] != other[1] and firm[0] == other[0]
    assert nor.copy().firm() == (firm, other)
    assert nor.lies == 0
    nor.heal()
    nor.disturb(65536)
    nor.read(0, 0, 16)
    assert nor.lies == 1


def test_reads_fail_for_a_while_or_for_ever() -> None:
    nor, life = _on()
    nor.unreadable(1, 2)
    for _ in range(2):
        with pytest.raises(OSError, match="block 1 cannot be read"):
            _read(life, 1, 0, 4)
    assert _read(life, 1, 0, 4) == b"\xff" * 4 and not nor.doubtful
    nor.unreadable(1)
    for _ in range(5):
        with pytest.raises(OSError, match="block 1 cannot be read"):
            _read(life, 1, 0, 4)
    assert _read(life, 0, 0, 4) == b"\xff" * 4


def test_a_weak_flash_fails_as_often_as_the_bench_s_does() -> None:
    nor, life = _on()
    for kind, done in (
        ("reads", lambda: _read(life, 0, 0, 1)),
        ("programs", lambda: life.writeblocks(0, b"a", 0)),
        ("erases", lambda: life.ioctl(_ERASE, 0)),
    ):
        nor.weaken(Weakness(**{kind: Weakness.ALWAYS}))
        with pytest.raises(OSError, match="has failed"):
            done()
        nor.weaken(None)
        done()


def test_a_bit_flips_in_a_read_and_not_on_the_flash() -> None:
    nor, life = _on()
    nor.disturb(65536)
    told = _read(life, 0, 0, 16)
    assert bin(int.from_bytes(told, "big")).count("1") == 127 and nor.blocks[0] == BLANK
    nor.disturb(0)
    assert _read(life, 0, 0, 16) == b"\xff" * 16


def test_bits_rot_where_they_are_said_to() -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    nor, life = _on()
    life.writeblocks(2, bytes(64), 0)
    before = nor.image()
    places = nor.rot(1, random.Random(seed)) + nor.rot(1, random.Random(seed), block=3)
    assert [block for block, _ in places] == [2, 3], "of all blocks, one that something stands in"
    changed = int.from_bytes(before, "little") ^ int.from_bytes(nor.image(), "little")
    assert changed == sum(1 << 8 * BLOCK * block + bit for block, bit in places)


def test_a_snapshot_shares_what_has_not_changed_and_brings_everything_back() -> None:
    nor, life = _on()
    life.writeblocks(1, b"old", 0)
    nor.worn = {3: DEAF}
    nor.unreadable(2, 1)
    taken = nor.snapshot()
    life.writeblocks(1, b"more", 8)
    life.ioctl(_ERASE, 0)
    assert sum(one is other for one, other in zip(taken.blocks, nor.blocks)) >= 2
    nor.heal()
    nor.arm(1, Lost())
    nor.restore(taken)
    assert life.dead and nor.snapshot() == taken and nor.blocks[1][:12] == b"old" + b"\xff" * 9
    assert nor.worn == {3: DEAF} and nor.doubtful
    nor.power_on().writeblocks(1, b"n", 8)
    assert nor.blocks[1][8:9] == b"n", "what was armed is not any more"
    assert taken.blocks[1][8:9] == b"\xff"


def test_a_dead_life_neither_reads_nor_writes() -> None:
    nor, dead = _on()
    dead.writeblocks(0, b"old", 0)
    life = nor.power_on()
    before = nor.snapshot()
    for done in (
        lambda: dead.writeblocks(0, b"\0", 0),
        lambda: dead.ioctl(_ERASE, 0),
        lambda: dead.ioctl(_SYNC, 0),
        lambda: _read(dead, 0, 0, 1),
    ):
        with pytest.raises(PowerCut):
            done()
    assert nor.snapshot() == before and not life.dead


@pytest.mark.parametrize("volatile", [False, True])
def test_what_a_tear_would_leave_is_what_it_leaves_and_asking_changes_nothing(volatile: bool) -> None:
    def begun() -> "tuple[Nor, Life]":
        nor, life = _on()
        nor.volatile = volatile
        life.writeblocks(1, _DATA, 0)
        life.ioctl(_SYNC, 0)
        life.writeblocks(2, _DATA, 128)
        return nor, life

    for op in (Op(PROGRAM, 1, _AT, _DATA), Op(ERASE, 1), Op(SYNC, 0)):
        nor, life = begun()
        ways = nor.ways(*op, beyond=True)
        before = nor.snapshot()
        told = [nor.torn(op, tear) for tear in ways]
        assert nor.snapshot() == before and not life.dead
        for tear, left in zip(ways, told):
            other, _ = begun()
            other.arm(1, tear)
            with pytest.raises(PowerCut):
                other.operate(*op)
            assert left == other.snapshot()._replace(operations=left.operations), (op.kind, tear)
