"""The terminal's own main.py in which a task dies once: as soon as the bench's state folder has a file "die".

With "drawing" in that file the drawing of messages is broken as well; with "late" the keypad's task is not dead but stands still.
"""

import asyncio
import os
import sys

import machine

from taptill.app.widgets import pager
from taptill.drivers import keypad, wifi

_here = __file__[: __file__.rfind("/")]
_watch = wifi.Wifi._watch


async def _dies(self) -> int:
    """As ever, until the file is there; then a bug, with a secret in its words."""
    path = machine.world().state_dir + "/die"
    watching = asyncio.create_task(_watch(self))
    while not watching.done():
        try:
            with open(path) as file:
                how = file.read()
        except OSError:
            await asyncio.sleep_ms(20)
            continue
        os.remove(path)
        if how == "late":
            keypad.Keypad.step = lambda self: 3600000
            continue
        if how == "drawing":
            pager.sentences = None
        raise ValueError("PAN 4761739001010010 is no number")
    return await watching


def main() -> None:
    """Put the firmware's own main.py in the place of this one, and start it."""
    wifi.Wifi._watch = _dies
    sys.path.remove(_here)
    del sys.modules["main"]
    import main as real

    real.main()
