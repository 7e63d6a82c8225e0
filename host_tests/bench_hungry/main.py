"""The terminal's own main.py where a payment would need more memory at once than the whole heap has."""

import sys

from taptill.adapters import parts

_here = __file__[: __file__.rfind("/")]


def main() -> None:
    """Put the firmware's own main.py in the place of this one, and start it."""
    parts._BLOCK = 1 << 24
    sys.path.remove(_here)
    del sys.modules["main"]
    import main as firmware

    firmware.main()
