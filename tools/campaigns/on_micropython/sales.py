"""Approved sales one after the other, without screens or wires: flash writes of a sale, and whether the heap grows.

    micropython sales.py COUNT FOLDER-FOR-THE-FLASH-IMAGE FOLDER…

The firmware's flows, keys, sealed store and LittleFS over the flash model; a virtual Visa card and a host that approves
everything stand beside them in the same process.  The folders (bench, lib, firmware) go on the path.  Prints one JSON
object: a row [sales, erases, programs, bytes, busy microseconds, heap of the firmware] for each of the marks.
"""

import gc
import sys

for _folder in sys.argv[3:]:
    sys.path.insert(1, _folder)

import array
import json

_MARKS = (0, 1, 11, 100, 101, 111, 1000)
_ROW = 6
_SETTINGS = {
    "merchant_name": "Corner shop",
    "merchant_id": "123456789012345",
    "terminal_id": "12345678",
    "host": "host",
    "port": 1,
    "tls": False,
}
_TMK = b"the terminal key"
_PIK = b"a key for PINs 1"
_MAK = b"a key for MACs 2"
_MAC = "ecb"


class Card:
    """ports.Card on a virtual card, without air and wires."""

    def __init__(self, app):
        self._app = app

    async def transceive(self, capdu, timeout_ms: int = 5000):
        return memoryview(self._app.transmit(bytes(capdu)))


class Reader:
    """ports.Reader: the card is there at once."""

    def __init__(self, app):
        self._app = app

    async def wait_card(self, timeout_ms: int, cancelled):
        self._app.activated()
        return Card(self._app)

    async def off(self) -> None:
        self._app.activated()


class Host:
    """ports.Host: approves what comes, under the terminal's own MAC key; keeps nothing."""

    def __init__(self, mac):
        self._mac = mac

    async def connect(self) -> None:
        """Always there."""

    async def close(self) -> None:
        """Nothing to close."""

    async def exchange(self, request, accept, timeout_ms: int):
        ask = profile.parse(request)
        fields = {number: ask.fields[number] for number in (3, 4, 11, 25, 41, 42, 49, 60)}
        fields.update({12: "101530", 13: "1122", 37: "1122" + "00" + fields[11], 38: "A00001", 39: "00"})
        return accept(profile.build("0210", fields, ask.tpdu, ask.header, self._mac))


class Clock:
    """ports.Clock that stands still."""

    def now(self):
        return (2026, 11, 22, 10, 15, 30)

    def today(self) -> str:
        return "261122"

    async def pause(self, milliseconds: int) -> None:
        """No time passes."""

    def set_from_host(self, f12: str, f13: str) -> None:
        """It stands."""


class Screen:
    """ports.Screen without a person."""

    def progress(self, step: int, amount: int = 0, detail: int = 0) -> None:
        """Nobody looks."""

    def visible(self) -> bool:
        return True

    def cancelled(self) -> bool:
        return False

    async def pin(self, amount: int):
        return None


def _used() -> int:
    gc.collect()
    return gc.mem_alloc()


def _wrapped_keys() -> bytes:
    """F62 of a sign-on answer."""
    wrapped = b""
    for key in (_PIK, _MAK):
        tmk = Des(_TMK)
        wrapped += tmk.encrypt(key[:8]) + tmk.encrypt(key[8:]) + kcv(key)
    return wrapped


def _terminal(flash_keys, store, card):
    from taptill.adapters.entropy import HardwareEntropy
    from taptill.core.config import Config
    from taptill.core.setup import emv_config
    from taptill.flows.terminal import Terminal

    mak = Des(_MAK)
    config = Config(_SETTINGS)
    return Terminal(
        config,
        emv_config(config),
        Host(lambda data: profile.mac_code(_MAC, mak, data)),
        Reader(card),
        store,
        flash_keys,
        Clock(),
        Screen(),
        HardwareEntropy(),
    )


def _sell(terminal) -> None:
    from taptill.flows import result, sale

    running = sale.sale(terminal, 1250)
    try:
        while True:
            running.send(None)
    except StopIteration as done:
        if done.value.end != result.APPROVED:
            raise AssertionError("sale: not approved, why " + str(done.value.why))


def main(count: int, folder: str) -> None:
    global Des, kcv, profile

    # What the card and the host here share with the firmware counts as the firmware's.
    before = _used()
    from taptill.core import profiles
    from taptill.core.des import Des
    from taptill.core.keycheck import kcv

    profile = profiles.load(profiles.DEFAULT)

    shared = _used() - before
    import storage

    import cards

    flash = storage.open_flash(folder)
    storage.mount(flash, "/data")
    card = cards.make("visa-credit")
    models = _used() - shared

    from taptill.adapters.files import Folder
    from taptill.adapters.keystore import KeyStore
    from taptill.adapters.sealed import Seal
    from taptill.adapters.store import FlashStore

    place = Folder("/data")
    seal = Seal(b"0123456789abcdef")
    flash_keys = KeyStore(place, seal, profile, _MAC)
    flash_keys.inject(_TMK)
    flash_keys.install(_wrapped_keys())
    store = FlashStore(place, seal)
    store.open()
    terminal = _terminal(flash_keys, store, card)

    # Room for all marks is there from the start: noting them must not look like growth.
    rows = array.array("q", bytes(8 * _ROW * (len(_MARKS) + 1)))
    filled = 0
    for number in range(count + 1):
        if number:
            _sell(terminal)
        if number in _MARKS or number == count:
            rows[filled] = number
            rows[filled + 1] = flash.erases
            rows[filled + 2] = flash.programs
            rows[filled + 3] = flash.bytes_programmed
            rows[filled + 4] = flash.busy_us
            rows[filled + 5] = _used() - models
            filled += _ROW
        if not number % 50:
            print(number)  # for the progress bar
    table = [list(rows[at : at + _ROW]) for at in range(0, filled, _ROW)]
    print(json.dumps({"rows": table, "faults": flash.faults, "journal": sum(1 for _ in store.records())}))


main(int(sys.argv[1]), sys.argv[2])
