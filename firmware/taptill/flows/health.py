"""Which parts of the terminal work, as last asked, and whether a payment may begin with them.

Asked at the start, once a day and from the menu.  What was found to fail is asked anew before anything is refused for it: a
plug that is in again needs no restart.
"""

from ..core import checks
from . import result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..core.checks import Finding
    from ..ports import Parts


_DAY_MS = 86400000
# What cannot be used → why a payment is not begun.
_WHY = {
    checks.KEY_STUCK: result.KEY_STUCK,
    checks.DISPLAY_SILENT: result.NO_DISPLAY,
    checks.DISPLAY_OTHER: result.NO_DISPLAY,
    checks.READER_SILENT: result.READER,
    checks.READER_BROKEN: result.READER_BROKEN,
    checks.FLASH_REFUSES: result.STORE,
    checks.MEMORY_LOW: result.NO_MEMORY,
    checks.NO_MASTER_KEY: result.KEY_FILE,
}


class Health:
    """`parts` (ports.Parts) is asked; `told(line)` hears of every finding; `found` has the last one of each part.

    Without `parts` nothing is known to fail.
    """

    def __init__(self, parts: "Parts | None" = None, told: "Callable[[str], None] | None" = None):
        self._parts = parts
        self._told = told
        self._tested = 0  # when the last whole test was
        self.found: "dict[int, Finding]" = {}

    async def ask(self, part: int, thorough: bool = False) -> "Finding | None":
        """Ask for one part; what is new about it is told."""
        if self._parts is None:
            return None
        found = await self._parts.ask(part, thorough)
        before = self.found.get(part)
        self.found[part] = found
        if before is None or thorough or before.fault != found.fault:
            self._tell(found)
        return found

    async def test(self, thorough: bool, now_ms: int, before: "Callable[[int], None] | None" = None) -> None:
        """Ask for every part, one after the other; `before(part)` is called ahead of each.  `now_ms` of any steady counter."""
        for part in checks.PARTS:
            if before:
                before(part)
            await self.ask(part, thorough)
        self._tested = now_ms

    def due(self, gone_ms: "Callable[[int], int]") -> bool:
        """Is the last whole test a day old?  `gone_ms(then)` is what has passed since `then` of the same counter."""
        return self._parts is not None and gone_ms(self._tested) >= _DAY_MS

    def note(self, found: "Finding") -> None:
        """What a flow or a person has found out about a part."""
        self.found[found.part] = found
        self._tell(found)

    async def again(self) -> None:
        """Ask anew for what would stop a payment; it may have been mended."""
        for part in checks.FOR_PAYMENT:
            found = self.found.get(part)
            if found and found.stops:
                await self.ask(part, found.thorough)

    async def refusal(self) -> int:
        """Why no payment may begin (of flows.result), OK when it may.  Keys are looked at each time, the rest where it failed."""
        await self.again()
        keypad = self.found.get(checks.KEYPAD)
        if keypad and not keypad.stops:
            await self.ask(checks.KEYPAD)
        failed = self.failed()
        return _WHY[failed.fault] if failed else result.OK

    def failed(self) -> "Finding | None":
        """The first part that stops a payment, as far as is known."""
        for part in checks.FOR_PAYMENT:
            found = self.found.get(part)
            if found and found.stops:
                return found
        return None

    def _tell(self, found: "Finding") -> None:
        if self._told:
            self._told(found.line())
