"""What a page needs of the face and of the shop around it, for annotations alone: nothing on the board imports this page.

So a page knows neither of the two that call it.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine, Iterable, Iterator, Protocol

    from ..core.config import Config
    from ..core.journal.pending import Told
    from ..core.journal.record import Record
    from ..core.kinds import Buffer
    from ..core.owner import Owner
    from ..core.p256 import Signing
    from ..core.slips.card import CardFacts
    from ..core.slips.lines import Row
    from ..core.tally import Tally
    from ..core.transactions import Transaction
    from ..drivers.wifi import Wifi
    from ..flows.result import Result
    from ..flows.terminal import Terminal
    from ..ports import Net, Store
    from .guidance import Guidance
    from .widgets.canvas import Canvas, Text
    from .widgets.glyphs import Glyphs
    from .widgets.han import HanCodes

    class Watcher(Protocol):
        """Hears of every step and every end (taptill.debuglink)."""

        def step(self, step: int, amount: int, detail: int) -> None: ...

        def result(self, found: Result) -> None: ...

    class Log(Protocol):
        """Lines and numbers that are kept: adapters.logbook.LogFiles."""

        tally: Tally
        fault: str

        def note(self, level: int, text: str) -> None: ...

        def date(self, place: int) -> None: ...

        def forget_details(self) -> None: ...

        def rest(self) -> None: ...

        def keep(self) -> None: ...

        def weigh(self) -> None: ...

        def lines(self) -> Iterator[tuple[int, int, str]]: ...

        def note_fault(self, said: str, where: list) -> None: ...

        def fault_seen(self) -> None: ...

    class Face(Protocol):
        """Screen, keys and sounds: app.ui.Ui."""

        canvas: Canvas
        guidance: Guidance

        @property
        def keypad_layout(self) -> "tuple[str, int]": ...

        def sound(self, which: int) -> None: ...

        def working(self) -> None: ...

        def progress(self, step: int, amount: int = 0, detail: int = 0) -> None: ...

        def visible(self) -> bool: ...

        def forget_keys(self) -> None: ...

        async def unless_key(self, work: Coroutine[Any, Any, Any]) -> Any: ...

        async def key(self, timeout_ms: int = 0) -> "tuple[str, bool] | None": ...

        async def read(
            self,
            draw: Callable[[int], int],
            timeout_s: int = 15,
            leave: str = "",
            until: "Callable[[], bool] | None" = None,
        ) -> str: ...

        async def message(self, title: int, text: int, step: int = 0, timeout_s: int = 15) -> str: ...

        async def blocked(self, why: Text, step: int, more: list[Text] | None = None, timeout_s: int = 15) -> str: ...

        async def result(self, found: Result, timeout_s: int = 15) -> str: ...

    class Admission(Protocol):
        """Who asks for the supervisor's password: app.pages.supervisor.Supervisor."""

        async def admitted(self, ui: Face) -> bool: ...

    class Signer(Protocol):
        """Who has the device's key: adapters.sealed.Seal."""

        def signing(self, text: Buffer) -> Signing: ...

    class Exports(Protocol):
        """Where evidence is written: adapters.files.Folder."""

        def write(self, name: str, data: "Buffer | str") -> None: ...

    class Evidence(Protocol):
        """Who makes and keeps the file about an incident: app.witness.Witness."""

        async def text(self, about: list, most: int = 0) -> str: ...

        def keep(self, text: str) -> None: ...

    class Known(Protocol):
        """Where it is noted whose payments are: adapters.owner.OwnerFile."""

        def read(self) -> "Owner | None": ...

        def keep(self, owner: Owner) -> None: ...

    class SlipMaker(Protocol):
        """Who prints: adapters.slip_printer.SlipPrinter."""

        async def print(self, rows: Iterable[Row], codes: HanCodes, shapes: Glyphs) -> None: ...

    class SlipNotes(Protocol):
        """What is known of the last slip: adapters.slips.SlipFile."""

        seq: int
        copy: int
        newest: int

        @property
        def unsure(self) -> bool: ...

        def was_begun(self, seq: int, copy: int) -> bool: ...

        def card_of(self, seq: int) -> "CardFacts | None": ...

        def learn(self, seq: int, card: CardFacts) -> None: ...

        def begin(self, seq: int, copy: int) -> None: ...

        def done(self, printed: bool) -> None: ...

    Paper = tuple[SlipNotes, SlipMaker]  # of a board with a printer: adapters.slip_printer.paper

    class SlipPress(Protocol):
        """Slips on paper and on the screen: app.press.Press."""

        async def show(self, record: Record, copy: int = 1) -> None: ...

        async def show_open(self) -> None: ...

    class Slips(Protocol):
        """Who has slips made: app.telling.Telling."""

        def press(self) -> SlipPress: ...

    class Occasion(Protocol):
        """What a slip is made for, and from: app.telling.Telling."""

        ui: Face
        store: Store
        config: Config
        paper: Paper | None
        newest: int
        card: Told | None

        def warn(self, text: str) -> None: ...

    class Place(Protocol):
        """The operator's day: app.shop.Shop."""

        terminal: Terminal
        wifi: Wifi
        net: "Callable[[], Net]"
        host_seen: bool

        @property
        def telling(self) -> Slips: ...

        @property
        def log(self) -> Log: ...

        @property
        def witness(self) -> Evidence: ...

        @property
        def ui(self) -> Face: ...

        @property
        def folder(self) -> Exports: ...

        @property
        def known_owner(self) -> Known: ...

        @property
        def supervisor(self) -> Admission: ...

        def report(self, line: str) -> None: ...

        def online(self) -> bool: ...

        def other_language(self) -> None: ...

        def start_anew_if_stuck(self) -> None: ...

        def unreached(self, why: int) -> None: ...

        async def find_cause(self) -> str: ...

        async def sign_on(self) -> Result: ...

        async def tell(self, done: Result, timeout_s: int = 15) -> str: ...

        async def pay(self, row: Transaction, value: int, flow: Callable[[], Coroutine[Any, Any, Result]]) -> str: ...
