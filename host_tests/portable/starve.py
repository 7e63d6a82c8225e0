"""A heap of which only so much is left, on MicroPython alone: nothing in the VM is changed for it.

Nothing is collected meanwhile, so what needs more than that in all ends in a MemoryError at the very allocation that goes beyond,
and whatever it does about it has to do with what is left: a heap as bad as it can be.
"""

import gc

_PIECES = 200
_LARGEST = 1 << 18


def starving(left: int, act):
    """(what `act()` returned, bytes that it took), or (None, bytes) where it ended in a MemoryError.

    `left` bytes in one piece can be allocated and nothing else.  No call is made between the filling and the emptying but that
    one: another might need memory itself.
    """
    ballast: list = [None] * _PIECES
    gc.collect()
    kept = bytearray(left)
    gc.disable()
    at, size = 0, _LARGEST
    while size:
        try:
            ballast[at] = [ballast[at], bytearray(size)]
            at = (at + 1) % _PIECES
        except MemoryError:
            size //= 2
    del kept
    gc.collect()  # of the piece that was kept, although nothing is collected by itself
    before = gc.mem_free()
    value = None
    try:
        value = act()
    except MemoryError:
        value = None
    used = before - gc.mem_free()
    ballast = None
    gc.enable()
    gc.collect()
    return value, used
