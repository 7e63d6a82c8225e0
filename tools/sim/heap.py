"""MemoryError in the middle of the firmware: at the n-th line of it that runs.

CPython's allocations cannot be made to fail one by one; a line is finer than an allocation, and each of the firmware's lines may
need memory.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from rig.firmware import FIRMWARE

from . import quick
from .board import Reset
from .nor import PowerCut

_OURS = str(FIRMWARE)
# What stands between LittleFS and the flash makes nothing but small numbers; where the port's device wants memory, it catches it.
_NO_MEMORY = "adapters/blocks.py"
_ENDS = (PowerCut, Reset)  # what CPython still runs of a life that is over, `finally` and the like, no board runs


@contextlib.contextmanager
def uncounted() -> Iterator[None]:
    """Meanwhile no line counts: what is run is not the terminal's."""
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)


def aside(act: "Callable[..., None]") -> "Callable[..., None]":
    """`act`, whose lines do not count: it looks at the firmware from outside, by means of the firmware's own code."""

    def untraced(*given: Any) -> None:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            act(*given)
        finally:
            sys.settrace(trace)

    return untraced


class Failing:
    """MemoryErrors to come: `wanted`, the lines of the firmware, counted from 1, at which one is; `struck()` hears of each.

    `later`: how many more will be asked for (`soon`).  `life()`: whatever is another thing in each life of the board.
    """

    def __init__(self, wanted: "list[int]", later: int, struck: "Callable[[], None]", life: "Callable[[], Any]"):
        self._wanted = sorted(wanted)
        self._later = later
        self._struck = struck
        self._life = life
        self._over: list[Any] = []  # the life whose end is on its way through the program
        self._count = 0

    def soon(self) -> None:
        """One at the next line that is run."""
        self._later -= 1
        self._wanted.insert(0, self._count + 1)

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_OURS) or frame.f_code.co_filename.endswith(_NO_MEMORY):
            return None
        if event == "exception" and issubclass(argument[0], _ENDS):
            self._over = [self._life()]
        elif event == "line":
            self._count += 1
            if self._wanted and self._count >= self._wanted[0] and not (self._over and self._life() is self._over[0]):
                self._wanted.pop(0)
                sys.settrace(self.trace if self._wanted or self._later > 0 else None)
                self._struck()
                raise MemoryError
        return self.trace


@contextlib.contextmanager
def failing_at(
    lines: "list[int]", later: int = 0, struck: "Callable[[], None]" = lambda: None, life: "Callable[[], Any]" = lambda: None
) -> Iterator[Failing]:
    """Meanwhile each of these lines of the firmware ends in a MemoryError, and those that are asked for `later` (see Failing)."""
    failing = Failing(lines, later, struck, life)
    if not lines and not later:
        yield failing
        return
    with quick.looked_up():
        sys.settrace(failing.trace)
        try:
            yield failing
        finally:
            sys.settrace(None)
