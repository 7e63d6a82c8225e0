"""ports.Store on LittleFS: the counter, the intent and the journal, and the rule of truth between the last two.

An intent is *open* while its number is greater than that of the newest journal record: the outcome that is journaled under the
same number settles it, so a payment costs two durable writes and no third one to clear the intent.
"""

from ..core.errors import PendingDamaged, StoreError
from ..core.journal import pending as pendings
from .counter import Counter
from .intent import IntentFile
from .journal import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from ..core.journal.record import Record
    from .files import Folder
    from .sealed import Seal

_SPARE = 16  # places that no new sale may take: what is open must always find room for its end


class FlashStore:
    """Durable records in `folder` (files.Folder); `seal` is a sealed.Seal.  Call `open()` once before use."""

    def __init__(self, folder: "Folder", seal: "Seal"):
        self._folder = folder
        self._counter = Counter(folder)
        self._intent = IntentFile(folder, seal)
        self._journal = Journal(folder)
        self._doubt = False

    def open(self) -> None:
        """Read the state back after power-on.  Raises StoreError; a damaged intent is reported by `pending()`."""
        self._folder.ensure()
        self._journal.open()
        self._counter.open(self._journal.newest is not None or self._intent.exists())
        self._intent.open()
        intent = self._intent.intent
        if intent and intent.state == pendings.SENT and intent.seq > self._journal.seq + 1:
            # It was saved as the next number.  Without the journal nobody knows whether it was settled since: an
            # approved sale must not be reversed because its record is gone.
            self._intent.give_up("the journal records before it are missing")

    # Numbers

    def next_stan(self) -> int:
        return self._counter.next_stan()

    def batch(self) -> int:
        return self._counter.batch

    def set_batch(self, number: int) -> None:
        if self.pending():
            raise StoreError("counter: no new batch while a reversal is pending")
        self._counter.set_batch(number)

    # The intent

    def save_pending(self, pending: pendings.Pending) -> None:
        open_one = self.pending()
        if open_one is not None and open_one.stan != pending.stan:
            raise StoreError("pending: another reversal is pending")
        # A new intent takes the next number.  After a failed append the journal may hold an outcome under the intent's
        # number all the same: a further number keeps it open, so that the decision to reverse wins at the next start.
        seq = max(pending.seq, self._journal.seq + 1)
        self._intent.save(pending, seq + 1 if self._doubt else seq)
        self._doubt = False

    def pending(self) -> "pendings.Pending | None":
        if self._intent.damage:
            raise PendingDamaged(self._intent.damage)
        intent = self._intent.intent
        return intent if intent is not None and intent.seq > self._journal.seq else None

    def remains(self) -> "pendings.Pending | None":
        return self._intent.remains

    def set_aside(self, record: "Record") -> None:
        """A supervisor's act: journal `record`, then keep the damaged intent under another name as evidence."""
        self._append(record, self._journal.seq + 1)
        self._intent.keep_as("damaged.%03d" % (record.seq % 1000))

    # The journal

    def append(self, record: "Record") -> None:
        pending = self.pending()
        self._append(record, pending.seq if pending else self._journal.seq + 1)

    def _append(self, record: "Record", seq: int) -> None:
        full = self._journal.left() <= 0
        try:
            self._journal.append(record, seq)
        except (StoreError, MemoryError):
            self._doubt = self._doubt or not full
            raise
        self._doubt = False

    def room(self) -> bool:
        """True while the journal can take another outcome, and the ends of what would go wrong with it."""
        return self._journal.left() > _SPARE

    def records(self) -> "Iterator[Record]":
        return self._journal.records()

    def last(self) -> "Record | None":
        return self._journal.newest
