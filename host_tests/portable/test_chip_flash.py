"""The flash model: NOR rules, counting, and power cuts before, within and after a write."""

import io

from expect import raises

from chips import cut as cuts
from chips.flash import BLOCK, Flash, PowerCut, blank


def fresh(blocks=4, on_cut=None):
    image = io.BytesIO()
    blank(image, blocks)
    cut = cuts.Cut()
    return Flash(image, blocks, cut, on_cut=on_cut), cut


def peek(flash, block, offset, count):
    data = bytearray(count)
    flash.readblocks(block, data, offset)
    return bytes(data)


def test_program_and_read_back():
    flash, _ = fresh()
    flash.writeblocks(1, b"\x12\x34", 100)
    assert peek(flash, 1, 99, 4) == b"\xff\x12\x34\xff"
    assert (flash.programs, flash.bytes_programmed, flash.erases) == (1, 2, 0)
    assert flash.ioctl(4, 0) == 4 and flash.ioctl(5, 0) == BLOCK


def test_programming_what_is_not_erased_is_refused():
    flash, _ = fresh()
    flash.writeblocks(0, b"\x0f", 0)
    raises(OSError, flash.writeblocks, 0, b"\xf0", 0)
    raises(OSError, flash.writeblocks, 0, b"\x07", 0)
    assert flash.faults == 2
    assert peek(flash, 0, 0, 1) == b"\x0f"
    flash.ioctl(6, 0)
    flash.writeblocks(0, b"\xf0", 0)
    assert peek(flash, 0, 0, 1) == b"\xf0"


def test_plain_form_erases_first():
    flash, _ = fresh()
    flash.writeblocks(2, b"\x00" * BLOCK)
    flash.writeblocks(2, b"\x55" * BLOCK)
    assert flash.erases == 2
    assert peek(flash, 2, BLOCK - 1, 1) == b"\x55"


def test_outside_is_refused():
    flash, _ = fresh()
    raises(OSError, flash.readblocks, 4, bytearray(1), 0)
    raises(OSError, flash.writeblocks, 3, b"\x00\x00", BLOCK - 1)


def test_cut_before_torn_and_after():
    for how, want in ((cuts.BEFORE, b"\xff" * 4), (cuts.TORN, b"\x01\x02\xff\xff"), (cuts.AFTER, b"\x01\x02\x03\x04")):
        told = []
        flash, cut = fresh(on_cut=lambda: told.append(1))
        cut.arm(cuts.WRITE, 2, how, 0.5)
        flash.writeblocks(0, b"\x00", 8)
        raises(PowerCut, flash.writeblocks, 0, b"\x01\x02\x03\x04", 0)
        assert told == [1]
        untouched = bytearray(b"?")
        flash.readblocks(0, untouched, 0)
        flash.writeblocks(0, b"\x00", 0)
        flash.ioctl(6, 0)
        assert untouched == b"?"  # without power nothing happens
        flash._dead = False
        assert peek(flash, 0, 0, 4) == want


def test_torn_erase_leaves_the_rest():
    flash, cut = fresh()
    flash.writeblocks(0, b"\x00" * BLOCK, 0)
    cut.arm(cuts.WRITE, 1, cuts.TORN, 0.25)
    raises(PowerCut, flash.ioctl, 6, 0)
    flash._dead = False
    assert peek(flash, 0, BLOCK // 4 - 1, 2) == b"\xff\x00"


def test_cut_refuses_nonsense():
    cut = cuts.Cut()
    raises(ValueError, cut.arm, "coffee", 1)
    raises(ValueError, cut.arm, cuts.NET, 0)
    raises(ValueError, cut.arm, cuts.NET, 1, cuts.TORN, 1.5)
