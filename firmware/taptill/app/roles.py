"""What a page needs of the face and of the shop around it, for annotations alone: nothing on the board imports this page.

So a page knows neither of the two that call it.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine, Protocol

    from ..core.kinds import Buffer
    from ..core.transactions import Transaction
    from ..drivers.wifi import Wifi
    from ..flows.result import Result
    from ..flows.terminal import Terminal
    from .guidance import Guidance
    from .widgets.canvas import Canvas, Text

    class Watcher(Protocol):
        """Hears of every step and every end (taptill.debuglink)."""

        def step(self, step: int, amount: int, detail: int) -> None: ...

        def result(self, found: Result) -> None: ...

    class Face(Protocol):
        """Screen, keys and sounds: app.ui.Ui."""

        canvas: Canvas
        guidance: Guidance

        def sound(self, which: int) -> None: ...

        def progress(self, step: int, amount: int = 0, detail: int = 0) -> None: ...

        def forget_keys(self) -> None: ...

        async def key(self, timeout_ms: int = 0) -> "tuple[str, bool] | None": ...

        async def read(
            self,
            draw: Callable[[int], int],
            timeout_s: int = 15,
            leave: str = "",
            until: "Callable[[], bool] | None" = None,
        ) -> str: ...

        async def message(self, title: int, text: int, step: int = 0, timeout_s: int = 15) -> str: ...

        async def blocked(self, why: Text, step: int, timeout_s: int = 15) -> str: ...

        async def result(self, found: Result, timeout_s: int = 15) -> str: ...

    class Admission(Protocol):
        """Who asks for the supervisor's password: app.pages.supervisor.Supervisor."""

        async def admitted(self, ui: Face) -> bool: ...

    class Exports(Protocol):
        """Where evidence is written: adapters.files.Folder."""

        def write(self, name: str, data: "Buffer | str") -> None: ...

    class Place(Protocol):
        """The operator's day: app.shop.Shop."""

        terminal: Terminal
        wifi: Wifi
        host_seen: bool

        @property
        def ui(self) -> Face: ...

        @property
        def folder(self) -> Exports: ...

        @property
        def supervisor(self) -> Admission: ...

        def online(self) -> bool: ...

        def other_language(self) -> None: ...

        async def sign_on(self) -> Result: ...

        async def pay(self, row: Transaction, value: int, flow: Coroutine[Any, Any, Result]) -> str: ...
