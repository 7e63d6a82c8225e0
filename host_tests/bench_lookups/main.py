"""The terminal's own main.py, counting what imports look up in the file system while it scans keys and draws the idle screen.

Each hundredth scan is told as
{"ev": "scans", "scans": so far, "draws": idle screens so far, "sent": how many of them sent something to the display,
"start": look-ups of the start, "names": those since}.
"""

import gc
import sys

import codeflash
import machine


class _Count:
    scans = draws = sent = start = 0
    names = []
    watching = False


def _asked(name: str) -> None:
    if _Count.watching:
        _Count.names.append(name)
    else:
        _Count.start += 1


gc.threshold(8192)  # as the firmware's main does, before what it imports strews the heap

from taptill.app.shop import Shop
from taptill.drivers import keypad

_here = __file__[: __file__.rfind("/")]
_step = keypad.Keypad.step
_draw_idle = Shop._draw_idle


def _watched_step(self) -> int:
    _Count.watching = True
    pause = _step(self)
    _Count.watching = False
    _Count.scans += 1
    if _Count.scans % 100 == 0:
        told = {"ev": "scans", "scans": _Count.scans, "draws": _Count.draws, "sent": _Count.sent}
        told.update({"start": _Count.start, "names": _Count.names})
        machine.world().send(told)
    return pause


def _watched_draw(self, turn: int) -> None:
    _Count.watching = True
    transfers = machine.world().bus_transfers["i2c"]
    _draw_idle(self, turn)
    _Count.watching = False
    _Count.draws += 1
    _Count.sent += machine.world().bus_transfers["i2c"] > transfers


def main() -> None:
    """Put the firmware's own main.py in the place of this one, and start it."""
    keypad.Keypad.step = _watched_step
    Shop._draw_idle = _watched_draw
    sys.path.remove(_here)
    codeflash.ask_first(_asked)
    del sys.modules["main"]
    import main as real

    real.main()
