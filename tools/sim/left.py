"""What of a terminal's records can still be read on its flash, by somebody who asks the blocks and not the firmware's store.

The judge's measure of a loss: what stands here a terminal has to know, whatever has happened to the rest.  It is read from a
copy, with nothing in the way that passes (a read that fails or lies once), and of what depends on marginal bits nothing counts.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from . import port
from .littlefs import FileSystem
from .littlefs_device import Endless
from .nor import Nor

Key = tuple[int, int]  # (batch, STAN)
_DATA = "/data"
_PIECE = 80  # bytes of a record


class Left(NamedTuple):
    """`records`: the payments of which a record stands in the journal; `newest`: the one in the marks, `marked`: the one that the
    marks say is the newest to be asked for; `intent`: the one in the intent's file, and its `state` (0: none), there or in the
    marks; `unsettled`: those of these two whose number is greater than that of any record, so that they are open.  `batch` and
    `taken`: the batch that the counter and the marks agree on, and the highest trace number of it that anything here says is
    taken; 0 where one of the two cannot be read, or they do not agree.
    """

    records: "frozenset[Key]" = frozenset()
    newest: "Key | None" = None
    marked: "Key | None" = None
    intent: "Key | None" = None
    state: int = 0
    unsettled: "frozenset[Key]" = frozenset()
    batch: int = 0
    taken: int = 0

    def knows(self, key: Key) -> bool:
        """Does anything here say that there was such a payment, and what became of it or that it is open?"""
        return key in self.records or key == self.newest or key in self.unsettled

    def common(self, other: "Left") -> "Left":
        """What stands in both."""
        same = self.intent == other.intent
        return Left(
            self.records & other.records,
            self.newest if self.newest == other.newest else None,
            self.marked if self.marked == other.marked else None,
            self.intent if same else None,
            min(self.state, other.state) if same else 0,
            self.unsettled & other.unsettled,
            self.batch if self.batch == other.batch else 0,
            min(self.taken, other.taken) if self.batch == other.batch else 0,
        )


def on(nor: Nor, seal: Any, journal: bool = True) -> Left:
    """What can be read for certain; `seal` is the firmware's, with the device's key.  `journal`: its records, too."""
    firm, other = nor.firm()
    found = _in(firm, seal, journal)
    return found if firm == other else found.common(_in(other, seal, journal))


def depends(nor: Nor, seal: Any, key: Key) -> bool:
    """Is a payment open or not as marginal bits happen to be read?"""
    firm, other = nor.firm()
    return firm != other and (key in _in(firm, seal, True).unsettled) != (key in _in(other, seal, True).unsettled)


def _in(blocks: "list[bytes]", seal: Any, journal: bool) -> Left:
    copy = Nor(len(blocks))
    copy.blocks[:] = blocks
    try:
        files = _Files(FileSystem(copy), _DATA)
    except (OSError, Endless):
        return Left()
    intents, marks = port.of("adapters.intent").IntentFile(files, seal), port.of("adapters.marks").Marks(files)
    intents.open()
    marks.open()
    intent = intents.intent
    records = _records(files) if journal else []
    batch, taken = _numbers(files, marks, [*records, *(one for one in (intent, marks.opened, marks.newest) if one is not None)])
    newest = max([record.seq for record in (*records, *([marks.newest] if marks.newest else ()))], default=0)
    return Left(
        frozenset((record.batch, record.stan) for record in records),
        _key(marks.newest),
        _key(marks.opened),
        _key(intent),
        _state(intent, marks.opened),
        frozenset((one.batch, one.stan) for one in (intent, marks.opened) if one is not None and one.seq > newest),
        batch,
        taken,
    )


def _state(intent: Any, opened: Any) -> int:
    """The file may be of an older moment of the intent than the marks."""
    if intent is None:
        return 0
    return int(
        max(intent.state, opened.state) if opened and opened.seq == intent.seq and _key(opened) == _key(intent) else intent.state
    )


def _numbers(files: "_Files", marks: Any, payments: "list[Any]") -> "tuple[int, int]":
    counter = port.of("adapters.counter").Counter(files)
    if not (counter.open() and marks.known and counter.batch == marks.batch):
        return 0, 0
    return counter.batch, max(counter.reserved, marks.reserved, *[one.stan for one in payments if one.batch == counter.batch], 0)


def _key(one: Any) -> "Key | None":
    return (one.batch, one.stan) if one is not None else None


def _records(files: "_Files") -> "list[Any]":
    records, errors = port.of("core.journal.record"), port.of("core.errors")
    found = []
    for name in files.names():
        data = files.read(name) if name.startswith("journal.") else b""
        for at in range(0, len(data) - records.SIZE + 1, records.SIZE):
            try:
                found.append(records.unpack(data[at : at + records.SIZE]))
            except errors.CodecError:
                continue
    return found


class _Files:
    """adapters.files.Folder, for reading; what cannot be read is not there."""

    def __init__(self, system: FileSystem, path: str):
        self._system, self._path = system, path

    def inner(self, name: str) -> "_Files":
        return _Files(self._system, f"{self._path}/{name}")

    def names(self) -> "list[str]":
        def listed() -> "list[str]":
            found: list[str] = []
            for entry in self._system.ilistdir(self._path):
                if entry[0] in found:
                    break  # an error of reading on is one more entry, and so for ever
                found.append(entry[0])
            return found

        return self._or(listed, [])

    def read(self, name: str) -> bytes:
        """Of a file of which a part cannot be read: what stands before it."""

        def content() -> bytes:
            data = b""
            with self._system.open(f"{self._path}/{name}", "rb") as file:
                while piece := self._or(lambda: file.read(_PIECE), b""):
                    data += piece
            return data

        return self._or(content, b"")

    @staticmethod
    def _or(look: "Callable[[], Any]", otherwise: Any) -> Any:
        try:
            return look()
        except (OSError, Endless):
            return otherwise
