"""ports.Parts: each part of the board is asked in its own way.

What costs flash reads or writes is done only when it is to be thorough: the room on flash is counted block by block, and a file
is written, read back and removed.
"""

import gc

from ..core import checks
from ..core.checks import Finding
from ..core.errors import StoreError
from ..drivers import wifi as radio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.keypad import Keypad
    from ..drivers.oled import Oled
    from ..drivers.wifi import Wifi
    from .blocks import Blocks
    from .clock import RtcClock
    from .files import Folder
    from .keystore import KeyStore
    from .reader import CardReader
    from .store import FlashStore


_FILE = "selftest"
_PATTERN = bytes(range(64))
_FULL_PERCENT = 90
# The largest single piece that a payment asks for: an answer of the host (adapters.hostlink).  More is not tried: a request that
# the heap cannot meet makes the port's heap grow, once and for all.
_BLOCK = 2048
_WEAK_DBM = -75
_UNSET = checks.UNTESTED, "", "the terminal has no settings"
_SETTERS = ("", "time server", "host")


class BoardParts:
    """`wifi`, `oled`, `keypad` … as main.py has made them; `flash` is the guarded block device or None.

    A part is asked by the method of its name in core.checks.  A board without settings has no store, no keys, no clock that
    anybody sets and no Wi-Fi to join: what is None is not tested.
    """

    def __init__(
        self,
        keypad: "Keypad",
        oled: "Oled",
        reader: "CardReader",
        folder: "Folder",
        flash: "Blocks | None",
        store: "FlashStore | None" = None,
        keys: "KeyStore | None" = None,
        clock: "RtcClock | None" = None,
        wifi: "Wifi | None" = None,
    ):
        self._keypad = keypad
        self._oled = oled
        self._reader = reader
        self._folder = folder
        self._flash = flash
        self._store = store
        self._keys = keys
        self._clock = clock
        self._wifi = wifi

    async def ask(self, part: int, thorough: bool) -> Finding:
        if part == checks.READER:
            fault, value, detail = await self._reader.test(thorough)
        elif part == checks.FLASH:
            fault, value, detail = self._flash_test(thorough)
        elif part == checks.BUZZER:
            fault, value, detail = checks.UNTESTED, "", ""
        else:
            look = {
                checks.KEYPAD: self._keypad_look,
                checks.DISPLAY: self._display_look,
                checks.CLOCK: self._clock_look,
                checks.MEMORY: self._memory_look,
                checks.WIFI: self._wifi_look,
                checks.KEYS: self._keys_look,
            }[part]
            fault, value, detail = look()
        return Finding(part, fault, value, detail, thorough)

    def _keypad_look(self) -> "tuple[int, str, str]":
        stuck = self._keypad.stuck()
        return (checks.KEY_STUCK, stuck, "down all the time") if stuck else (checks.WELL, "", "no key is stuck")

    def _display_look(self) -> "tuple[int, str, str]":
        if self._oled.answers():
            return checks.WELL, "", "answers at 0x%02X" % self._oled.addr
        return (
            checks.DISPLAY_OTHER if self._oled.other_chip else checks.DISPLAY_SILENT,
            "",
            "no SSD1306 at 0x%02X" % self._oled.addr,
        )

    def _flash_test(self, thorough: bool) -> "tuple[int, str, str]":
        told = "erases since the start %s" % (self._flash.erases if self._flash else "not known")
        fault, value = checks.WELL, ""
        if self._store:
            left, places = self._store.places()
            told = "journal %d of %d, " % (places - left, places) + told
            fault = checks.FLASH_FILLING if 100 * left <= (100 - _FULL_PERCENT) * places else checks.WELL
            value = "%d%%" % (100 * (places - left) // places)
        if self._flash and self._flash.closed:
            return checks.FLASH_REFUSES, "", "takes nothing before the next start, " + told
        if thorough:
            try:
                block, blocks, free = self._folder.space()
                told = "%d of %d kB free, " % (free * block // 1024, blocks * block // 1024) + told
                if 100 * free <= (100 - _FULL_PERCENT) * blocks:
                    fault = checks.FLASH_FILLING
                self._write_and_read()
            except (OSError, StoreError) as error:
                full = isinstance(error, StoreError) and error.full
                return checks.FLASH_FILLING if full else checks.FLASH_REFUSES, "", str(error) + ", " + told
        return fault, value, told

    def _write_and_read(self) -> None:
        """A small file, whole there and gone again.  Raises StoreError."""
        self._folder.write(_FILE, _PATTERN)
        read = self._folder.read(_FILE)
        self._folder.remove(_FILE)
        if read != _PATTERN:
            raise StoreError(_FILE + ": read back otherwise than written")

    def _clock_look(self) -> "tuple[int, str, str]":
        if not self._clock:
            return _UNSET
        now = self._clock.now()
        if now is None:
            return checks.CLOCK_UNKNOWN, "", "not set"
        age = self._clock.age_s()
        by = _SETTERS[self._clock.setter] or "before the last restart"
        since = "" if age < 0 else ", %d h %02d min ago" % (age // 3600, age // 60 % 60)
        return checks.WELL, "%02d:%02d" % now[3:5], "%04d-%02d-%02d, set by %s%s" % (now[0], now[1], now[2], by, since)

    def _memory_look(self) -> "tuple[int, str, str]":
        gc.collect()
        value, told = "%d kB" % (gc.mem_free() // 1024), _outside_of_the_heap()
        try:
            bytearray(_BLOCK)
        except MemoryError:
            return checks.MEMORY_LOW, value, "no block of %d bytes%s" % (_BLOCK, told)
        return checks.WELL, value, "a block of %d bytes%s" % (_BLOCK, told)

    def _wifi_look(self) -> "tuple[int, str, str]":
        if not self._wifi:
            return _UNSET
        if self._wifi.state != radio.UP:
            return checks.NO_NETWORK, "", "not joined, state %d" % self._wifi.failure
        level = self._wifi.rssi()
        return checks.SIGNAL_LOW if level < _WEAK_DBM else checks.WELL, "%d dBm" % level, self._wifi.addresses()[0]

    def _keys_look(self) -> "tuple[int, str, str]":
        if not self._keys:
            return _UNSET
        told = ", ".join([name + " " + value for name, value in self._keys.check_values()])
        if not self._keys.has_master():
            return checks.NO_MASTER_KEY, "", told or "no TMK"
        return checks.WELL if self._keys.ready() else checks.NO_WORKING_KEYS, "", "device key, check values " + told


def _outside_of_the_heap() -> str:
    """What TLS and Wi-Fi have: the port's own memory, free and its largest piece."""
    import esp32

    areas = esp32.idf_heap_info(esp32.HEAP_DATA)
    return ", outside of the heap %d bytes free, at most %d in one piece" % (
        sum([area[1] for area in areas]),
        max([area[2] for area in areas]),
    )
