"""The log and the tally on flash: a ring of small files and one beside them, in a folder of their own.

Lines are kept in memory first and written when nobody waits (`keep`): a segment of the ring, and the tally, each replaced by
LittleFS in one step.  The tally knows the newest segment and is written before it, so a power cut between the two loses the lines
that were being written and nothing else.  What flash refuses is dropped and counted: no payment ever waits for it or fails by it.
"""

import gc
import time

from ..core import logbook as lines_of
from ..core import tally as tallies
from ..core.errors import StoreError
from ..core.tally import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterator

    from .files import Folder


SEGMENTS = 12  # with the tally they stay within the half of a directory block that LittleFS does not divide
_TALLY = "tally"
_FAULT = "fault"
_WAITING = 12  # lines in memory at most
_SOON = 6  # so many are worth a write
_AT_LEAST_MS = 600000  # and whatever there is, when so much time has passed


class LogFiles:
    """`folder` is a files.Folder of its own; `moment()` seconds since 2000 in UTC, 0 while the time is not known; `erases()` the
    flash blocks that were erased since power-on.  `open(cause)` once before use; whatever comes earlier waits in memory.

    `tally` is a core.tally.Tally; `fault` what the program died of in its last life, until somebody has seen it.  Nothing here
    raises but MemoryError.
    """

    def __init__(self, folder: "Folder", moment: "Callable[[], int]", erases: "Callable[[], int]"):
        self._folder = folder
        self._moment = moment
        self._erases = erases
        self._erased = 0  # of them, in the tally already
        self._made = False
        self._number = 0
        self._open = b""  # lines of the newest segment
        self._waiting: "list[bytes]" = []
        self._urgent = False
        self._kept_at = time.ticks_ms()
        self._kept = b""  # the tally on flash
        self.tally = Tally()
        self.fault = ""

    def open(self, cause: int) -> None:
        """Find the end of the ring.  `cause` is machine.reset_cause(): counted."""
        self.look()
        place = tallies.of_reset(cause)
        self.tally.add(place)
        if place == tallies.WATCHDOG and not self.fault:
            self.fault = "watchdog"

    def look(self) -> None:
        """The same, and nothing is counted."""
        try:
            names = self._folder.names()
            self._made = True
        except StoreError:
            names = []  # made with its first file; if it cannot be, its lines are counted
        try:
            self._find(names)
        except (StoreError, ValueError) as error:
            self.note(lines_of.ERROR, "log: %s" % error)

    def _find(self, names: list) -> None:
        """The end of the ring, and the numbers; `names` are the files that there are.  Raises StoreError."""
        if _TALLY in names:
            self._kept = self._folder.read(_TALLY) or b""
        if not self.tally.read(self._kept):
            self._kept = b""
            self.tally.values[tallies.SEGMENT] = self._newest(names)
        self._number = self.tally.values[tallies.SEGMENT]
        if _name(self._number) in names:
            self._open = self._segment(self._number) or b""
        if _FAULT in names:
            self.fault = (self._folder.read(_FAULT) or b"").decode()

    def note(self, level: int, text: str) -> None:
        """A text for the log, a line or a few; warnings and errors go to the serial console too."""
        if level >= lines_of.WARNING:
            print(lines_of.clean(text, lines_of.WHOLE))
            self._urgent = True
        moment = self._moment() or time.ticks_ms() // 1000
        for part in lines_of.split(text):
            if len(self._waiting) >= _WAITING:
                self._make_room()
            self._waiting.append(lines_of.line(moment, level, part))

    def date(self, place: int) -> None:
        """What stands at this place of the tally was done now; where the time is not known, the old date stays."""
        self.tally.values[place] = self._moment() or self.tally.values[place]

    def forget_details(self) -> None:
        """What they led up to was no incident."""
        self._waiting = [line for line in self._waiting if lines_of.level_of(line) != lines_of.DETAIL]

    def _make_room(self) -> None:
        """The oldest detail goes first, else the oldest line."""
        for at, line in enumerate(self._waiting):
            if lines_of.level_of(line) == lines_of.DETAIL:
                del self._waiting[at]
                return
        del self._waiting[0]
        self.tally.add(tallies.DROPPED)

    def rest(self) -> None:
        """Nobody waits for anything: write what is worth it."""
        passed = time.ticks_diff(time.ticks_ms(), self._kept_at) >= _AT_LEAST_MS
        if self._urgent or passed or len(self._waiting) >= _SOON:
            self.keep()

    def keep(self) -> None:
        """Write everything now, unless nothing is new."""
        self._kept_at = time.ticks_ms()
        self._urgent = False
        lines, self._waiting = self._waiting, []
        written = 0
        try:
            if not self._made:
                self._folder.own()
                self._made = True
            while written < len(lines):
                written = self._keep_segment(lines, written)
            self._keep_tally()
        except StoreError:
            # A refusing flash is told of by whoever needs it; saying it here would be one more line that it refuses.
            self.tally.add(tallies.DROPPED, len(lines) - written)

    def _keep_segment(self, lines: list, at: int) -> int:
        """Put as many of `lines` from `at` on into one segment as it takes; the place of the next one.  Raises StoreError."""
        number, content = self._number, self._open
        if len(content) + len(lines[at]) > lines_of.ROOM:
            number, content = number + 1, b""
        while at < len(lines) and len(content) + len(lines[at]) <= lines_of.ROOM:
            content += lines[at]
            at += 1
        if number != self._number:
            # First the tally: a segment that it does not know would be written over by the next one.
            self.tally.values[tallies.SEGMENT] = number
            self._keep_tally()
        self._folder.write(_name(number), lines_of.pack(number, content))
        self._number, self._open = number, content
        return at

    def _keep_tally(self) -> None:
        erased = self._erases()
        self.tally.add(tallies.ERASES, erased - self._erased)
        self._erased = erased
        packed = self.tally.pack()
        if packed != self._kept:
            self._folder.write(_TALLY, packed)
            self._kept = packed

    def weigh(self) -> None:
        """A collection has just been made: note how much of the heap is free."""
        self.tally.weigh(gc.mem_free())

    def lines(self) -> "Iterator[tuple[int, int, str]]":
        """(moment, level, text) of all lines, oldest first; those that wait in memory come last."""
        for number in range(max(self._number - SEGMENTS + 1, 0), self._number + 1):
            try:
                found = self._open if number == self._number else self._segment(number)
            except StoreError:
                found = None
            for line in lines_of.lines(found or b""):
                yield line
        for line in lines_of.lines(b"".join(self._waiting)):
            yield line

    def note_fault(self, said: str, where: list) -> None:
        """The program dies of this: `said` in a line, and `where` it was, innermost first.  On flash at once."""
        self.tally.add(tallies.FAULTS)
        self.note(lines_of.ERROR, said)
        for place in where:
            self.note(lines_of.ERROR, place)
        self.keep()
        try:
            self._folder.write(_FAULT, lines_of.clean(said) + (" " + lines_of.clean(where[0]) if where else ""))
        except StoreError:
            self.tally.add(tallies.DROPPED)

    def fault_seen(self) -> None:
        """A person has read what the program died of."""
        self.fault = ""
        try:
            if self._folder.size(_FAULT) >= 0:
                self._folder.remove(_FAULT)
        except StoreError:
            return  # said once more at the next start

    def _segment(self, number: int) -> "bytes | None":
        """Its lines, None when it is not there.  Raises StoreError."""
        found = lines_of.unpack(self._folder.read(_name(number)))
        return found[1] if found and found[0] == number else None

    def _newest(self, names: list) -> int:
        """Without a tally: the number of the newest segment that can be read.  Raises StoreError."""
        found = [lines_of.unpack(self._folder.read(_name(place))) for place in range(SEGMENTS) if _name(place) in names]
        return max([one[0] for one in found if one] + [0])


def _name(number: int) -> str:
    return "%02d" % (number % SEGMENTS)
