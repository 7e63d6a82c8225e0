"""A simulated terminal: the firmware as its `main` puts it together, on a simulated board."""

import importlib
from collections.abc import Callable
from typing import Any

from . import aio, air, glass, port, reader
from .board import POWER_ON, Board, Reset
from .link import Link

_PARTS_MS = 200000
_SELDOM = 4  # so many times less often are link and keys looked at: nothing depends on it, and half of all steps are these


class _Console:
    """adapters.console.Console at a cable where nobody types."""

    def __init__(self, standing: object):
        pass

    async def run(self) -> None:
        await aio.Event().wait()


def fit() -> None:
    """Put the simulated parts in the place of those that talk to chips; once, after port.load()."""
    import sys

    modules: Any = sys.modules
    modules["taptill.adapters.console"].Console = _Console
    modules["taptill.adapters.reader"].CardReader = reader.reader_class(lambda: port.here().tray)
    modules["taptill.drivers.pn532.chip"].Pn532 = lambda *parts: None
    modules["taptill.adapters.netprobe"].NetProbe = lambda *given: air.Net(port.here().air)
    modules["taptill.adapters.tls"].is_certificate = lambda der: bytes(der[:1]) == b"\x30"
    importlib.import_module("cards.cryptogram").Des = port.of("core.des").Des  # type: ignore[attr-defined]
    for name in ("drivers.wifi", "app.ui"):
        port.of(name)._LOOK_MS *= _SELDOM
    port.of("app.ui")._TICK_MS *= _SELDOM
    _watched(modules["main"], "_app", lambda board, made, *given: board.begun(made))
    _watched(modules["taptill.adapters.store"].FlashStore, "open", lambda board, made, store: board.opened(store))
    for name in ("open_tcp", "open_tls"):
        setattr(modules["taptill.adapters.hostlink"], name, lambda *where: port.here().air.open(*where))


def _watched(owner: Any, name: str, told: Callable[..., None]) -> None:
    """After each call `told(board, what it returned, *what it was given)`."""
    original = getattr(owner, name)

    def watched(*given: Any) -> Any:
        made = original(*given)
        told(port.here(), made, *given)
        return made

    setattr(owner, name, watched)


class Terminal:
    """`shown(Screen)` hears of every screen, `opened(store)` of the store of each life once it has read its flash,
    `faulted(error)` of a fault of the program.
    """

    def __init__(
        self,
        on: Board,
        shown: Callable[[glass.Screen], None],
        opened: Callable[[Any], None],
        faulted: Callable[[BaseException], None],
    ):
        self._board = on
        self._shown, self._faulted = shown, faulted
        on.opened, on.begun = opened, self._begun
        self.oled = glass.Oled()
        self.keypad = glass.Keypad()
        self._key_fault = "", ""
        self.link = Link()
        self.app: Any = None
        self._log: Any = None
        self._ui: Any = None

    def _begun(self, app: Any) -> None:
        self.app = app

    @property
    def standing(self) -> str:
        """What the terminal is at, as it tells who asks at its cable; "" in the middle of something, "dark" without power."""
        if self._board.power is None:
            return "dark"
        return self.app.standing if self.app is not None else ""

    @property
    def store(self) -> Any:
        """The store of the present life, None while there is none."""
        if self._board.power is None or not hasattr(self.app, "terminal"):
            return None
        return self.app.terminal.store

    def key_fault(self, how: str, key: str) -> None:
        """From now on this `key` is "stuck", or every key "bounces"; "" for neither."""
        self._key_fault = how, key
        self.keypad.bounces = how == "bounces"
        self.keypad.held = key if how == "stuck" else ""
        if self.keypad.held and self._board.power is not None:
            self.keypad.press(key)

    def power_on(self, cause: int) -> None:
        self.keypad = glass.Keypad()
        self.key_fault(*self._key_fault)
        self.app = self._log = self._ui = None
        power = self._board.switch_on(cause)
        power.fell = self._fell
        aio.create_task(self._run(), power)

    async def _run(self) -> None:
        """What `main.main` does, with the parts of a simulated board."""
        main = port.load()
        flash = self._board.blocks
        stuck = port.of("adapters.blocks").stuck(flash, self._board.cause == POWER_ON)
        self._log = log = main._log(main.board, flash)
        diary = main._diary(log)
        watchdog = main._watchdog(log)
        working = watchdog.register("app")
        self._ui = ui = self._face(diary, lambda: watchdog.alive(working, _PARTS_MS))
        try:
            await main._run(ui, self.keypad, watchdog, self.link, port.of("app.fault"), log, diary, flash, stuck)
        except Exception as error:
            self._fell(error)

    def _face(self, diary: Any, alive: Callable[[], None]) -> Any:
        texts = port.of("app.widgets.texts").Texts("texts")
        texts.use("en")
        canvas = glass.canvas(self.oled, texts, self._shown, port.of("app.words").name)
        guidance = port.of("app.guidance").Guidance("texts/guidance.bin")
        watchers = (diary, self.link)
        return port.of("app.ui").Ui(canvas, guidance, self.keypad, glass.Buzzer(), ("",) * 5, alive, watchers, diary.warn)

    def _fell(self, error: BaseException) -> None:
        """A fault of the program: told and written down as on the board, and the board starts anew.  Raises Reset."""
        if isinstance(error, Reset):
            raise error
        self._faulted(error)
        try:
            port.of("app.fault").tell(self._ui, error, self._log)
        except MemoryError as more:
            self._faulted(more)  # there is not even the memory to tell more
        raise Reset
