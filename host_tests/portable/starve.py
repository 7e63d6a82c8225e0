"""A heap of which only so much is left, on MicroPython alone: nothing in the VM is changed for it.

Nothing is collected meanwhile, so what needs more than that in all ends in a MemoryError at the very allocation that goes beyond,
and whatever it does about it has to do with what is left: a heap as bad as it can be.
"""

import gc

_PIECES = 200
_LARGEST = 1 << 18
_TRIES = 20


def starving(left: int, act, tries: int = _TRIES):
    """(what `act()` returned, bytes that it took), or (None, bytes) where it ended in a MemoryError.

    `left` bytes in one piece can be allocated and nothing else.  No call is made between the filling and the emptying but that
    one: another might need memory itself.  The collector takes whatever looks like an address for one, so that a word which a
    call left behind on the stack can hold the piece that was set free; then all is emptied and tried again one call deeper,
    where other words lie.
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
    if before >= left:
        try:
            value = act()
        except MemoryError:
            value = None
    used = before - gc.mem_free()
    ballast = None
    gc.enable()
    gc.collect()
    if before >= left:
        return value, used
    assert tries, "a piece of %d bytes is never set free" % left
    return starving(left, act, tries - 1)
