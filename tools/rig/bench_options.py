"""How a bench is set up, and the errors it knows."""

import pathlib
import re

CODE = ("rom", "lfs")
_ROMFS = b"\xd2\xcd1"  # MicroPython, extmod/vfs_rom.c
_SUPERBLOCKS = 8192  # LittleFS, SPEC.md: each of its first two blocks has the name behind tag and revision
HEAPS = {"rom": "320k", "lfs": "2M"}
PORT = "port"  # a heap that grows as the port's does
TRACES = ("net", "flash", "apdu", "bus", "host")
_LONG_RUN = re.compile(r"[0-9]{13,}")  # may be a card number
# The chip models leave the firmware no less than this, and no computer has to give more.
_LEAST_HEAP, _MOST_HEAP = 64 << 10, 1 << 30


def without_cards(event: dict) -> dict:
    """Nobody here can tell card data from the rest: of a card's and a host's bytes nothing goes out, of texts no long number."""
    kept = {name: "" if name in ("c", "r", "hex") else value for name, value in event.items() if name != "misses"}
    if kept.get("ev") in ("log", "power", "error"):  # a process may print anything before it ends
        kept = {name: _LONG_RUN.sub(_stars, value) if isinstance(value, str) else value for name, value in kept.items()}
    return kept


def _stars(run: re.Match) -> str:
    return "*" * len(run.group())


class BenchError(Exception):
    """The bench cannot do what was asked; one clear line."""


class PowerLost(BenchError):
    """The terminal's power went while a command was under way."""


class Options:
    """How a bench is set up.  All have defaults.

    board     folder below boards/
    code      "rom": executed in place, as frozen code is; "lfs": loaded into the heap.  "" is what the board does: one with
              PSRAM runs MicroPython's own download, which loads its code
    image     a file of `till image` (or the file system of a board) with other code than the project's; it tells `code`
    heap      what the firmware may use of the MicroPython heap, "192k"; the models have their own share beside it.
              "" is HEAPS of the code, PORT what the board has: it begins small and grows (tools/bench/memory.py)
    speed     ticks and sleeps run so many times as fast
    trace     kinds of events wanted: net, flash, apdu, bus, host (comma separated)
    wifi      is the access point on the air at first   ssid, password   what it asks for ("" takes anything)
    bounce_us how long a key's contact bounces          reader_scale     factor on the PN532's own times
    rise_us   how long the keypad's lines take to rise (65: 70 cm of cable)
    tick_ms   the firmware's waiting ends at ticks so far apart, as on the ESP32's port (10); 0: at any millisecond
    port      of the public socket (0: any free one, None: no such socket)
    firmware  another folder with a main.py, instead of the project's
    restart   switch on again after a reset or a watchdog bite
    history   how many events are remembered
    cover     what clients of the public socket get of an event: a function; by default nothing of cards and messages
    route     port of this computer to which the access point leads the terminal's connections (0: where they are meant to go)
    hold_clock  the calendar stands still at what it was set to: the same pictures at any hour
    """

    def __init__(self, **values):
        self.board = "esp32_devkitc"
        self.code = ""
        self.image = ""
        self.heap = ""
        self.speed = 1
        self.trace = "net,flash,apdu"
        self.wifi = True
        self.ssid = ""
        self.password = ""
        self.bounce_us = 4000
        self.rise_us = 0
        self.tick_ms = 10
        self.reader_scale = 1
        self.port = 0
        self.firmware = ""
        self.restart = True
        self.history = 20000
        self.cover = without_cards
        self.route = 0
        self.hold_clock = False
        for name, value in values.items():
            if not hasattr(self, name):
                raise BenchError(f"bench option {name}: there is no such option")
            setattr(self, name, value)
        if self.code not in ("", *CODE):
            raise BenchError(f"bench option code: {self.code} is neither {' nor '.join(CODE)}")

    def settle(self, code: str) -> None:
        """Fill in what is left to image and board: where the code lives, and the heap that goes with it.  Raises BenchError."""
        kind = _kind(pathlib.Path(self.image)) if self.image else ""
        if kind and self.code not in ("", kind):
            raise BenchError(f"image {self.image}: its code is not {self.code}, but {kind}")
        self.code = kind or self.code or code
        self.heap = self.heap or HEAPS[self.code]


def _kind(image: pathlib.Path) -> str:
    """Where the code of an image lives, one of CODE.  Raises BenchError."""
    try:
        with image.open("rb") as file:
            begin = file.read(_SUPERBLOCKS)
    except OSError as error:
        raise BenchError(f"image {image}: {error.strerror}") from None
    if begin.startswith(_ROMFS):
        return "rom"
    if any(begin[at + 8 :].startswith(b"littlefs") for at in (0, _SUPERBLOCKS // 2)):
        return "lfs"
    raise BenchError(f"image {image}: neither a ROMFS nor a LittleFS image")


def size_of(text: str, port: int = 0) -> int:
    """Bytes of "192k", "1M" or "200000", a heap's size; `port` of them when it is PORT.  Raises BenchError."""
    if text == PORT:
        return port
    units = {"k": 1024, "m": 1024 * 1024}
    digits, factor = (text[:-1], units[text[-1].lower()]) if text and text[-1].lower() in units else (text, 1)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 12:
        raise BenchError(f"heap size {text}: not a number of bytes such as 192k, nor {PORT}")
    if not _LEAST_HEAP <= int(digits) * factor <= _MOST_HEAP:
        raise BenchError(f"heap size {text}: from 64k to 1024M")
    return int(digits) * factor
