"""How a payment ended is shown, noted as seen, and given its slip; what nobody has seen is said again.

What makes slips (app.press) is loaded when one is wanted: as soon as a payment has ended, on a key, after a power cut.
"""

from ..core import logbook
from ..core.errors import StoreError
from ..flows import result as ends
from .room import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.config import Config
    from ..core.journal.pending import Told
    from ..core.journal.record import Record
    from ..ports import Store
    from .press import Press
    from .roles import Face, Log, Paper


_RESULT_S = 15


class Telling:
    """`paper` (adapters.slip_printer.paper) is None on a board without a printer.  `unseen`: there may be an end that nobody has
    seen; `newest` the number of the record of the newest end that this life has told, `card` what the tap told of its card.
    """

    def __init__(self, ui: "Face", store: "Store", config: "Config", log: "Log", paper: "Paper | None"):
        self.ui = ui
        self.store = store
        self.config = config
        self.paper = paper
        self._log = log
        self.unseen = True
        self.newest = 0
        self.card: "Told | None" = None

    async def tell(self, done: ends.Result, timeout_s: int = _RESULT_S) -> str:
        """Show how a payment ended, for `timeout_s` (0: until a key is pressed); the key that ended that screen, or "".

        Shown to its end it has been seen, and that is noted: only what a power cut ends is said again at the next start.
        """
        visible = self.ui.visible()
        record = self._record_of(done)
        if done.facts:
            self.newest, self.card = record.seq if record else 0, done.facts
        press = self.press() if record and self.paper else None
        if press and record:
            press.begin(record)
        key = await self.ui.result(done, timeout_s)
        if visible and self.ui.visible():
            self.note_seen()
        else:
            self.unseen = True
        record = record or done.unkept
        if record and (press or key == "A"):
            return await (press or self.press()).follow(record, done, key)
        return key

    def press(self) -> "Press":
        """What makes slips."""
        with Room():
            from .press import Press
        return Press(self)

    def warn(self, text: str) -> None:
        """Something did not go as it should."""
        self._log.note(logbook.WARNING, text)

    def note_seen(self) -> None:
        """Somebody has seen the newest end."""
        try:
            self.store.note_seen()
        except StoreError as error:
            self.warn("seen: %s" % error)  # said once more at the next start, which is better than never

    async def tell_unseen(self) -> None:
        """The end of a payment that nobody has seen stays until a key is pressed; so does the question about its slip."""
        if self.unseen:
            self.unseen = False
            record = self.store.unseen()
            told = ends.again(record) if record else None
            if told:
                await self.tell(told, 0)
        if self.paper and self.paper[0].unsure:
            await self.press().ask()

    def _record_of(self, done: ends.Result) -> "Record | None":
        """The record of an end that has a slip by itself: of what stands, was reversed, or went to the manual list."""
        if done.end not in (ends.APPROVED, ends.PARTIAL, ends.REVERSED, ends.MANUAL):
            return None
        record = self.store.last()
        stood = record is not None and ends.STOOD.get(record.state, (0, 0))[0] == done.end
        return record if record and stood and record.stan == done.stan else None
