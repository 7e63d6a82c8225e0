"""From a flow's Result to words: the title, was money taken, why did it stop, what now; and who is to turn to.

The readable tables are tools/words/guidance.txt and responses.txt.  guidance.bin holds rows of 12 bytes, sorted, little-endian:
a key of 3 (table, number, kind of transaction or 0; for a response code its two letters and 0), the numbers of the sentences
title, money, why and step (2 bytes each, 0: none), and the cause.
"""

import struct

from ..core.emv import outcome
from ..flows import result as ends
from . import words
from .data import opened
from .widgets import icons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.journal.record import Record


# Causes: who or what a person has to turn to.
DEVICE = 1
CARD = 2
NETWORK = 3
OPERATOR = 4
ISSUER = 5
HOST = 6

_ROW = 12
_END, _WHY, _CARD, _STATE, _PART, _KIND = 1, 2, 3, 4, 5, 6
_ANY_CODE = b"??\x00"
_ICONS = {
    ends.REVERSED: icons.BACK, ends.UNKNOWN: icons.WARNING, ends.MANUAL: icons.WARNING, ends.DONE: icons.CHECK,
}  # fmt: skip


class Guide:
    """Sentences (numbers of app.words, 0: none) `title`, `money`, `why`, `step`; the `cause`; the `icon` of the canvas."""

    def __init__(self, title: int = 0, money: int = 0, why: int = 0, step: int = 0, cause: int = 0):
        self.title = title
        self.money = money
        self.why = why
        self.step = step
        self.cause = cause
        self.icon = icons.CROSS


class Guidance:
    """Looks into the file `path` (guidance.bin) when it is asked; from then on the file stays open."""

    def __init__(self, path: str):
        self._path = path
        self._file: "Any" = None
        self._rows = 0

    def explain(self, found: ends.Result) -> Guide:
        """What to say about a Result; what the end itself says goes before what the reason says."""
        told = self._reason(found)
        end = self._about(_END, found.end, found.kind)
        told.title = end.title or told.title
        if found.why != ends.NOT_KEPT:  # the only open one whose money is known
            told.money = end.money or told.money
        told.why = end.why or told.why
        if found.why not in (ends.DAMAGED, ends.NOT_KEPT):  # nobody at the counter can help with these
            told.step = end.step or told.step
        if found.after_sign_on and told.step == words.S_SIGN_ON:
            told.step = words.S_CALL_BANK  # that has been done
        told.icon = _ICONS.get(found.end, icons.CROSS)
        return told

    def open_one(self, kind: int, why: int = ends.OK) -> Guide:
        """What is open of that kind, and where its money is; `why` NOT_KEPT: the host has said how it ended."""
        found = ends.Result(ends.UNKNOWN, ends.MONEY_UNKNOWN, why, kind)
        return self.explain(found)

    def why(self, why: int) -> int:
        """The sentence that names a reason of flows.result."""
        return self._about(_WHY, why, 0).why

    def part(self, fault: int) -> Guide:
        """What is wrong with a part (a fault of core.checks), and what to do about it."""
        return self._about(_PART, fault, 0)

    def state(self, record: "Record") -> int:
        """The sentence for how a core.journal.record.Record ended."""
        return self._about(_STATE, record.state, record.kind).title or words.REVERSAL_FAILED

    def kind(self, kind: int) -> Guide:
        """What the slip of a transaction is called; of an approval the sentence (with %s for the amount) for what it did with the
        money, what else is so (`why`), and `step`.
        """
        return self._row(bytes((_KIND, kind, 0))) or Guide()

    def _reason(self, found: ends.Result) -> Guide:
        if found.why == ends.OK:
            return Guide()
        if found.why == ends.HOST_CODE:
            return self._row(found.f39.encode() + b"\x00") or self._row(_ANY_CODE) or Guide()
        read = found.card
        if found.why != ends.CARD or read is None:
            return self._about(_WHY, found.why, found.kind)
        told = self._about(_CARD, read.reason, found.kind)
        if read.outcome == outcome.TRY_AGAIN:
            told.title = words.TAP_ENDED
            if told.step != words.S_LOOK_AT_PHONE:
                told.step = words.S_TAP_AGAIN
        elif read.outcome == outcome.OTHER_INTERFACE:
            told.step = words.S_OTHER_WAY
        return told

    def _about(self, table: int, number: int, kind: int) -> Guide:
        """The row of this kind of transaction, else the one of any; an unheard-of number is the device's fault."""
        if kind:
            own = self._row(bytes((table, number, kind)))
            if own:
                return own
        return self._row(bytes((table, number, 0))) or Guide(step=words.S_SERVICE, cause=DEVICE)

    def _row(self, key: bytes):
        if self._file is None:
            self._file = opened(self._path)
            self._rows = self._file.seek(0, 2) // _ROW
        low, high = 0, self._rows
        while low < high:
            middle = (low + high) // 2
            self._file.seek(_ROW * middle)
            row = self._file.read(_ROW)
            if row[:3] == key:
                return Guide(*struct.unpack("<HHHHB", row[3:]))
            if row[:3] < key:
                low = middle + 1
            else:
                high = middle
        return None
