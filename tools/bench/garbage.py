"""When the firmware wants to collect, told to a VM on which everything weighs more.

The firmware collects whenever so many bytes have been allocated since the last time (gc.threshold).  Here every object is twice
as large as on the ESP32, and the models around the processor allocate from the same heap as much again as the firmware: for as
much work between two collections as on the board, it takes four times as many bytes.
"""

import gc
import sys

_TIMES = 4


class _Gc:
    """The module `gc` as the firmware sees it."""

    collect = gc.collect
    disable = gc.disable
    enable = gc.enable
    isenabled = gc.isenabled
    mem_alloc = gc.mem_alloc
    mem_free = gc.mem_free

    def threshold(self, size=None):
        if size is None:
            return gc.threshold() // _TIMES
        return gc.threshold(size * _TIMES if size > 0 else size)


class _Port(_Gc):
    """The same of a heap that grows: what is free is also what it could take of the chip's memory now (py/modgc.c)."""

    def __init__(self, memory):
        self._memory = memory

    def collect(self) -> None:
        self._memory.follow()

    def mem_alloc(self) -> int:
        return self._memory.live()

    def mem_free(self) -> int:
        return self._memory.free()


def weigh(memory=None) -> None:
    """From now on `import gc` gives that one; with a bench.memory.Memory, that of a heap that grows."""
    sys.modules["gc"] = _Port(memory) if memory else _Gc()
