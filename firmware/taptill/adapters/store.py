"""ports.Store on LittleFS: counter, intent, journal, what was seen of it and the marks beside them; and what is true of them.

An intent is *open* while its number is greater than that of the newest journal record: the outcome that is journaled under the
same number settles it.  The marks (adapters.marks) are written last and before anything that depends on them: before the request
leaves, and after its outcome is in the journal.  So the loss of any one file is noticed, and what can be put back is put back;
the marks lie in other blocks than the rest, which a bad bit may set back all together.

Marks that are lost themselves are noticed too, and what they would have known is asked about: nothing is reversed on the word of
the intent alone.  Only a flash that never had any, of an earlier firmware, is believed without them.
"""

from ..core.errors import PendingDamaged, StoreError
from ..core.journal import pending as pendings
from .counter import Counter
from .intent import IntentFile
from .journal import PLACES, Journal
from .marks import Marks
from .seen import SeenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterator

    from ..core.journal.record import Record
    from .files import Folder
    from .sealed import Seal

_PLACES = 16  # in the journal, that no new sale may take: what is open must always find room for its end
_RESERVE = "reserve"  # and blocks of flash for it: this file is given up when there are no others
_RESERVED = 4 * 4096 - 256


class FlashStore:
    """Durable records in `folder` (files.Folder); `seal` is a sealed.Seal.  Call `open()` once before use.

    `lost`: names of files that were damaged, missing or of an older moment; what they held is back as far as it was known.
    `notes`: what flash refused meanwhile, without harm; after `open`, `warn(text)` hears of it.  `told(record)` hears of every
    record that is in the journal.
    """

    def __init__(
        self,
        folder: "Folder",
        seal: "Seal",
        told: "Callable[[Record], None] | None" = None,
        warn: "Callable[[str], None]" = print,
    ):
        self._folder = folder
        self._told = told
        self._warn = warn
        self._counter = Counter(folder)
        self._intent = IntentFile(folder, seal)
        self._journal = Journal(folder)
        self._seen = SeenFile(folder)
        self._marks = Marks(folder)
        self._missing: "pendings.Pending | None" = None  # an open intent of which only the marks know
        self._unmarked = False  # the marks are lost
        self._doubt = False
        self._reserved = False
        self._opened = False
        self.lost: "list[str]" = []
        self.notes: "list[str]" = []

    def open(self) -> None:
        """Read the state back after power-on.  Raises StoreError; an intent that nothing is known of is told by `pending()`."""
        self._folder.ensure()
        self._marks.open()
        self._journal.open()
        self._intent.open()
        self._seen.open()
        whole = self._counter.open()
        self._check_marks(whole)
        self._check_journal()
        self._check_intent()
        self._check_counter(whole)
        self._seen.not_beyond(self._journal.seq)
        if self._marks_lag():
            self._mark_quietly()
        self._opened = True

    def _check_marks(self, whole: bool) -> None:
        """Are they lost?  An earlier firmware kept none: its counter, which has to be `whole` for that, bears no revision."""
        marks, counter = self._marks, self._counter
        used = self._journal.seq or self._journal.unread or self._intent.exists()
        self._unmarked = not marks.known and bool(marks.damaged or counter.revision or (used and not whole))
        if self._unmarked:
            self.lost.append("marks")

    def _marks_lag(self) -> bool:
        """Must they be written before an end is told?  An earlier firmware kept none, they are lost, or a cut was first."""
        newest, marked = self._journal.newest, self._marks.newest
        if not self._marks.known:
            return bool(newest or self._intent.exists())
        return newest is not None and (marked is None or marked.seq < newest.seq)

    def _check_journal(self) -> None:
        """The newest record stands in the marks too, and somebody may have seen the end of a later one."""
        newest = self._marks.newest
        if newest and newest.seq > self._journal.seq:
            missing = newest.seq > self._journal.seq + 1  # more than can be put back
            self._put_back(newest)
        else:
            missing = self._journal.gone or (self._journal.unread and self._intent.intent is None)
        if missing or self._seen.seq > self._journal.seq:
            self.lost.append("journal")

    def _put_back(self, newest: "Record") -> None:
        try:
            self._with_reserve(lambda: self._journal.append(newest, newest.seq))
        except StoreError as error:
            self._note(error)
            self._journal.settle(newest)  # put back at a later start: the marks keep it

    def _check_intent(self) -> None:
        """What is open, and how far it may be acted upon."""
        intent, opened = self._intent.intent, self._marks.opened
        if opened and opened.seq > self._journal.seq and (intent is None or self._is_later(opened, intent)):
            self._missing = opened
            self.lost.append("pending")
            remains = self._intent.remains
            if remains and (remains.seq, remains.stan, remains.amount) == (opened.seq, opened.stan, opened.amount):
                # Evidence: what is proven of it fits what is not.
                opened.pan, opened.terminal, opened.merchant = remains.pan, remains.terminal, remains.merchant
        elif self._intent.damage:
            if self._marks.known and not self._looks_open():
                self.lost.append("pending")
                self._put_aside()  # whatever it was, the request of a new one had not left
        elif intent and intent.seq > self._journal.seq:
            self._judge(intent)
        elif intent is None and self._unmarked and self._journal.seq:
            self._intent.missed()  # nobody knows what it was
        elif intent is None and opened:
            self.lost.append("pending")  # a settled one, by the marks

    def _is_later(self, opened: pendings.Pending, intent: pendings.Pending) -> bool:
        """Do the marks know of a later intent than the file has?  One on which nothing was sent leaves its number to the next."""
        if opened.seq != intent.seq:
            return opened.seq > intent.seq
        if opened.batch != intent.batch:
            return opened.batch == self._marks.batch  # a batch stands in the marks before anything is sent in it
        return opened.stan > intent.stan

    def _looks_open(self) -> bool:
        """Do the remains of a damaged intent look like a newer one than the marks know?  Then these are of an older moment."""
        remains, newest = self._intent.remains, self._journal.newest
        if remains is None or not 0 < remains.seq - self._journal.seq <= 2:
            return False
        return newest is None or remains.stan != newest.stan

    def _judge(self, intent: pendings.Pending) -> None:
        """An approved sale must not be reversed because its record is gone."""
        state, trust = intent.state, pendings.WHOLE
        opened, (number, marked, doubted) = self._marks.opened, self._marks.written
        if opened and number == intent.seq and (opened.batch, opened.stan) == (intent.batch, intent.stan):
            intent.state = max(state, marked)  # the file may be of an older moment of the same intent
            trust = doubted
        elif state == pendings.SENT and intent.seq > self._journal.seq + 1:
            trust = pendings.DOUBTED  # it was saved as the next number: records between are gone
        lost = self._unmarked or self._journal.unread or self._seen.seq >= intent.seq
        intent.trust = pendings.DOUBTED if lost else trust

    def _check_counter(self, whole: bool) -> None:
        """The newer of counter (is it `whole`?) and marks counts; where one is lost, the numbers known to be used count too."""
        marks, counter = self._marks, self._counter
        if marks.known:
            if not whole or marks.revision > counter.revision:
                counter.go_on(marks.batch, marks.reserved, marks.revision)
            if not whole and (marks.reserved or marks.revision):
                self.lost.append("counter")
                counter.go_far(marks.batch, marks.reserved)  # what took the counter may have set back the marks
        known = [one for one in (self._journal.newest, self._intent.intent) if one]
        behind = [one for one in known if one.batch == counter.batch and one.stan > counter.reserved]
        if marks.known and not behind:
            return
        if not whole and self._intent.remains:
            known.append(self._intent.remains)
        if behind or (not whole and (known or self._intent.exists())):
            if "counter" not in self.lost:
                self.lost.append("counter")
            newest = max(known, key=lambda one: one.seq) if known else None
            counter.go_far(newest.batch if newest else 1, max([one.stan for one in known] + [0]))
        elif self._unmarked:
            counter.go_far(counter.batch, counter.reserved)  # it may be of an older moment

    # Numbers

    def next_stan(self) -> int:
        if not self._counter.spent():
            return self._counter.next_stan()
        ending = self.open_ends()  # what asks about it needs numbers
        if not self._marks.known:
            self._with_reserve(self._mark, ending)  # from the beginning on: else a cut behind the counter looks like their loss
        numbers: "list[int]" = []
        self._with_reserve(lambda: numbers.append(self._counter.next_stan()), ending)
        self._with_reserve(self._mark, ending)
        return numbers[0]

    def batch(self) -> int:
        return self._counter.batch

    def set_batch(self, number: int) -> None:
        if self.pending():
            raise StoreError("counter: no new batch while a reversal is pending")
        if number != self._counter.batch:
            self._counter.set_batch(number)
            self._mark()

    # The intent

    def save_pending(self, pending: pendings.Pending) -> None:
        open_one = self.pending()
        if open_one is not None and open_one.stan != pending.stan:
            raise StoreError("pending: another reversal is pending")
        if pending.trust == pendings.LOST:
            return  # what is missing cannot be written
        before = self._intent.intent
        # A new intent takes the next number.  After a failed append the journal may hold an outcome under the intent's
        # number all the same: a further number keeps it open, so that the decision to reverse wins at the next start.
        seq = max(pending.seq, self._journal.seq + 1) + (1 if self._doubt else 0)
        self._with_reserve(lambda: self._intent.save(pending, seq), open_one is not None)
        self._doubt = False
        if self._marks.written == (seq, pending.state, pending.trust):
            return
        try:
            self._with_reserve(self._mark, open_one is not None)
        except StoreError:
            if open_one is None:
                self._intent.take_back(before)
                raise
            # It is on flash itself; the marks are behind until they are written for something else.

    def pending(self) -> "pendings.Pending | None":
        if self._missing:
            return self._missing
        if self._intent.damage:
            raise PendingDamaged(self._intent.damage)
        intent = self._intent.intent
        return intent if intent is not None and intent.seq > self._journal.seq else None

    def open_ends(self) -> bool:
        """Is there anything to be settled, readable or not?"""
        return bool(self._intent.damage) or self.pending() is not None

    def proves_key(self) -> bool:
        """True when something could be opened with this device's key."""
        return self._intent.intent is not None

    def in_doubt(self) -> bool:
        return self._doubt

    def remains(self) -> "pendings.Pending | None":
        return self._intent.remains

    def set_aside(self, record: "Record") -> None:
        """A supervisor's act: journal `record`, then keep the damaged intent under another name as evidence."""
        self._append(record, self._journal.seq + 1)
        self._intent.keep_as("damaged.%03d" % (record.seq % 1000))
        self._mark_quietly()

    # The journal

    def append(self, record: "Record") -> None:
        pending = self.pending()
        self._append(record, pending.seq if pending else self._journal.seq + 1)
        if self._missing:
            self._missing = None
            if self._intent.damage:
                self._put_aside()

    def _append(self, record: "Record", seq: int) -> None:
        full = self._journal.left() <= 0
        try:
            self._with_reserve(lambda: self._journal.append(record, seq))
        except (StoreError, MemoryError) as error:
            # Of a write that found no room nothing is there.
            self._doubt = self._doubt or not (full or (isinstance(error, StoreError) and error.full))
            raise
        self._doubt = False
        if self._journal.gone and "journal" not in self.lost:
            self.lost.append("journal")
            self._warn("store: lost or damaged: journal")
        self._mark_quietly()
        if self._told:
            self._told(record)

    def room(self) -> bool:
        """True while there are a number, places and blocks for another payment, and for the ends of what would go wrong with it.

        Raises StoreError when flash refuses to say.
        """
        return self._counter.left() > 0 and self._journal.left() > _PLACES and self._set_reserve()

    def places(self) -> "tuple[int, int]":
        """How many records still find room in the journal, and how many it can hold."""
        return self._journal.left(), PLACES

    def records(self) -> "Iterator[Record]":
        return self._journal.records()

    def last(self) -> "Record | None":
        return self._journal.newest

    def recent(self, most: int) -> "list[Record]":
        return self._journal.recent(most)

    def unseen(self) -> "Record | None":
        newest = self._journal.newest
        return newest if newest and newest.seq > self._seen.seq else None

    def note_seen(self) -> None:
        if self.unseen():
            self._seen.note(self._journal.seq)

    # The marks, and the reserve

    def _mark(self) -> None:
        if self._intent.damage and not self._missing:
            return  # marks would say that nothing is open, and nobody knows
        counter, opened = self._counter, self._missing or self._intent.intent
        known = self._marks.opened
        if known and (opened is None or opened.seq < known.seq):
            opened = known
        number = opened.seq if opened else 0
        if opened and opened is self._intent.intent:
            number = min(number, self._intent.number)  # flash may have refused a further one: the intent there would look lost
        self._marks.write((counter.batch, counter.reserved, counter.revision), opened, number, self._journal.newest)

    def _mark_quietly(self) -> None:
        """After what the marks repeat is on flash itself: without them it stands all the same, and is marked the next time."""
        try:
            self._with_reserve(self._mark)
        except StoreError as error:
            self._note(error)

    def _note(self, error: StoreError) -> None:
        if self._opened:
            self._warn("store: %s" % error)
        else:
            self.notes.append(str(error))

    def _set_reserve(self) -> bool:
        """Have the reserve on flash; False when there is no room for it.  Raises StoreError."""
        if not self._reserved:
            try:
                if self._folder.size(_RESERVE) != _RESERVED:
                    self._folder.blank(_RESERVE, _RESERVED)
            except StoreError as error:
                if not error.full:
                    raise
                return False
            self._reserved = True
        return True

    def _with_reserve(self, act: "Callable[[], None]", ending: bool = True) -> None:
        """Do what writes; `ending`: where there is no room, that of the reserve is taken.  Raises StoreError.

        The reserve is given up also where the blocks of some file cannot be followed: it may be that one, which nobody needs.
        """
        try:
            act()
        except StoreError as error:
            if not ((error.full and ending) or error.corrupt) or self._folder.size(_RESERVE) < 0:
                raise
            self._folder.remove(_RESERVE)
            self._reserved = False
            act()

    def _put_aside(self) -> None:
        """Keep a damaged intent that is not needed for anything any more."""
        try:
            self._intent.keep_as("damaged.%03d" % (self._journal.seq % 1000))
        except StoreError as error:
            self._note(error)
            self._intent.forget()
