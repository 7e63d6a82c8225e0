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

_OURS = str(FIRMWARE)
# What stands between LittleFS and the flash makes nothing but small numbers; where the port's device wants memory, it catches it.
_NO_MEMORY = "adapters/blocks.py"


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


@contextlib.contextmanager
def failing_at(lines: "list[int]") -> Iterator[None]:
    """Meanwhile each of these lines of the firmware, counted from 1, ends in a MemoryError."""
    if not lines:
        yield
        return
    wanted, count = sorted(lines), 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(_OURS) or frame.f_code.co_filename.endswith(_NO_MEMORY):
            return None
        if event == "line":
            count += 1
            if wanted and count >= wanted[0]:
                wanted.pop(0)
                sys.settrace(trace if wanted else None)
                raise MemoryError
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)
