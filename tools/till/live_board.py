"""May the board that is plugged in run the terminal?  Asked before anything is copied, decided here, and told in one line.

Whether a table of wires is sound is another question, and needs no board: wiring.rules.

The firmware that `till deploy` copies lives in the board's RAM.  MicroPython's ESP32 port begins with a heap of 56 kB
(64 kB on other chips) and adds areas while the system has any; Wi-Fi and TLS want their part of the same memory.  On a
chip without PSRAM that is not enough for code and sale together, with PSRAM there are megabytes.

Sources: MicroPython 1.25, ports/esp32: `mpconfigport.h` (first heap area, areas added on demand), `py/modgc.c`
(`gc.mem_free()` counts what the heap can still grow by), `boards/*/board.json` and `mpconfigvariant_*.cmake` (which
image has PSRAM switched on), `machine_pin.h` (pins that an image does not have), `py/modsys.c` (`sys.implementation`).
"""

import dataclasses
import re

from wiring.table import Board

OLDEST = (1, 25)
_NEEDED = 1 << 20  # bytes of heap: the least PSRAM sold is 2 MB, the most RAM without it half of one
_MARK = "till-asks"
_GET_ANOTHER = "use an ESP32-S3 with PSRAM, or an ESP32-WROVER with MicroPython's ESP32_GENERIC-SPIRAM image"

# Runs on whatever the board has: old MicroPython, CircuitPython, another port.  What cannot be said stays unsaid.
_QUESTIONS = """\
import gc, sys
def tell(what, ask):
    try:
        print({mark!r}, what, ask())
    except (AttributeError, ImportError, KeyError, TypeError, ValueError, OSError):
        pass
def lacks(gpio):
    from machine import Pin
    try:
        Pin(gpio)
    except ValueError:
        return True
gc.collect()
tell('name', lambda: sys.implementation.name)
tell('version', lambda: '.'.join([str(part) for part in sys.implementation.version[:3]]))
tell('platform', lambda: sys.platform)
tell('machine', lambda: sys.implementation._machine)
tell('build', lambda: sys.implementation._build)
tell('mpy', lambda: sys.implementation._mpy & 255)
tell('heap', lambda: gc.mem_free() + gc.mem_alloc())
tell('wifi', lambda: bool(__import__('network').WLAN))
tell('lacking', lambda: ' '.join([str(gpio) for gpio in {gpios!r} if lacks(gpio)]))
print({mark!r}, 'end')
"""


class NoAnswer(Exception):
    """The board did not say what it is; one line."""


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a board says of itself; empty or 0 what it cannot say.

    `version` of MicroPython, (1, 25, 0); `machine` as "Generic ESP32 module with ESP32"; `build` as
    "ESP32_GENERIC-SPIRAM"; `mpy` the version of .mpy files that it reads; `heap` bytes that Python's heap has and can
    still grow by; `lacking` the wired GPIOs that it does not have.
    """

    name: str = ""
    version: tuple = ()
    platform: str = ""
    machine: str = ""
    build: str = ""
    mpy: int = 0
    heap: int = 0
    wifi: bool = False
    lacking: tuple = ()

    @property
    def chip(self) -> str:
        """Its family: "ESP32", "ESP32-S3" …"""
        found = re.match(r"ESP32-?([A-Z]\d+)", self.machine.rpartition(" with ")[2])
        return f"ESP32-{found[1]}" if found else "ESP32"

    def __str__(self) -> str:
        version = ".".join(str(part) for part in self.version)
        return f"{self.machine or self.platform or 'it'}, {self.name or 'no name'} {version}".rstrip()


def questions(gpios) -> str:
    """What a board is asked to run: it prints its facts."""
    return _QUESTIONS.format(mark=_MARK, gpios=tuple(sorted(gpios)))


def facts(said: str) -> Facts:
    """The facts that a board has printed, whatever its boot.py printed between them.  Raises NoAnswer."""
    found = {}
    for line in said.splitlines():
        words = line.split(None, 2)
        if words[:1] == [_MARK] and len(words) > 1:
            found[words[1]] = words[2] if len(words) > 2 else ""
    if "end" not in found:
        raise NoAnswer("it does not say what it is: is it a board with MicroPython that nothing else talks to?")
    del found["end"]
    try:
        numbers = {name: int(found.pop(name)) for name in ("mpy", "heap") if name in found}
        return Facts(
            version=tuple(int(part) for part in found.pop("version", "").split(".") if part),
            lacking=tuple(int(gpio) for gpio in found.pop("lacking", "").split()),
            wifi=found.pop("wifi", "") == "True",
            **numbers,
            **found,
        )
    except (TypeError, ValueError):
        raise NoAnswer("what it says of itself cannot be read") from None


def refusal(board: Facts, wanted: Board, others, mpy: int) -> str | None:
    """Why the firmware cannot run there and what to use instead, in one line; None when it can.

    `wanted` is the folder of boards/ to be used, `others` all that there are; `mpy` the version of the compiled files.
    """
    if board.name != "micropython":
        return f"{board}: MicroPython {_dotted(OLDEST)} or later is wanted there; {_GET_ANOTHER}"
    if board.platform != "esp32":
        return f"{board}: this is MicroPython's {board.platform or 'unknown'} port, TapTill runs on the ESP32; {_GET_ANOTHER}"
    if board.version < OLDEST:
        return f"{board}: too old; flash MicroPython {_dotted(OLDEST)} or later"
    if board.mpy != mpy:
        reads = f"reads .mpy files of version {board.mpy}, not {mpy}" if board.mpy else "reads no .mpy files"
        return f"{board}: this build {reads}; flash MicroPython's own image for the ESP32, {_dotted(OLDEST)} or later"
    if not board.wifi:
        return f"{board}: no Wi-Fi; {_GET_ANOTHER}"
    if board.heap < _NEEDED:
        return f"{board}: no PSRAM in use, {board.heap // 1024} kB of memory are too few for the terminal; {_memory(board)}"
    return _misfit(board, wanted, others)


def _dotted(version: tuple) -> str:
    return ".".join(str(part) for part in version)


def _memory(board: Facts) -> str:
    """What to do about a board whose heap stays small: the image may leave PSRAM off, or there is none."""
    if board.chip == "ESP32":
        own = "a plain ESP32 (WROOM-32) needs an image of its own (boards/esp32_devkitc/README.md)"
        if "SPIRAM" in board.build:
            return f"the image would use it, so the module has none: {own}; or {_GET_ANOTHER}"
        return (
            f"a module that has PSRAM (WROVER) needs MicroPython's ESP32_GENERIC-SPIRAM image, {own}; "
            "or use an ESP32-S3 with PSRAM"
        )
    if board.chip == "ESP32-S3":
        if "SPIRAM_OCT" in board.build:
            other = "a module with quad PSRAM (R2) needs MicroPython's ESP32_GENERIC_S3 image"
        else:
            other = "a module with octal PSRAM (N8R8, N16R8) needs MicroPython's ESP32_GENERIC_S3-SPIRAM_OCT image"
        return f"{other}; without PSRAM use another: an ESP32-S3 with PSRAM, or an ESP32-WROVER"
    return _GET_ANOTHER


def _misfit(board: Facts, wanted: Board, others) -> str | None:
    """Does the folder belong to another board?"""
    lacking = [gpio for gpio in sorted(wanted.gpios) if gpio in board.lacking]
    if wanted.chip == board.chip and not lacking:
        return None
    fitting = [each.folder for each in others if each.chip == board.chip and not set(each.gpios) & set(board.lacking)]
    instead = f"name --board {' or '.join(fitting)}" if fitting else "make a folder with its wiring and name it with --board"
    if wanted.chip != board.chip:
        return f"{board}: boards/{wanted.folder} is the wiring of an {wanted.chip}; {instead}"
    pins = ", ".join(str(gpio) for gpio in lacking)
    return f"{board}: boards/{wanted.folder} wires GPIO {pins}, which this board does not have free; {instead}"
