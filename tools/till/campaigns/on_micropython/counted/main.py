"""The terminal's own main.py with its display counted: every refresh is told as {"ev": "refresh"} with its I2C bytes."""

import sys

import machine
from taptill.drivers import oled

_here = __file__[: __file__.rfind("/")]
_show = oled.Oled.show
_real = None


def _counted(self) -> None:
    world = machine.world()
    before = world.bus_bytes["i2c"]
    _show(self)
    ui = getattr(_real.app, "ui", None) if _real else None
    world.send({"ev": "refresh", "bytes": world.bus_bytes["i2c"] - before, "text": getattr(ui, "lines", None)})


def __getattr__(name: str):
    if name == "app" and _real:
        return _real.app
    raise AttributeError(name)


def main() -> None:
    """Put the firmware's own main.py in the place of this one, and start it."""
    global _real
    oled.Oled.show = _counted
    sys.path.remove(_here)
    del sys.modules["main"]
    import main as real

    _real = real
    real.main()
