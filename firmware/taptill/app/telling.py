"""How a payment ended is shown, noted as seen, and given its slip; what nobody has seen is said again."""

from ..core import logbook
from ..core.errors import StoreError
from ..flows import result as ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..ports import Store
    from .printing import Printing
    from .roles import Face, Log


_RESULT_S = 15


class Telling:
    """`unseen`: there may be an end that nobody has seen."""

    def __init__(self, ui: "Face", store: "Store", log: "Log", slips: "Printing"):
        self._ui = ui
        self._store = store
        self._log = log
        self._slips = slips
        self.unseen = True

    async def tell(self, done: ends.Result, timeout_s: int = _RESULT_S) -> str:
        """Show how a payment ended, for `timeout_s` (0: until a key is pressed); the key that ended that screen, or "".

        Shown to its end it has been seen, and that is noted: only what a power cut ends is said again at the next start.
        """
        visible = self._ui.visible()
        work = self._slips.begin(done)
        key = await self._ui.result(done, timeout_s)
        if visible and self._ui.visible():
            self.note_seen()
        else:
            self.unseen = True
        return await self._slips.follow(work, done, key)

    def note_seen(self) -> None:
        """Somebody has seen the newest end."""
        try:
            self._store.note_seen()
        except StoreError as error:
            # Said once more at the next start, which is better than never.
            self._log.note(logbook.WARNING, "seen: %s" % error)

    async def tell_unseen(self) -> None:
        """The end of a payment that nobody has seen stays until a key is pressed; so does the question about its slip."""
        if self.unseen:
            self.unseen = False
            record = self._store.unseen()
            told = ends.again(record) if record else None
            if told:
                await self.tell(told, 0)
        if self._slips.unsure:
            await self._slips.ask()
