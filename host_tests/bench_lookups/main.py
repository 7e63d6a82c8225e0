"""The terminal's own main.py, counting what imports look up in the file system while it scans keys and draws the idle screen.

A file system that has nothing is asked first: whoever looks for a module asks it too.  Each hundredth scan is told as
{"ev": "scans", "scans": so far, "draws": idle screens so far, "start": look-ups of the start, "names": those since}.
"""

import sys

import machine
import vfs

from taptill.app.shop import Shop
from taptill.drivers import keypad

_POINT = "/lookups"
_here = __file__[: __file__.rfind("/")]
_step = keypad.Keypad.step
_draw_idle = Shop._draw_idle


class _Count:
    scans = draws = start = 0
    names = []
    watching = False


class _Nothing:
    """A file system without files that tells what it is asked for."""

    def mount(self, readonly, mkfs) -> None:
        return None

    def umount(self) -> None:
        return None

    def stat(self, path: str):
        if _Count.watching:
            _Count.names.append(path.strip("/"))
        else:
            _Count.start += 1
        raise OSError(2)

    def open(self, path: str, mode: str):
        raise OSError(2)


def _watched_step(self) -> int:
    _Count.watching = True
    pause = _step(self)
    _Count.watching = False
    _Count.scans += 1
    if _Count.scans % 100 == 0:
        told = {"ev": "scans", "scans": _Count.scans, "draws": _Count.draws, "start": _Count.start, "names": _Count.names}
        machine.world().send(told)
    return pause


def _watched_draw(self) -> None:
    _Count.watching = True
    _draw_idle(self)
    _Count.watching = False
    _Count.draws += 1


def main() -> None:
    """Put the firmware's own main.py in the place of this one, and start it."""
    vfs.mount(_Nothing(), _POINT)
    keypad.Keypad.step = _watched_step
    Shop._draw_idle = _watched_draw
    sys.path.remove(_here)
    sys.path.insert(0, _POINT)
    del sys.modules["main"]
    import main as real

    real.main()
