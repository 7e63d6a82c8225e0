"""What the firmware imports of MicroPython and of the board, as stand-ins on virtual time.

`load()` imports the whole firmware once, with these modules in the place of CPython's own, and takes them away again: what
else runs in this process keeps its clock and its files.  Each call goes to the board of the life whose task is running.
"""

import contextlib
import importlib
import select as real_select
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

from rig.firmware import FIRMWARE

from . import aio, board, cipher, quick

_TICKS = 1 << 30  # MicroPython's ticks wrap here
_MODULES = ("asyncio", "time", "os", "gc", "socket", "ssl", "select")  # the firmware has its own of these
_VERSION = (1, 25, 0, "")


def here() -> "board.Board":
    """The board whose task is running.  Raises AttributeError where none is."""
    return aio.loop.current.life.board


class _Visitor:
    """Who looks at the files of a life from outside: stands where its tasks stand."""

    def __init__(self, life: "board.Power"):
        self.life = life


@contextlib.contextmanager
def visiting(on: "board.Board") -> Iterator[None]:
    """Meanwhile the firmware's code is run as if a task of this board ran it."""
    assert on.power is not None
    before, aio.loop.current = aio.loop.current, _Visitor(on.power)
    try:
        yield
    finally:
        aio.loop.current = before


# -- time


def _ticks_ms() -> int:
    return (aio.loop.now - here().on_since) % _TICKS


def _ticks_diff(one: int, other: int) -> int:
    return (one - other + _TICKS // 2) % _TICKS - _TICKS // 2


def _module(name: str, **content: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__dict__.update(content)
    return module


def _sleep(milliseconds: int) -> None:
    """The whole chip waits; no other task of it runs meanwhile.  Too short here to move the clock."""


class _FrameBuffer:
    """framebuf.FrameBuffer, of which the canvas makes two and the drivers' classes come; no pixel is kept."""

    def __init__(self, *given: object):
        pass


def _print_exception(error: BaseException, file: Any) -> None:
    """MicroPython's form of a traceback: the innermost place comes last, too."""
    for place in traceback.extract_tb(error.__traceback__):
        file.write(f'  File "{place.filename}", line {place.lineno}, in {place.name}\n')
    file.write(f"{type(error).__name__}: {error}\n")


def _print(*words: object) -> None:
    here().said(" ".join(str(word) for word in words))


def _file_call(name: str, writes: bool) -> Callable:
    def call(*given: Any) -> Any:
        files = here().files()
        if writes and files.blocks.closed:
            raise _refused()
        return getattr(files, name)(*given)

    return call


def _open(path: str, mode: str) -> Any:
    files = here().files()
    if mode != "rb" and files.blocks.closed:
        raise _refused()
    return files.open(path, mode)


def _refused() -> OSError:
    """Where the firmware's Blocks takes nothing more, LittleFS is not asked any more either.

    On the board it is, and answers the same; the library here has its assertions compiled in, the port has not
    (MicroPython, extmod/extmod.mk: LFS2_NO_ASSERT), and one of them ends the process.
    """
    return OSError(5, "")


def _stand_ins() -> "dict[str, types.ModuleType]":
    """The modules by their names."""
    looks = ("ilistdir", "stat", "statvfs")
    flash = {name: _file_call(name, name not in looks) for name in (*looks, "mkdir", "remove", "rename")}
    return {
        "asyncio": aio,
        "time": _module(
            "time",
            ticks_ms=_ticks_ms,
            ticks_us=lambda: _ticks_ms() * 1000 % _TICKS,
            ticks_diff=_ticks_diff,
            ticks_add=lambda ticks, more: (ticks + more) % _TICKS,
            sleep_ms=_sleep,
            sleep_us=_sleep,
        ),
        "os": _module("os", urandom=lambda count: here().random.randbytes(count), **flash),
        "gc": _module("gc", collect=lambda: 0, mem_free=lambda: 100_000, mem_alloc=lambda: 100_000, threshold=lambda *_: 0),
        "socket": _module(
            "socket",
            AF_INET=2,
            SOCK_DGRAM=2,
            SOCK_RAW=3,
            getaddrinfo=lambda *asked: here().air.getaddrinfo(*asked),
            socket=lambda *asked: here().air.socket(),
        ),
        "ssl": _module("ssl"),
        "select": real_select,
        "machine": _module(
            "machine",
            PWRON_RESET=1,
            HARD_RESET=2,
            WDT_RESET=3,
            DEEPSLEEP_RESET=4,
            SOFT_RESET=5,
            RTC=lambda: here().rtc,
            WDT=lambda timeout: here().watchdog(timeout),
            reset_cause=lambda: here().cause,
            reset=lambda: here().reset(),
            **dict.fromkeys(("I2C", "SoftI2C", "PWM", "SPI", "UART", "Pin")),  # imported by drivers that no life has
        ),
        "esp32": _module(
            "esp32",
            NVS=lambda name: here().nvs,
            HEAP_DATA=4,
            idf_heap_info=lambda capability: [(100_000, 60_000, 40_000, 50_000)],
            Partition=type("Partition", (), {"mark_app_valid_cancel_rollback": staticmethod(lambda: None)}),
        ),
        "vfs": _module("vfs"),
        "cryptolib": _module("cryptolib", aes=cipher.Aes),
        "micropython": _module("micropython", const=lambda value: value),
        "framebuf": _module("framebuf", MONO_VLSB=0, FrameBuffer=_FrameBuffer),
        "board": _module(
            "board",
            DATA="/data",
            debug_link=None,
            wlan=lambda: here().air.wlan,
            pn532_transport=lambda: None,  # the reader is simulated as a whole
            pn532_reset=lambda: None,
            printer=lambda: None,
            PRINTER_CHINESE=True,
        ),
    }


loaded: "types.ModuleType | None" = None


def load() -> types.ModuleType:
    """The firmware's `main`, with all modules of it imported on the stand-ins; once a process.

    Raises RuntimeError where somebody else has imported parts of the firmware on CPython's own modules before.
    """
    global loaded
    if loaded is not None:
        return loaded
    if any(name == "main" or name.startswith("taptill.adapters") for name in sys.modules):
        raise RuntimeError("simulation: parts of the firmware are imported already; it needs a process of its own")
    if str(FIRMWARE) not in sys.path:
        sys.path.insert(0, str(FIRMWARE))
    for name in [name for name in sys.modules if name.startswith("taptill")]:
        del sys.modules[name]
    before = {name: sys.modules[name] for name in _MODULES if name in sys.modules}
    sys.modules.update(_stand_ins())
    try:
        names = [
            ".".join(path.relative_to(FIRMWARE).with_suffix("").parts).removesuffix(".__init__")
            for path in sorted((FIRMWARE / "taptill").rglob("*.py"))
        ]
        importlib.import_module("taptill.core.des").__dict__["Des"] = cipher.Des  # before anybody has it from there
        quick.fit()
        for name in names:
            importlib.import_module(name)
        loaded = importlib.import_module("main")
    finally:
        for name in _MODULES:
            if name in before:
                sys.modules[name] = before[name]
            else:
                sys.modules.pop(name, None)
    _fit(names)
    return loaded


def _fit(names: "list[str]") -> None:
    """What is no module: built-in names, and the modules that are needed whole in every life."""
    for name in [*names, "main"]:
        sys.modules[name].__dict__["print"] = _print
    of("adapters.files").open = _open
    of("app.fault").sys = types.SimpleNamespace(print_exception=_print_exception)
    version = types.SimpleNamespace(version=_VERSION)
    for module in (of("app.witness"), of("app.pages.tally"), loaded):
        module.__dict__["sys"] = types.SimpleNamespace(implementation=version, modules=sys.modules)
    of("app.room").Room.__enter__ = lambda self: None
    of("app.room").Room.__exit__ = lambda self, *error: None
    folder = FIRMWARE / "taptill"
    for path in [*folder.glob("texts/*.bin"), *folder.glob("fonts/*.bin")]:
        of("app.data").FILES[f"{path.parent.name}/{path.name}"] = path.read_bytes()


def of(name: str) -> Any:
    """A module of the firmware ("app.words"), as every life has it; its MicroPython is unknown to CPython's types."""
    return sys.modules[f"taptill.{name}"]
