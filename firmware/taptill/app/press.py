"""Slips on paper and on the screen; loaded for one payment's, and let go of again (app.telling).

A printer that cannot print holds up and undoes nothing: it is told, and the slip can be had later.  Whether a slip was begun is
on flash before its first byte leaves, so that after a power cut a person is asked and nothing is printed twice in silence.
"""

import asyncio

from micropython import const

from ..core import checks
from ..core.errors import PendingDamaged, StoreError
from ..core.slips import card as cards
from ..core.slips.fault import PrinterFault
from ..core.slips.lines import rows
from ..flows import result as ends
from . import words
from .guidance import Guide
from .pages import slip
from .room import Room
from .widgets.han import HanCodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.journal.record import Record
    from ..core.slips.card import CardFacts
    from ..core.slips.lines import Line
    from .roles import Occasion


MERCHANT = 1
CUSTOMER = 2
_LOOK_MS = const(250)
_OFFER_MS = const(15000)
_ASK_MS = const(60000)
_DIGITS = "0123456789"
_RECENT = const(64)  # records among which the slip of before a power cut is looked for


class Press:
    """`by` is what it was loaded for."""

    def __init__(self, by: "Occasion"):
        self._by = by
        self._ui = by.ui
        self._store = by.store
        self._config = by.config
        self._note = by.paper[0] if by.paper else None
        self._printer = by.paper[1] if by.paper else None
        self._warn = by.warn
        self._work: "asyncio.Task[int] | None" = None

    # after a payment ------------------------------------------------------------------------

    def begin(self, record: "Record") -> None:
        """Print the shop's copy while the payment's end is shown, unless it was begun before or is not to come by itself."""
        if self._note is None or record.seq <= self._note.newest:
            return
        if self._by.card and self._by.newest == record.seq:
            self._note.learn(record.seq, cards.of(self._by.card))
        if self._config.slip_copies and self._config.slip_auto:
            self._work = self._start(record)

    async def follow(self, record: "Record", done: ends.Result, key: str) -> str:
        """Its end has been shown: see the slip through, and offer what there is besides; the key that is still to be answered."""
        if done.unkept:
            await self.show(record, CUSTOMER)
            return ""
        asked = not self._work and not self._config.slip_auto and not self._was_begun(record, MERCHANT)
        if self._work:
            await self._see_to(self._work, record, MERCHANT)
        if key == "A":
            await self.show(record)
            return ""
        if self._printer is None or not self._config.slip_copies or not key or key in _DIGITS:
            return key
        if asked:
            key = await self._offer(record, MERCHANT)
        stood = done.end in (ends.APPROVED, ends.PARTIAL)
        if self._config.slip_copies > 1 and stood and (self._work or key == "#") and key not in _DIGITS:
            key = await self._offer(record, CUSTOMER)
        return key

    async def _offer(self, record: "Record", copy: int) -> str:
        """# prints it; every other key goes on, and a digit to the next payment.  The key, "" when nobody was there."""
        key = await slip.ask(self._ui, words.PRINT_IT, _name(copy), self._line(record), words.KEYS_PRINT, _OFFER_MS)
        if key == "#":
            await self._see_to(self._start(record, copy), record, copy)
        return key

    def _was_begun(self, record: "Record", copy: int) -> bool:
        return self._note is not None and record.seq > 0 and self._note.was_begun(record.seq, copy)

    # printing -------------------------------------------------------------------------------

    def _start(self, record: "Record", copy: int = MERCHANT) -> "asyncio.Task[int]":
        """Begin to print a copy."""
        return asyncio.create_task(self._print(record, copy))

    async def _print(self, record: "Record", copy: int) -> int:
        """Print a copy; the fault of core.checks that it ended with, WELL when it is on paper."""
        if self._printer is None or self._note is None:
            return checks.PRINTER_SILENT
        try:
            again = self._was_begun(record, copy)
            if record.seq:  # what no journal has is asked for again, at the host
                self._note.begin(record.seq, copy)
            canvas = self._ui.canvas
            codes = HanCodes(canvas.texts.folder + "/gb.bin")
            await self._printer.print(rows(self.document(record, copy, again)), codes, canvas.glyphs)
            if record.seq:
                self._note.done(True)
            return checks.WELL
        except PrinterFault as error:
            return error.fault
        except StoreError as error:
            self._warn("slip: %s" % error)
            return checks.FLASH_REFUSES
        except MemoryError:
            return checks.MEMORY_LOW

    async def _see_to(self, work: "asyncio.Task[int]", record: "Record", copy: int) -> None:
        """Wait until it is printed; what is wrong is told, and tried again as often as somebody wants."""
        while True:
            fault = await self._watch(work, copy)
            if fault == checks.WELL:
                return
            key = "D"
            if fault >= 0:
                self._warn("slip: printer fault %d" % fault)
                told: Guide = self._ui.guidance.part(fault)
                self._ui.sound(3)
                key = await slip.ask_fault(self._ui, told, _ASK_MS)
            if key != "#":
                if record.seq:
                    self._leave()
                return
            work = self._start(record, copy)

    async def _watch(self, work: "asyncio.Task[int]", copy: int) -> int:
        """The fault that it ended with; -1 when somebody did not want to wait."""
        ui = self._ui
        turn = 0
        while not work.done():
            slip.draw_printing(ui.canvas, _name(copy), turn)
            pressed = await ui.key(_LOOK_MS)
            if pressed and pressed[0] in "D*":
                work.cancel()
            turn += 1
        try:
            return await work
        except asyncio.CancelledError:
            return -1

    def _leave(self) -> None:
        """It is not on paper, or not whole, and somebody knows."""
        try:
            if self._note and self._note.unsure:
                self._note.done(False)
        except StoreError as error:
            self._warn("slip: %s" % error)  # asked at the next start, which does no harm

    # after a power cut ----------------------------------------------------------------------

    async def ask(self) -> None:
        """Nobody knows whether the slip of before was printed: ask, and print it again (marked) if it was not."""
        if self._note is None:
            return
        record = self._by_number(self._note.seq)
        if record is None:
            self._leave()
            return
        self._ui.sound(3)
        copy = _name(self._note.copy)
        key = await slip.ask(self._ui, words.WAS_PRINTED, copy, self._line(record), words.KEYS_AGREE, _ASK_MS)
        if key == "#":
            try:
                self._note.done(True)
            except StoreError as error:
                self._warn("slip: %s" % error)  # asked once more
        elif key in ("D", "*"):
            await self._see_to(self._start(record, self._note.copy), record, self._note.copy)

    def _by_number(self, seq: int) -> "Record | None":
        try:
            for record in self._store.recent(_RECENT):
                if record.seq == seq:
                    return record
        except StoreError as error:
            self._warn("slip: %s" % error)
        return None

    # on the screen, and again ---------------------------------------------------------------

    def document(self, record: "Record", copy: int = MERCHANT, again: bool = False) -> "list[Line]":
        """The slip of a record, as lines."""
        with Room():
            from .slips import issuer, payment

            by = issuer.of(self._config, self._ui.canvas.texts, self._ui.guidance)
            return payment.ended(by, record, copy, again, self._card_of(record))

    def _card_of(self, record: "Record") -> "CardFacts | None":
        """What is known of its card: in this life, or by the note of the slip that was printed last."""
        if self._by.card and self._by.newest == record.seq:
            return cards.of(self._by.card)
        return self._note.card_of(record.seq) if self._note else None

    async def show(self, record: "Record", copy: int = MERCHANT) -> None:
        """The slip on the screen; with a printer, # prints it again."""
        if await slip.read(self._ui, self.document(record, copy), self._printer is not None):
            await self._see_to(self._start(record, copy), record, copy)

    async def show_open(self) -> None:
        """The slip of the open intent, on the screen alone."""
        try:
            pending = self._store.pending()
        except PendingDamaged:
            return
        if pending is None:
            return
        with Room():
            from .slips import issuer, payment

            document = payment.opened(issuer.of(self._config, self._ui.canvas.texts, self._ui.guidance), pending)
        await slip.read(self._ui, document, False)

    def _line(self, record: "Record") -> str:
        return "%s #%06d" % (self._ui.canvas.money(record.approved or record.amount), record.stan)


def _name(copy: int) -> int:
    """What a copy is called."""
    return words.FOR_CUSTOMER if copy == CUSTOMER else words.FOR_MERCHANT
