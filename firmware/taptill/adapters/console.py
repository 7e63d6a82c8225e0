"""The serial console as the computer at the cable uses it: it asks whether the terminal may be stopped now.

Ctrl-C stops a terminal at any moment, in the middle of a payment too.  So whoever wants to stop it (`till deploy`, `till flash`;
tools/till/board_port.py) sends a line end first and waits for the line `taptill: idle`.  One that is at something else says
`taptill: busy` at once, so that a board which says nothing is known to run no terminal.  Nothing that is typed here does
anything else.
"""

import asyncio
import select
import sys

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_LOOK_MS = const(500)
_MOST = const(64)  # bytes taken at a time: a cable that chatters must not keep the terminal busy


class Console:
    """`standing()` says in a word what the terminal is at ("idle"), "" in the middle of something: then the
    answer waits, and the asker is told so.
    """

    def __init__(self, standing: "Callable[[], str]"):
        self._standing = standing
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._open = True
        self._asked = False

    async def run(self) -> None:
        """Never returns."""
        while True:
            await asyncio.sleep_ms(_LOOK_MS)
            typed = self._typed()
            self._asked = self._asked or typed
            word = self._standing() if self._asked else ""
            if word:
                self._asked = False
                print("taptill:", word)
            elif typed:
                print("taptill: busy")

    def _typed(self) -> bool:
        """Has anything come since the last look?  It is taken, and is of no meaning."""
        taken = 0
        while self._open and taken < _MOST and self._poll.poll(0):
            if not sys.stdin.buffer.read(1):
                self._open = False  # nobody is there, and never will be
                break
            taken += 1
        return taken > 0
