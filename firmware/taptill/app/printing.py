"""Slips of payments: on paper as soon as they have ended, on the screen, and again.

A printer that cannot print holds up and undoes nothing: it is told, and the slip can be had later.  Whether a slip was begun is
on flash before its first byte leaves, so that after a power cut a person is asked and nothing is printed twice in silence.
"""

import asyncio

from micropython import const

from ..core import checks
from ..core.errors import PendingDamaged, PrinterFault, StoreError
from ..core.slips import state
from ..core.slips.lines import rows
from ..flows import original
from ..flows import result as ends
from . import words
from .guidance import Guide
from .room import Room
from .widgets.han import HanCodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..core.config import Config
    from ..core.journal.record import Record
    from ..core.slips.card import CardFacts
    from ..core.slips.lines import Line
    from ..ports import Store
    from .roles import Face, SlipMaker, SlipNotes


MERCHANT = 1
CUSTOMER = 2
_ALWAYS = (ends.REVERSED, ends.MANUAL)  # the shop's copy alone
_LOOK_MS = const(250)
_OFFER_MS = const(15000)
_ASK_MS = const(60000)
_DIGITS = "0123456789"
_RECENT = const(64)  # records among which the slip of before a power cut is looked for


class Printing:
    """`printer` (adapters.slip_printer.SlipPrinter) is None on a board without one; `note` (adapters.slips.SlipFile) is open;
    `warn(text)` hears of what went wrong.
    """

    def __init__(
        self,
        ui: "Face",
        store: "Store",
        config: "Config",
        note: "SlipNotes",
        printer: "SlipMaker | None",
        warn: "Callable[[str], None]",
    ):
        self._ui = ui
        self._store = store
        self._config = config
        self._note = note
        self._printer = printer
        self._warn = warn
        self._card: "CardFacts | None" = None  # of the newest end that no journal has

    @property
    def fitted(self) -> bool:
        """Is there a printer?"""
        return self._printer is not None

    @property
    def unsure(self) -> bool:
        """Does nobody know whether the last slip was printed?"""
        return self.fitted and self._note.state == state.BEGUN

    # after a payment ------------------------------------------------------------------------

    def begin(self, done: ends.Result) -> "asyncio.Task[int] | None":
        """The payment has ended: begin to print the shop's copy of its slip, while its end is shown."""
        record = self._record_of(done)
        if record is None:
            return None
        new = record.seq > self._note.newest
        if done.facts:
            self._note.learn(record.seq, done.facts)
        if new and self.fitted and self._config.slip_copies and self._config.slip_auto:
            return self._start(record, MERCHANT)
        return None

    async def follow(self, work: "asyncio.Task[int] | None", done: ends.Result, key: str) -> str:
        """Its end has been shown: see the slip through, and offer what there is besides; the key that is still to be answered."""
        record = self._record_of(done)
        if done.unkept and key == "A":
            self._card = done.facts
            await self.show(done.unkept, CUSTOMER)
            return ""
        if record is None:
            return key
        asked = not work and not self._config.slip_auto and not self._note.was_begun(record.seq, MERCHANT)
        if work:
            await self._see_to(work, record, MERCHANT)
        if key == "A":
            await self.show(record)
            return ""
        if not self.fitted or not self._config.slip_copies or not key or key in _DIGITS:
            return key
        if asked:
            key = await self._offer(record, MERCHANT)
        if self._config.slip_copies > 1 and done.end not in _ALWAYS and (work or key == "#") and key not in _DIGITS:
            key = await self._offer(record, CUSTOMER)
        return key

    def _record_of(self, done: ends.Result) -> "Record | None":
        """The record of an end that has a slip."""
        if done.end not in (ends.APPROVED, ends.PARTIAL) + _ALWAYS:
            return None
        record = self._store.last()
        stood = record is not None and ends.STOOD.get(record.state, (0, 0))[0] == done.end
        return record if record and stood and record.stan == done.stan else None

    async def _offer(self, record: "Record", copy: int) -> str:
        """# prints it; every other key goes on, and a digit to the next payment.  The key, "" when nobody was there."""
        with Room():
            from .pages import slip

            key = await slip.ask(self._ui, words.PRINT_IT, _name(copy), self._line(record), words.KEYS_PRINT, _OFFER_MS)
        if key == "#":
            await self._see_to(self._start(record, copy), record, copy)
        return key

    # printing -------------------------------------------------------------------------------

    def _start(self, record: "Record", copy: int) -> "asyncio.Task[int]":
        return asyncio.create_task(self._print(record, copy))

    async def _print(self, record: "Record", copy: int) -> int:
        """Print a copy; the fault of core.checks that it ended with, WELL when it is on paper."""
        if self._printer is None:
            return checks.PRINTER_SILENT
        try:
            kept = record.seq > 0  # what no journal has can be had again only by asking the host again
            again = kept and self._note.was_begun(record.seq, copy)
            if kept:
                self._note.begin(record.seq, copy)
            canvas = self._ui.canvas
            codes = HanCodes(canvas.texts.folder + "/gb.bin")
            await self._printer.print(rows(self.document(record, copy, again)), codes, canvas.glyphs)
            if kept:
                self._note.end(state.PRINTED)
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
                with Room():
                    from .pages import slip

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
        with Room():
            from .pages import slip

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
            if self._note.state == state.BEGUN:
                self._note.end(state.LEFT)
        except StoreError as error:
            self._warn("slip: %s" % error)  # asked at the next start, which does no harm

    # after a power cut ----------------------------------------------------------------------

    async def ask(self) -> None:
        """Nobody knows whether the slip of before was printed: ask, and print it again (marked) if it was not."""
        record = self._by_number(self._note.seq)
        if record is None:
            self._leave()
            return
        with Room():
            from .pages import slip

            self._ui.sound(3)
            key = await slip.ask(
                self._ui, words.WAS_PRINTED, _name(self._note.copy), self._line(record), words.KEYS_AGREE, _ASK_MS
            )
        if key == "#":
            try:
                self._note.end(state.PRINTED)
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
            card = self._note.card_of(record.seq) if record.seq else self._card
            return payment.ended(by, record, copy, again, card)

    async def show(self, record: "Record", copy: int = MERCHANT) -> None:
        """The slip on the screen; with a printer, # prints it again."""
        with Room():
            from .pages import slip

            wanted = await slip.read(self._ui, self.document(record, copy), self.fitted)
        if wanted:
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
            from .pages import slip
            from .slips import issuer, payment

            by = issuer.of(self._config, self._ui.canvas.texts, self._ui.guidance)
            await slip.read(self._ui, payment.opened(by, pending), False)

    def by_trace(self, trace: int) -> "Record | None":
        """The newest record of that trace (flows.original), with 0 the newest of all.  Raises StoreError."""
        if not trace:
            return self._store.last()
        found = None
        fits = original.by_trace(trace)
        for record in self._store.records():
            if record.seq and fits(record):
                found = record
        return found

    def _line(self, record: "Record") -> str:
        return "%s #%06d" % (self._ui.canvas.money(record.approved or record.amount), record.stan)


def _name(copy: int) -> int:
    """What a copy is called."""
    return words.FOR_CUSTOMER if copy == CUSTOMER else words.FOR_MERCHANT
