"""Live bytes of the terminal in its everyday states, without the network: how much heap is in use after a collection.

Everything that a board loads is loaded: main.py's whole tree, on stand-ins for the modules that the hardware brings.  Host and
card are a few lines in stand_ins.py.  Runs on any MicroPython: the figures of a 32-bit one are those that matter for an ESP32.

The WebAssembly port collects only between two calls from outside, so a walk is made in steps: `step()` goes on to the next
state and gives its name, then the heap is collected, then `note()` writes down what is in use.
"""

import gc
import sys

import stand_ins

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


class Walk:
    """`assets` is the folder of the tree's taptill; `seen` {state: most bytes of the firmware that lived in it}."""

    def __init__(self, assets: str):
        sys.modules["machine"] = stand_ins.Lacking("machine")  # what other ports have of it is not what a board has
        for name in ("network", "esp32", "socket", "ssl", "tls", "cryptolib", "select"):
            try:
                __import__(name)
            except ImportError:
                sys.modules[name] = stand_ins.Lacking(name)
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
        from taptill.flows import void
    return await void.void(terminal, 0)


def _terminal(assets: str) -> tuple:
    """(flows.terminal.Terminal, its host) as main.py makes it, on the stand-ins."""
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
    canvas = Canvas(Oled(128, 64, stand_ins.Bus()), glyphs, texts)
    buzzer = stand_ins.Lacking("buzzer")
    buzzer.play = lambda pattern: None
    log = LogFiles(stand_ins.LogFolder(), lambda: 0, lambda: 0)
    log.open(1)
    diary = Diary(log)
    watched = (diary,)
    ui = Ui(canvas, Guidance(assets + "/texts/guidance.bin"), None, buzzer, (b"", b"", b"", b""), None, watched, diary.warn)
    store = FlashStore(stand_ins.Folder(), stand_ins.Seal(), diary.recorded, diary.warn)
    store.open()
    mak = Des(_MAK)
    config = Config(_SETTINGS)
    profile = profiles.load(config.profile)

    def mac(data) -> bytes:
        return profile.mac_code(config.mac, mak, data)

    host = stand_ins.Host(mac)
    return Terminal(
        config,
        emv_config(config),
        host,
        stand_ins.Tap(),
        store,
        stand_ins.Keys(mac),
        stand_ins.Clock(),
        stand_ins.Face(ui),
        stand_ins.Entropy(),
    ), host


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
