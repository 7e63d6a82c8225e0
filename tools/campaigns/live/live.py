"""Live bytes of the terminal in its everyday states, without the network: how much heap is in use after a collection.

Everything that a board loads is loaded: main.py's whole tree, on stand-ins for the modules that the hardware brings.  The host
and the card are a few lines here.  Runs on any MicroPython: the figures of a 32-bit one are those that matter for an ESP32.

The WebAssembly port collects only between two calls from outside, so a walk is made in steps: `step()` goes on to the next
state and gives its name, then the heap is collected, then `note()` writes down what is in use.
"""

import binascii
import gc
import sys

_SETTINGS = {
    "merchant_name": "Corner shop",
    "merchant_id": "123456789012345",
    "terminal_id": "12345678",
    "host": "host",
    "port": 1,
    "tls": False,
    "reversal_tries": 1,
}
_NAMES = 64  # entries that are made at once: what is left over of them stays far below the next line
_TABLE = 50000  # bytes: more than 4,000 entries
_MAK = b"a key for MACs 2"
# A qVSDC card without AFL: head of a command -> answer.
_CARD = {
    "00A404000E": "6F30840E325041592E5359532E4444463031A51EBF0C1B61194F07A0000000031010500B56495341204352454449548701019000",
    "00A4040007": "6F488407A0000000031010A53D500B56495341204352454449549F38189F66049F02069F03069F1A0295055F2A029A039C019F37045F2D"
    "04656E7A68870101BF0C089F5A0540015601569000",
    "80A8000023": "77478202200057134693801184579311D24072010000064700000F5F3401019F100706100A03A000009F2608C303C0EBCC51F73D"
    "9F360200099F2701809F6C0228009F6E04207000009000",
}
# What main.py imports while it starts, in an everyday start; the modules that these import come with them.
MODULES = (
    "taptill.adapters.blocks",
    "taptill.core.profiles",
    "taptill.app.fault",
    "taptill.app.shop",
    "taptill.app.diary",
    "taptill.app.guidance",
    "taptill.app.ui",
    "taptill.app.widgets.canvas",
    "taptill.app.widgets.glyphs",
    "taptill.app.widgets.texts",
    "taptill.app.witness",
    "taptill.adapters.clock",
    "taptill.adapters.console",
    "taptill.adapters.entropy",
    "taptill.adapters.files",
    "taptill.adapters.given",
    "taptill.adapters.hostlink",
    "taptill.adapters.keystore",
    "taptill.adapters.logbook",
    "taptill.adapters.owner",
    "taptill.adapters.parts",
    "taptill.adapters.passwords",
    "taptill.adapters.reader",
    "taptill.adapters.sealed",
    "taptill.adapters.slot",
    "taptill.adapters.store",
    "taptill.adapters.watchdog",
    "taptill.core.build",
    "taptill.core.config",
    "taptill.core.errors",
    "taptill.core.logbook",
    "taptill.core.setup",
    "taptill.core.journal.timestamp",
    "taptill.drivers.buzzer",
    "taptill.drivers.keypad",
    "taptill.drivers.oled",
    "taptill.drivers.parts",
    "taptill.drivers.pn532.chip",
    "taptill.drivers.pn532.spi",
    "taptill.drivers.wifi",
    "taptill.flows.health",
    "taptill.flows.terminal",
)


class _Lacking:
    """Stands for a module of the hardware."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str):
        return _Lacking


class _Bus:
    """I2C without anything on it."""

    def writeto(self, address: int, data, stop: bool = True) -> None:
        """Nobody listens."""

    def writeto_mem(self, address: int, register: int, data, addrsize: int = 8) -> None:
        """Nobody listens."""


class _Folder:
    """Files in a dict."""

    def __init__(self):
        self.content = {}

    def inner(self, name: str) -> "_Folder":
        return _Folder()

    def own(self) -> None:
        """It is there."""

    def ensure(self) -> None:
        """It is there."""

    def names(self) -> list:
        return list(self.content)

    def size(self, name: str) -> int:
        return len(self.content[name]) if name in self.content else -1

    def read(self, name: str, limit: int = 4096):
        return self.content.get(name)

    def part(self, name: str, start: int, count: int) -> bytes:
        return self.content[name][start : start + count]

    def write(self, name: str, data) -> None:
        self.content[name] = bytes(data)

    def append(self, name: str, data) -> None:
        self.content[name] = self.content.get(name, b"") + bytes(data)

    def rename(self, name: str, other: str) -> None:
        self.content[other] = self.content.pop(name)

    def blank(self, name: str, size: int) -> None:
        self.content[name] = b""  # zeros are in flash, and weigh nothing here

    def remove(self, name: str) -> None:
        del self.content[name]


class _LogFolder(_Folder):
    """Takes all and keeps nothing: the log's files are in flash."""

    def write(self, name: str, data) -> None:
        """It is written."""


class _Seal:
    """No sealing: what it costs is not asked here."""

    def seal(self, magic: int, seq: int, revision: int, clear: bytes) -> bytes:
        return bytes((magic,)) + seq.to_bytes(4, "little") + clear

    def open(self, magic: int, sealed: bytes) -> tuple:
        return int.from_bytes(sealed[1:5], "little"), 0, sealed[5:]


class _Pause:
    """Awaited, it stops the flow and names the state that it stops in."""

    def __init__(self, state: str):
        self._state = state

    def __await__(self):
        yield self._state

    __iter__ = __await__


class _Tap:
    """Reader and card."""

    async def wait_card(self, timeout_ms: int, cancelled):
        await _Pause("present")
        return self

    async def transceive(self, capdu, timeout_ms: int = 5000):
        await _Pause("reading")
        head = binascii.hexlify(bytes(capdu[:5])).decode().upper()
        return memoryview(binascii.unhexlify(_CARD.get(head, "6A82")))

    async def off(self) -> None:
        """Nothing to switch off."""


class _Keys:
    def __init__(self, mac):
        self.mac = mac

    def ready(self) -> bool:
        return True


class _Host:
    """Approves what comes; `silent` answers are kept."""

    def __init__(self, mac):
        self._mac = mac
        self.silent = 0

    async def link_up(self, timeout_ms: int) -> bool:
        return True

    async def connect(self) -> None:
        """Always there."""

    async def close(self) -> None:
        """Nothing to close."""

    async def exchange(self, request, accept, timeout_ms: int):
        from taptill.core import profiles
        from taptill.core.errors import HostTimeout

        profile = profiles.load(profiles.DEFAULT)
        await _Pause("reversing" if request[11] == 4 else "waiting")
        if self.silent:
            self.silent -= 1
            raise HostTimeout("host: no answer")
        ask = profile.parse(request)
        fields = {number: ask.fields[number] for number in (3, 4, 11, 25, 41, 42, 49, 60) if number in ask.fields}
        fields.update({12: "101530", 13: "1122", 37: "112200000001", 38: "A00001", 39: "00"})
        mti = ask.mti[:2] + "%02d" % (int(ask.mti[2:]) + 10)
        return accept(profile.build(mti, fields, ask.tpdu, ask.header, self._mac))


class _Clock:
    def now(self) -> tuple:
        return (2026, 11, 22, 10, 15, 30)

    def today(self) -> str:
        return "261122"

    async def pause(self, milliseconds: int) -> None:
        """No time passes."""


class _Face:
    """The terminal's own face, and a person who agrees to everything."""

    def __init__(self, ui):
        self.progress = ui.progress

    def visible(self) -> bool:
        return True

    def cancelled(self) -> bool:
        return False

    async def again(self, ended) -> bool:
        return False

    async def pin(self, amount: int):
        return None

    async def agree(self, asked, stan: int) -> bool:
        return True


class _Entropy:
    def bytes(self, count: int) -> bytes:
        return bytes(range(count))


class Walk:
    """`assets` is the folder of the tree's taptill; `seen` {state: most bytes of the firmware that lived in it}."""

    def __init__(self, assets: str):
        sys.modules["machine"] = _Lacking("machine")  # what other ports have of it is not what a board has
        for name in ("network", "esp32", "socket", "ssl", "tls", "cryptolib", "select"):
            try:
                __import__(name)
            except ImportError:
                sys.modules[name] = _Lacking(name)
        self.seen = {}
        self._assets = assets
        self._start = self._names = 0
        self._going = self._states()

    def prepare(self) -> bool:
        """The heap was collected: let the VM's table of names grow a little; True when it has doubled and has room for all.

        Frozen code has its names in flash.  Here each needs an entry of a table that doubles whenever it is full, so that one
        name more can weigh 30 kB: a cost of this measure and not of the firmware.
        """
        before = gc.mem_alloc()
        for _ in range(_NAMES):
            hasattr(None, "name%d" % self._names)  # looking an attribute up makes an entry
            self._names += 1
        return gc.mem_alloc() - before > _TABLE

    def begin(self) -> None:
        """The heap was collected: what is in use now is not the firmware's."""
        self._start = gc.mem_alloc()

    def step(self) -> str:
        """On to the next state: its name, "" at the end."""
        return next(self._going, "")

    def note(self, state: str) -> None:
        """The heap was collected: what is in use now, this state needs."""
        self.seen[state] = max(self.seen.get(state, 0), gc.mem_alloc() - self._start)

    def _states(self):
        for name in MODULES:
            __import__(name)
        yield "loaded"
        terminal, host = _terminal(self._assets)
        from taptill.flows import sale

        yield "idle"
        for kind, silent, flow in (
            ("sale", 0, lambda: sale.sale(terminal, 1250)),
            ("sale", 0, lambda: sale.sale(terminal, 990)),
            ("reversal", 1, lambda: sale.sale(terminal, 1250)),
            ("void", 0, lambda: _void(terminal)),
            ("void reversed", 1, lambda: _void(terminal)),
        ):
            host.silent = silent
            running = flow()
            while True:
                try:
                    state = running.send(None)
                except StopIteration as done:
                    if done.value.end not in (1, 5):  # approved, reversed
                        raise RuntimeError("%s: ended as %d, why %d" % (kind, done.value.end, done.value.why))
                    break
                yield kind + ": " + state
        yield "idle again"


async def _void(terminal):
    """As the menu does it, which the shop imports when it is asked for."""
    from taptill.app.room import Room

    with Room():
        from taptill.app.pages import void
    return await void.void(terminal, 0)


def _terminal(assets: str) -> tuple:
    """(flows.terminal.Terminal, its host) as main.py makes it, on the stand-ins above."""
    from taptill.adapters.logbook import LogFiles
    from taptill.adapters.store import FlashStore
    from taptill.app.diary import Diary
    from taptill.app.guidance import Guidance
    from taptill.app.ui import Ui
    from taptill.app.widgets.canvas import Canvas
    from taptill.app.widgets.glyphs import Glyphs
    from taptill.app.widgets.texts import Texts
    from taptill.core import profiles
    from taptill.core.config import Config
    from taptill.core.des import Des
    from taptill.core.setup import emv_config
    from taptill.drivers.oled import Oled
    from taptill.flows.terminal import Terminal

    glyphs = Glyphs(assets + "/fonts/glyphs.bin")
    glyphs.open()
    texts = Texts(assets + "/texts")
    texts.use("en")
    canvas = Canvas(Oled(128, 64, _Bus()), glyphs, texts)
    buzzer = _Lacking("buzzer")
    buzzer.play = lambda pattern: None
    log = LogFiles(_LogFolder(), lambda: 0, lambda: 0)
    log.open(1)
    diary = Diary(log)
    watched = (diary,)
    ui = Ui(canvas, Guidance(assets + "/texts/guidance.bin"), None, buzzer, (b"", b"", b"", b""), None, watched, diary.warn)
    store = FlashStore(_Folder(), _Seal(), diary.recorded, diary.warn)
    store.open()
    mak = Des(_MAK)
    config = Config(_SETTINGS)
    profile = profiles.load(config.profile)

    def mac(data) -> bytes:
        return profile.mac_code(config.mac, mak, data)

    host = _Host(mac)
    return Terminal(config, emv_config(config), host, _Tap(), store, _Keys(mac), _Clock(), _Face(ui), _Entropy()), host


def measure(assets: str) -> dict:
    """{state: bytes}, where a collection can be made at any place."""
    walk = Walk(assets)
    grown = False
    while not grown:
        gc.collect()
        grown = walk.prepare()
    gc.collect()
    walk.begin()
    while True:
        state = walk.step()
        if not state:
            return walk.seen
        gc.collect()
        gc.collect()
        walk.note(state)
