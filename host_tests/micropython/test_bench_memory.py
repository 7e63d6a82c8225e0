"""What the bench leaves its VM of a small chip's heap: as much as the chip would have, and that in pieces as on the chip."""

import gc
import sys

HERE = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path += [HERE + "/../../tools/bench"]

import memory
from chip import Chip

KB = 1024
_TLS = 1536  # bytes on the chip of the object that a TLS connection begins with


class _Small(Chip):
    """A heap of 40 kB that can grow by 20."""

    def __init__(self):
        super().__init__()
        self.heap = 40 * KB
        self.areas = [(64 * KB, 60 * KB)]


def _aborted(why: str) -> None:
    raise AssertionError(why)


def _strewn() -> list:
    """Models' objects that leave holes of 1 to 3 kB between them, far more than the chip has memory."""
    objects = [bytearray(KB + number % 3 * KB) for number in range(600)]
    return [each for number, each in enumerate(objects) if number % 2]


def test_holes_between_the_models_are_not_all_that_the_chip_has_left():
    models = _strewn()
    gc.collect()
    small = memory.Memory(_Small(), True, _aborted)
    small.begin(KB * KB, 0)
    for _ in range(3):
        small.follow()
        found = [bytearray(memory.SCALE * _TLS) for _ in range(5)]
        assert len(found) == 5
        del found
    assert len(models) == 300
    small.end()


def test_no_more_than_the_chip_could_have_is_left():
    models = _strewn()
    gc.collect()
    small = memory.Memory(_Small(), True, _aborted)
    small.begin(KB * KB, 0)
    most = memory.SCALE * small.heap.limit()
    assert most - 8 * KB <= gc.mem_free() <= most + 8 * KB
    taken = 0
    found = []
    try:
        while True:
            found.append(bytearray(KB))
            taken += KB
    except MemoryError:
        pass
    assert most // 2 < taken <= most
    assert len(models) == 300
    small.end()
