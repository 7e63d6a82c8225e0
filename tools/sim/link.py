"""The debug link of a simulated terminal.

Every life has one, listened to or not: a history is the same history when it is recorded.
"""

from collections.abc import Callable
from typing import Any

from . import heap, port


class Link:
    """taptill.debuglink.DebugLink, which tells `send(event)` when there is somebody to tell."""

    def __init__(self) -> None:
        self.send: Callable[[dict], None] | None = None

    def _tell(self, what: str, given: tuple) -> None:
        if self.send is None:
            return
        with heap.uncounted():
            getattr(port.of("debuglink").DebugLink(self.send), what)(*given)

    def step(self, *given: Any) -> None:
        self._tell("step", given)

    def result(self, *given: Any) -> None:
        self._tell("result", given)

    def file(self, *given: Any) -> None:
        self._tell("file", given)

    def frame(self, *given: Any) -> None:
        self._tell("frame", given)
