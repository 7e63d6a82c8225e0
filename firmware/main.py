"""The terminal is put together here, and only here.

`main()` never returns.  What is missing on a board (settings, keys) ends in a screen that says what to do; a task that
dies says so on the screen and restarts the terminal at once, and the recovery at power-on settles what was going on.
"""

import asyncio
import gc
import sys

import board
import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Callable

    from taptill.adapters.blocks import Blocks
    from taptill.adapters.files import Folder
    from taptill.adapters.keystore import KeyStore
    from taptill.adapters.logbook import LogFiles
    from taptill.adapters.sealed import Seal
    from taptill.adapters.store import FlashStore
    from taptill.adapters.watchdog import Watchdog
    from taptill.app.diary import Diary
    from taptill.app.ui import Ui
    from taptill.app.witness import Witness
    from taptill.core.config import Config
    from taptill.debuglink import DebugLink
    from taptill.drivers.keypad import Keypad
    from taptill.drivers.oled import Oled
    from taptill.drivers.wifi import Wifi
    from taptill.flows.health import Health

_WATCHDOG_MS = 30000  # longer than a name server that does not answer keeps the whole chip waiting
_CONFIG_LIMIT = 4096
# Bytes between collections.  Collected only when full, a heap is strewn with what lives, and TLS finds no large block:
# when this was decided, the least heap (heap_sale_kb of `make bench`) fell from 272 kB to 208 kB.
_COLLECT_EVERY = 8192
# Built-in modules that many of ours import.  MicroPython looks in the file system for such a one at every import (a module
# there may extend it) until its name stands in sys.modules, where it does not put it by itself.
_BUILT_IN = ("binascii", "hashlib", "io", "json", "os", "select", "struct", "time")
_STEP_LIMIT_MS = 200000  # the longest wait of a flow: connect, answer and pause together stay below it


def main() -> None:
    """Start the terminal; restart it when a task of it dies."""
    _radio_first()
    for name in _BUILT_IN:
        sys.modules[name] = __import__(name)
    gc.threshold(_COLLECT_EVERY)
    from taptill.adapters import blocks
    from taptill.app import fault

    flash = blocks.guard(board.DATA)
    stuck = blocks.stuck(flash, machine.reset_cause() == machine.PWRON_RESET)
    ui: "Ui | None" = None
    log: "LogFiles | None" = None
    try:
        log = _log(board, flash)
        diary = _diary(log)
        watchdog = _watchdog(log)
        working = watchdog.register("app")
        debug = _debug_link(board)
        keypad = _keypad(board)
        ui = _ui(board, keypad, lambda: watchdog.alive(working, _STEP_LIMIT_MS), debug, diary)
        asyncio.run(_run(ui, keypad, watchdog, debug, fault, log, diary, flash, stuck))
    except KeyboardInterrupt:
        raise  # a person at the serial console wants the prompt
    except BaseException as error:
        _restart(fault, ui, error, log)


def _radio_first() -> None:
    """Wi-Fi takes its memory outside of the heap, and has to find it there before the heap has grown."""
    try:
        board.wlan().active(True)
    except (OSError, RuntimeError) as error:
        print("wifi:", error)  # the supervisor of the link tries again, and says what it sees


def _restart(fault: "ModuleType", ui: "Ui | None", error: BaseException, log: "LogFiles | None") -> None:
    """Nothing of the program may be trusted any more: say so, and begin anew."""
    try:
        fault.tell(ui, error, log)
    except MemoryError:
        print("fault: MemoryError")  # there is not even the memory to tell more
    finally:
        machine.reset()


async def _run(
    ui: "Ui",
    keypad: "Keypad",
    watchdog: "Watchdog",
    debug: "DebugLink | None",
    fault: "ModuleType",
    log: "LogFiles",
    diary: "Diary",
    flash: "Blocks | None",
    stuck: "Callable[[], bool]",
) -> None:
    asyncio.get_event_loop().set_exception_handler(fault.raised)
    from taptill.adapters.console import Console

    scanning = watchdog.register("keypad")
    app = _app(board, ui, keypad, debug, log, diary, flash, stuck)
    tasks = [("keypad", _scan(keypad, watchdog, scanning)), ("watchdog", watchdog.run()), ("ui", ui.run()), ("app", app.run())]
    tasks.append(("console", Console(lambda: app.standing).run()))
    tasks += app.tasks()
    await asyncio.gather(*[fault.endless(name, work) for name, work in tasks])


async def _scan(keypad: "Keypad", watchdog: "Watchdog", number: int) -> None:
    while True:
        await asyncio.sleep_ms(keypad.step())
        watchdog.alive(number)


def _log(board: "ModuleType", flash: "Blocks | None"):
    """The log, opened; where flash does not take it, its lines are dropped and counted."""
    from taptill.adapters.clock import known_moment
    from taptill.adapters.files import Folder
    from taptill.adapters.logbook import LogFiles
    from taptill.core import build, logbook
    from taptill.core.errors import StoreError

    try:
        Folder(board.DATA).begin()
    except StoreError as error:
        print("store:", error)  # the terminal finds out for itself, and says so on the screen
    rtc = machine.RTC()
    log = LogFiles(Folder(board.DATA + "/log"), lambda: known_moment(rtc), lambda: flash.erases if flash else 0)
    cause = machine.reset_cause()
    log.open(cause)
    log.note(logbook.INFO, "start %s python %d.%d.%d reset %d" % ((build.VERSION,) + sys.implementation.version[:3] + (cause,)))
    return log


def _diary(log: "LogFiles"):
    from taptill.app.diary import Diary

    return Diary(log)


def _watchdog(log: "LogFiles"):
    from taptill.adapters import slot
    from taptill.adapters.watchdog import Watchdog
    from taptill.core import logbook

    def late(name: str) -> None:
        log.note(logbook.ERROR, "watchdog: %s is late" % name)
        log.keep()

    return Watchdog(machine.WDT(timeout=_WATCHDOG_MS), slot.works, late)


def _debug_link(board: "ModuleType"):
    """For a board that asks for it: who is told of everything that happens (taptill.debuglink)."""
    if not board.debug_link:
        return None
    from taptill.debuglink import DebugLink

    return DebugLink(board.debug_link)


def _keypad(board: "ModuleType"):
    from taptill.adapters.entropy import random_16
    from taptill.drivers.keypad import Keypad

    return Keypad(board.keypad_lines(), board.KEYPAD_LAYOUT, random_16, settle_us=board.KEYPAD_SETTLE_US)


def _ui(board: "ModuleType", keypad: "Keypad", alive: "Callable[[], None] | None", debug: "DebugLink | None", diary: "Diary"):
    """Screen, texts and sounds; works before any setting has been read."""
    import taptill
    from taptill.app.guidance import Guidance
    from taptill.app.ui import Ui
    from taptill.app.widgets.canvas import Canvas
    from taptill.app.widgets.glyphs import Glyphs
    from taptill.app.widgets.texts import Texts
    from taptill.drivers import buzzer
    from taptill.drivers.oled import Oled

    folder = taptill.__file__[: taptill.__file__.rfind("/")]
    oled = Oled(board.OLED_WIDTH, board.OLED_HEIGHT, board.i2c(), board.OLED_ADDRESS)
    _start(oled)
    glyphs = Glyphs(folder + "/fonts/glyphs.bin")
    glyphs.open()
    texts = Texts(folder + "/texts")
    texts.use("en")
    canvas = Canvas(oled, glyphs, texts, debug.shown if debug else None)
    canvas.few_keys = "A" not in board.KEYPAD_LAYOUT
    sounds = (buzzer.KEY, buzzer.OK, buzzer.ERROR, buzzer.ATTENTION, buzzer.BLIND)
    guidance = Guidance(folder + "/texts/guidance.bin")
    watchers = (diary, debug) if debug else (diary,)
    ui = Ui(canvas, guidance, keypad, buzzer.Buzzer(board.buzzer()), sounds, alive, watchers, diary.warn)
    ui.visible()
    return ui


def _start(oled: "Oled") -> None:
    """Start the display.  A terminal without one works on: what is pending has to be settled all the same."""
    try:
        oled.start()
    except OSError as error:
        print("display:", error)  # asked again and again; the face says what it finds


def _app(
    board: "ModuleType",
    ui: "Ui",
    keypad: "Keypad",
    debug: "DebugLink | None",
    log: "LogFiles",
    diary: "Diary",
    flash: "Blocks | None",
    stuck: "Callable[[], bool]",
):
    """The shop of a board that has all it needs, else what says what is missing: both have `run` and `tasks`."""
    import json

    from esp32 import NVS

    from taptill.adapters import passwords
    from taptill.adapters.files import Folder
    from taptill.adapters.given import Given
    from taptill.adapters.keystore import KeyStore, device_key, trouble
    from taptill.adapters.sealed import Seal
    from taptill.adapters.store import FlashStore
    from taptill.adapters.tls import is_certificate
    from taptill.app.witness import Witness
    from taptill.core import profiles
    from taptill.core.config import LANGUAGE_FILE, Config, spoken
    from taptill.core.errors import ConfigError, KeyError_, StoreError

    folder = Folder(board.DATA, debug.file if debug else None)
    seal: "Seal | None" = None
    health = lambda: _health(board, ui, keypad, folder, flash, diary)
    try:
        folder.begin()
        key = device_key(NVS("taptill"))
        seal = Seal(key) if key else None
        given = Given(folder, seal)
        given.open()
        if folder.size("config.json") > _CONFIG_LIMIT:
            return _unset(ui, folder, seal, log, health, "config-broken", "over %d bytes" % _CONFIG_LIMIT)
        text = given.file("config.json")
        if text is None:
            return _unset(ui, folder, seal, log, health, "config-missing")
        config = Config(passwords.opened(json.loads(text), seal))
        ui.use(spoken(folder.read(LANGUAGE_FILE), config.language))
        if not ui.canvas.sell_in(config.currency[1:]):
            return _unset(ui, folder, seal, log, health, "config-broken", "currency")
        if seal is None:
            return _out_of_service(ui, log, health, "device-key" if folder.size("keys") > 0 else "keys-missing")
        store = FlashStore(folder, seal, diary.recorded, diary.warn)
        store.open()
        for note in store.notes + ["lost or damaged: " + name for name in store.lost]:
            diary.warn("store: " + note)
        keys = KeyStore(folder, seal, profiles.load(config.profile), config.mac, given, diary.signed_on, diary.warn)
        try:
            keys.open()
        except KeyError_:
            if not store.open_ends():  # else the way to the bank and to the manual list stays open
                return _out_of_service(ui, log, health, trouble(folder, given, store.proves_key))
        ca = given.file("ca.der") if config.tls else None
        if config.tls and not is_certificate(ca):
            return _unset(ui, folder, seal, log, health, "config-broken", "ca.der is broken" if ca else "ca.der is missing")
    except ConfigError as error:
        return _unset(ui, folder, seal, log, health, "config-broken", str(error))
    except KeyError_:
        return _unset(ui, folder, seal, log, health, "device-key")  # what is sealed in them needs another one
    except ValueError:
        return _unset(ui, folder, seal, log, health, "config-broken", "not JSON")
    except StoreError:
        return _out_of_service(ui, log, health, "store")
    witness = Witness(folder, log, seal, config.utc_offset_min)
    return _shop(board, ui, keypad, config, ca, keys, store, folder, debug, log, diary, witness, flash, stuck)


def _out_of_service(ui: "Ui", log: "LogFiles", health: "Callable[[], Health]", name: str):
    from taptill.app.out_of_service import OutOfService

    return OutOfService(ui, log, health, name)


def _health(board: "ModuleType", ui: "Ui", keypad: "Keypad", folder: "Folder", flash: "Blocks | None", diary: "Diary"):
    """The self-test of a board that lacks something: of all that needs no settings."""
    from taptill.adapters.parts import BoardParts
    from taptill.adapters.reader import CardReader
    from taptill.drivers.pn532.chip import Pn532
    from taptill.flows.health import Health

    reader = CardReader(Pn532(board.pn532_transport(), board.pn532_reset()))
    return Health(BoardParts(keypad, ui.canvas.oled, reader, folder, flash), diary.report)


def _unset(
    ui: "Ui",
    folder: "Folder",
    seal: "Seal | None",
    log: "LogFiles",
    health: "Callable[[], Health]",
    name: str,
    value: str = "",
):
    """Out of service for want of settings; what is open is told all the same, and its evidence is there."""
    from taptill.adapters.owner import OwnerFile
    from taptill.adapters.store import FlashStore
    from taptill.app.out_of_service import LeftOpen, OutOfService
    from taptill.app.witness import Witness
    from taptill.core.config import LANGUAGE_FILE, spoken
    from taptill.core.errors import PendingDamaged, StoreError

    left = None
    # A device with a key has had settings: where they are gone, more may be.
    unsure = seal is not None and name == "config-missing"
    try:
        ui.use(spoken(folder.read(LANGUAGE_FILE), "en"))
        if seal:
            store = FlashStore(folder, seal)
            store.open()
            pending, known = store.pending(), OwnerFile(folder).read()
            unsure = unsure or bool(store.lost)
            if pending:
                unsure = False
                left = LeftOpen(pending, known.place if known and known.mark == pending.owner else "", Witness(folder, log, seal))
    except (PendingDamaged, StoreError) as error:
        print("store:", error)  # told again when there are settings
        unsure = seal is not None
    return OutOfService(ui, log, health, name, value, left, unsure)


def _shop(
    board: "ModuleType",
    ui: "Ui",
    keypad: "Keypad",
    config: "Config",
    ca: "bytes | None",
    keys: "KeyStore",
    store: "FlashStore",
    folder: "Folder",
    debug: "DebugLink | None",
    log: "LogFiles",
    diary: "Diary",
    witness: "Witness",
    flash: "Blocks | None",
    stuck: "Callable[[], bool]",
):
    """Links, reader and clock: the terminal of a board that has all it needs."""
    from machine import RTC

    from taptill.adapters.clock import RtcClock
    from taptill.adapters.entropy import HardwareEntropy
    from taptill.adapters.hostlink import HostLink
    from taptill.adapters.owner import OwnerFile
    from taptill.adapters.parts import BoardParts
    from taptill.adapters.reader import CardReader
    from taptill.app.shop import Shop
    from taptill.core import profiles
    from taptill.core.journal import timestamp
    from taptill.core.setup import emv_config
    from taptill.drivers.pn532.chip import Pn532
    from taptill.drivers.wifi import Wifi
    from taptill.flows.health import Health
    from taptill.flows.terminal import Terminal

    ui.follow(config.answer_timeout_s, config.pin_timeout_s, config.reversal_tries)
    wifi = Wifi(board.wlan(), config.wifi_ssid, config.wifi_password, diary.wifi)
    clock = RtcClock(RTC(), config.clock_floor, config.utc_offset_min, config.ntp_host, config.ntp_port)
    last = store.last()
    clock.start(timestamp.unpack(last.ended_at) if last else None)
    profile, told = profiles.load(config.profile), debug.frame if debug else None
    host = HostLink(profile, config.host, config.port, ca, config.tls_name, config.connect_timeout_s * 1000, wifi, told)
    reader = CardReader(Pn532(board.pn532_transport(), board.pn532_reset()))
    parts = BoardParts(keypad, ui.canvas.oled, reader, folder, flash, store, keys, clock, wifi)
    health = Health(parts, diary.report)
    printer = paper = board.printer()
    if printer:
        from taptill.adapters.slip_printer import paper as paper_of

        paper = paper_of(printer, board.PRINTER_CHINESE, folder, last.seq if last else 0)
    terminal = Terminal(config, emv_config(config), host, reader, store, keys, clock, ui, HardwareEntropy(), ca, health)
    probe = lambda: _probe(wifi, config)
    return Shop(ui, terminal, wifi, folder, OwnerFile(folder), log, witness, stuck, probe, diary.report, paper)


def _probe(wifi: "Wifi", config: "Config"):
    """What looks into the network when the host is not reached: made when it is needed."""
    from taptill.adapters.netprobe import NetProbe

    return NetProbe(wifi, config.connect_timeout_s * 1000)


if __name__ == "__main__":
    main()
