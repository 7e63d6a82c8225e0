"""The terminal is put together here, and only here.

`main()` never returns.  What is missing on a board (settings, keys) ends in a screen that says what to do; a task that
dies says so on the screen and restarts the terminal at once, and the recovery at power-on settles what was going on.
"""

import asyncio
import gc
import os

import board
import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Callable

    from taptill.adapters.files import Folder
    from taptill.adapters.watchdog import Watchdog
    from taptill.app.ui import Ui
    from taptill.core.config import Config
    from taptill.debuglink import DebugLink
    from taptill.drivers.keypad import Keypad
    from taptill.drivers.oled import Oled
    from taptill.ports import Keys, Store

_WATCHDOG_MS = 30000  # longer than a name server that does not answer keeps the whole chip waiting
_CONFIG_LIMIT = 4096
# Bytes between collections.  Collected only when full, a heap is strewn with what lives, and TLS finds no large block:
# when this was decided, the least heap (heap_sale_kb of `make bench`) fell from 272 kB to 208 kB.
_COLLECT_EVERY = 8192
_STEP_LIMIT_MS = 200000  # the longest wait of a flow: connect, answer and pause together stay below it


def main() -> None:
    """Start the terminal; restart it when a task of it dies."""
    _radio_first()
    gc.threshold(_COLLECT_EVERY)
    from taptill.app import fault

    ui: "Ui | None" = None
    try:
        watchdog = _watchdog()
        working = watchdog.register("app")
        debug = _debug_link(board)
        keypad = _keypad(board)
        ui = _ui(board, keypad, lambda: watchdog.alive(working, _STEP_LIMIT_MS), debug)
        asyncio.run(_run(ui, keypad, watchdog, debug, fault))
    except KeyboardInterrupt:
        raise  # a person at the serial console wants the prompt
    except BaseException as error:
        _restart(fault, ui, error)


def _radio_first() -> None:
    """Wi-Fi takes its memory outside of the heap, and has to find it there before the heap has grown."""
    try:
        board.wlan().active(True)
    except (OSError, RuntimeError) as error:
        print("wifi:", error)  # the supervisor of the link tries again, and says what it sees


def _restart(fault: "ModuleType", ui: "Ui | None", error: BaseException) -> None:
    """Nothing of the program may be trusted any more: say so, and begin anew."""
    try:
        fault.tell(ui, error)
    finally:
        machine.reset()


async def _run(ui: "Ui", keypad: "Keypad", watchdog: "Watchdog", debug: "DebugLink | None", fault: "ModuleType") -> None:
    asyncio.get_event_loop().set_exception_handler(fault.raised)
    scanning = watchdog.register("keypad")
    app = _app(board, ui, debug)
    tasks = [("keypad", _scan(keypad, watchdog, scanning)), ("watchdog", watchdog.run()), ("ui", ui.run()), ("app", app.run())]
    tasks += app.tasks()
    await asyncio.gather(*[fault.endless(name, work) for name, work in tasks])


async def _scan(keypad: "Keypad", watchdog: "Watchdog", number: int) -> None:
    while True:
        await asyncio.sleep_ms(keypad.step())
        watchdog.alive(number)


def _watchdog():
    from taptill.adapters.watchdog import Watchdog

    return Watchdog(machine.WDT(timeout=_WATCHDOG_MS))


def _debug_link(board: "ModuleType"):
    """For a board that asks for it: who is told of everything that happens (taptill.debuglink)."""
    if not board.debug_link:
        return None
    from taptill.debuglink import DebugLink

    return DebugLink(board.debug_link)


def _keypad(board: "ModuleType"):
    from taptill.drivers.keypad import Keypad

    return Keypad(board.keypad_rows(), board.keypad_columns(), board.KEYPAD_LAYOUT, _random_16)


def _ui(board: "ModuleType", keypad: "Keypad", alive: "Callable[[], None] | None", debug: "DebugLink | None"):
    """Screen, texts and sounds; works before any setting has been read."""
    import taptill
    from taptill.app.guidance import Guidance
    from taptill.app.ui import BAD, Ui
    from taptill.app.widgets.canvas import Canvas
    from taptill.app.widgets.glyphs import Glyphs
    from taptill.app.widgets.texts import Texts
    from taptill.drivers import buzzer
    from taptill.drivers.oled import Oled

    folder = taptill.__file__[: taptill.__file__.rfind("/")]
    oled = Oled(board.OLED_WIDTH, board.OLED_HEIGHT, board.i2c(), board.OLED_ADDRESS)
    display = _works(oled)
    glyphs = Glyphs(folder + "/fonts/glyphs.bin")
    glyphs.open()
    texts = Texts(folder + "/texts")
    texts.use("en")
    canvas = Canvas(oled, glyphs, texts, debug.shown if debug else None)
    sounds = (buzzer.KEY, buzzer.OK, buzzer.ERROR, buzzer.ATTENTION)
    guidance = Guidance(folder + "/texts/guidance.bin")
    ui = Ui(canvas, guidance, keypad, buzzer.Buzzer(board.buzzer()), sounds, alive, debug)
    if not display:
        ui.sound(BAD)
    return ui


def _works(oled: "Oled") -> bool:
    """Start the display.  A terminal without one works on: what is pending has to be settled all the same."""
    try:
        oled.start()
    except OSError:
        return False
    return True


def _app(board: "ModuleType", ui: "Ui", debug: "DebugLink | None"):
    """The shop of a board that has all it needs, else what says what is missing: both have `run` and `tasks`."""
    import json

    from esp32 import NVS

    from taptill.adapters.files import Folder
    from taptill.adapters.keystore import KeyStore, device_key
    from taptill.adapters.sealed import Seal
    from taptill.adapters.store import FlashStore
    from taptill.app.out_of_service import OutOfService
    from taptill.core.config import Config
    from taptill.core.errors import ConfigError, KeyError_, StoreError

    folder = Folder(board.DATA, debug.file if debug else None)
    try:
        folder.ensure()
        if folder.size("config.json") > _CONFIG_LIMIT:
            return OutOfService(ui, "config-broken", "over %d bytes" % _CONFIG_LIMIT)
        text = folder.read("config.json")
        if text is None:
            return OutOfService(ui, "config-missing")
        config = Config(json.loads(text))
        ui.use(_language(folder, config.language))
        if not ui.canvas.sell_in(config.currency[1:]):
            return OutOfService(ui, "config-broken", "currency")
        key = device_key(NVS("taptill"))
        if key is None:
            return OutOfService(ui, "device-key" if folder.size("keys") > 0 else "keys-missing")
        seal = Seal(key)
        keys = KeyStore(folder, seal)
        keys.open()
        store = FlashStore(folder, seal)
        store.open()
        ca = folder.read("ca.der") if config.tls else None
        if config.tls and not _is_certificate(ca):
            return OutOfService(ui, "config-broken", "ca.der is broken" if ca else "ca.der is missing")
    except ConfigError as error:
        return OutOfService(ui, "config-broken", str(error))
    except ValueError:
        return OutOfService(ui, "config-broken", "not JSON")
    except KeyError_:
        return OutOfService(ui, "device-key" if folder.size("keys") > 0 else "keys-missing")
    except StoreError:
        return OutOfService(ui, "store")
    return _shop(board, ui, config, ca, keys, store, folder, debug)


def _language(folder: "Folder", configured: str) -> str:
    """As it was last chosen by key; `configured` when it never was."""
    from taptill.core.config import LANGUAGE_FILE

    chosen = folder.read(LANGUAGE_FILE)
    return "zh" if chosen == b"zh" else "en" if chosen == b"en" else configured


def _shop(
    board: "ModuleType",
    ui: "Ui",
    config: "Config",
    ca: "bytes | None",
    keys: "Keys",
    store: "Store",
    folder: "Folder",
    debug: "DebugLink | None",
):
    """Links, reader and clock: the terminal of a board that has all it needs."""
    from machine import RTC

    from taptill.adapters.clock import RtcClock
    from taptill.adapters.entropy import HardwareEntropy
    from taptill.adapters.hostlink import HostLink
    from taptill.adapters.reader import CardReader
    from taptill.app.shop import Shop
    from taptill.core.setup import emv_config
    from taptill.drivers.pn532.chip import Pn532
    from taptill.drivers.wifi import Wifi
    from taptill.flows.terminal import Terminal

    ui.follow(config.answer_timeout_s, config.pin_timeout_s, config.reversal_tries)
    wifi = Wifi(board.wlan(), config.wifi_ssid, config.wifi_password)
    clock = RtcClock(RTC(), config.clock_floor, config.utc_offset_min, config.ntp_host, config.ntp_port)
    clock.start()
    host = HostLink(
        config.host,
        config.port,
        ca,
        config.tls_name,
        config.connect_timeout_s * 1000,
        wifi,
        debug.frame if debug else None,
    )
    reader = CardReader(Pn532(board.pn532_transport(), board.pn532_reset()))
    terminal = Terminal(config, emv_config(config), host, reader, store, keys, clock, ui, HardwareEntropy())
    return Shop(ui, terminal, wifi, folder)


def _is_certificate(ca: "bytes | None") -> bool:
    from taptill.adapters.tls import context_of

    try:
        context_of(ca or b"")
    except (ValueError, OSError):
        return False
    return True


def _random_16() -> int:
    raw = os.urandom(2)
    return raw[0] << 8 | raw[1]


if __name__ == "__main__":
    main()
