"""The terminal's own main.py with its display counted: every screen is told as {"ev": "refresh"} with its I2C bytes.

What it looks for in the file system is counted too (the bench's `state`).
"""

import sys

import codeflash
import machine

from taptill.app.widgets import canvas

_here = __file__[: __file__.rfind("/")]
_show = canvas.Canvas.show


def _counted(self) -> None:
    world = machine.world()
    before = world.bus_bytes["i2c"]
    _show(self)
    world.send({"ev": "refresh", "bytes": world.bus_bytes["i2c"] - before, "text": self.lines})


def main() -> None:
    """Put the firmware's own main.py in the place of this one, and start it."""
    canvas.Canvas.show = _counted
    sys.path.remove(_here)
    codeflash.ask_first()
    del sys.modules["main"]
    import main as real

    real.main()
