"""Matrix keypad: debounced both ways, no ghost keys, rows sampled in an order nobody can foresee.

A listener on the wires of a fixed scan learns which key was pressed from the row's turn; a random order
takes that away.  While no key is down all rows stay low, and one look at the columns tells whether a scan is worth it.
The scan loop allocates nothing.

Debouncing goes by the clock and not by a number of scans: the ESP32's port waits in ticks of 10 ms (FreeRTOS at 100 Hz),
and a pause of 5 ms becomes 10.
"""

import asyncio
from time import sleep_us, ticks_diff, ticks_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Protocol

    from machine import Pin

    class Lines(Protocol):
        """What a scan does to a key matrix, wherever its lines end."""

        rows: int
        columns: int

        def drive(self, row: int, level: int) -> None:
            """Hold a row low (0) or let it go (1)."""

        def rest(self) -> None:
            """Hold every row low."""

        def read(self) -> int:
            """The columns that are low, a bit each, the leftmost the highest."""


_SCAN_MS = 5  # 10 on the port
# Less than a tick by what the other tasks of a turn take, so that it is one tick on the port and never two.
_IDLE_MS = 6
# A contact counts as changed when scans this far apart agree: three of them 5 ms apart, two where they are 10 ms apart
# (less a millisecond that either reading of the clock may lose).  The press that is just seen on the port lasts two
# ticks and this: 30 ms.
_STEADY_MS = 8
# A key has been held for as long as scans have seen it down, and none speaks for longer than this: while nobody looked (a TLS
# handshake, a computer under load with a model of this board), the finger may have been anywhere.
_SEEN_MS = 20
_LONG = 0x80
_QUEUE = 16

_DOWN = 1  # the debounced state
_WAITS = 2  # pressed, and short or long is still open
_STUCK = 4  # down for longer than a finger is, or never seen up

_STUCK_MS = 10000
_TURNING = 1
_FROM_START = 2  # seen down by the first scan of all


class PinLines:
    """A matrix at pins of the chip itself: `rows` are open-drain outputs (1 = released), `columns` inputs with pull-ups, both
    Pins or any callables of that shape.
    """

    def __init__(self, rows: "list[Pin]", columns: "list[Pin]"):
        self.rows = len(rows)
        self.columns = len(columns)
        self._rows = rows
        self._columns = columns

    def drive(self, row: int, level: int) -> None:
        self._rows[row](level)

    def rest(self) -> None:
        for row in self._rows:
            row(0)

    def read(self) -> int:
        bits = 0
        for column in self._columns:
            bits <<= 1
            if not column():
                bits |= 1
        return bits


class Keypad:
    """`lines` are PinLines or drivers.pcf8574.Pcf8574.  `layout` names the keys row by row, one character each.

    `random()` returns an int of at least 16 random bits.  Keys in `long_keys` are told apart by time: seen down
    for `long_ms` they are reported as long, else as short when let go.  All others are reported when pressed.
    `settle_us` passes between driving a row and reading the columns: the pull-ups need it to lift a line that the row
    before held low, the longer the more cable hangs on it (boards/README.md).
    """

    def __init__(
        self,
        lines: "Lines",
        layout: str,
        random: "Callable[[], int]",
        long_keys: str = "A",
        long_ms: int = 800,
        settle_us: int = 100,
    ):
        if len(layout) != lines.rows * lines.columns or len(layout) > 127:
            raise ValueError("keypad: the layout needs one character a key")
        self._lines = lines
        self.layout = layout
        self._random = random
        self._long_ms = long_ms
        self._settle_us = settle_us
        count = len(layout)
        self._order = bytearray(range(lines.rows))
        self._sample = [0] * lines.rows  # column bits of the last scan, by row
        self._state = bytearray(count)
        self._turning = bytearray(count)  # _TURNING: seen otherwise than `_state` says
        self._turned = [0] * count  # … since then, in ms; of a key that is down: since when it is
        self._turn = _FROM_START
        self._long_key = bytearray([1 if key in long_keys else 0 for key in layout])
        self._held = [0] * count  # how long it has been seen down, in ms
        self._resting = False  # all rows are low and no key is down
        self._scanned = 0
        self._pressed = 0
        self._queue = bytearray(_QUEUE)
        self._head = self._waiting = 0
        self._event = asyncio.Event()

    # -- what the app asks ---------------------------------------------------------------------------

    async def get(self):
        """Wait for the next key: (key, long)."""
        while not self._waiting:
            self._event.clear()
            await self._event.wait()
        code = self._queue[self._head]
        self._head = (self._head + 1) % _QUEUE
        self._waiting -= 1
        return self.layout[code & ~_LONG], bool(code & _LONG)

    def clear(self) -> None:
        """Forget keys that were pressed and not yet taken (before a PIN, before a question)."""
        self._waiting = 0

    def held(self) -> int:
        """Number of keys that are down."""
        return self._pressed

    def stuck(self) -> str:
        """The keys that nobody can be pressing: down since the first scan, or for ten seconds.  "" when there is none."""
        return "".join([self.layout[key] for key in range(len(self._state)) if self._state[key] & _STUCK])

    @property
    def columns(self) -> int:
        """How many keys of the layout a row has."""
        return self._lines.columns

    # -- the scanner ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Scan for ever: the keypad's task."""
        while True:
            await asyncio.sleep_ms(self.step())

    def step(self) -> int:
        """One scan; returns the milliseconds until the next one is due."""
        if self._resting:
            if not self._lines.read():
                return _IDLE_MS
            self._wake()
        self._scan()
        if self._ghosts():
            self._forget_turns()
        else:
            self._debounce(ticks_ms())
        if self._pressed or self._settling() or self._any_contact():
            return _SCAN_MS
        self._rest()
        return _IDLE_MS

    def _rest(self) -> None:
        self._lines.rest()
        self._resting = True

    def _wake(self) -> None:
        # The order in which the rows rise shows on the columns just as a scan does.
        self._shuffle()
        for row in self._order:
            self._lines.drive(row, 1)
        self._resting = False

    def _any_contact(self) -> bool:
        for bits in self._sample:
            if bits:
                return True
        return False

    def _settling(self) -> bool:
        for turning in self._turning:
            if turning:
                return True
        return False

    def _forget_turns(self) -> None:
        # What was seen before ghosts came agrees with nothing that is seen after them.
        turning = self._turning
        for key in range(len(turning)):
            turning[key] = 0

    def _shuffle(self) -> None:
        # Fisher-Yates, out of one random number.
        order = self._order
        dice = self._random()
        left = len(order)
        while left > 1:
            pick = dice % left
            dice //= left
            left -= 1
            row = order[pick]
            order[pick] = order[left]
            order[left] = row

    def _scan(self) -> None:
        self._shuffle()
        lines = self._lines
        for row in self._order:
            lines.drive(row, 0)
            # By now the columns of the row before have risen, and those of this one have fallen.
            sleep_us(self._settle_us)
            self._sample[row] = lines.read()
            lines.drive(row, 1)

    def _ghosts(self) -> bool:
        # Two rows that share two columns: three pressed keys look like four, nobody can tell which.
        sample = self._sample
        for one in range(len(sample)):
            for other in range(one):
                common = sample[one] & sample[other]
                if common & (common - 1):
                    return True
        return False

    def _debounce(self, now: int) -> None:
        seen_ms = min(ticks_diff(now, self._scanned), _SEEN_MS)
        self._scanned = now
        state = self._state
        turning = self._turning
        columns = self._lines.columns
        key = 0
        for row in range(len(self._sample)):
            bits = self._sample[row]
            mask = 1 << (columns - 1)
            while mask:
                seen = 1 if bits & mask else 0
                if seen == state[key] & _DOWN:
                    turning[key] = 0
                    if seen and ticks_diff(now, self._turned[key]) >= _STUCK_MS:
                        state[key] |= _STUCK  # and stays so, however long, until it is let go
                    if state[key] & _WAITS:
                        self._held[key] += seen_ms
                        if self._held[key] >= self._long_ms:
                            state[key] &= ~_WAITS
                            self._put(key | _LONG)
                elif not turning[key]:
                    turning[key] = self._turn
                    self._turned[key] = now
                elif ticks_diff(now, self._turned[key]) >= _STEADY_MS:
                    if seen:
                        self._press(key, turning[key] == _FROM_START)
                    else:
                        self._release(key)
                    turning[key] = 0
                mask >>= 1
                key += 1
        self._turn = _TURNING

    def _press(self, key: int, from_start: bool) -> None:
        self._pressed += 1
        self._state[key] = _DOWN
        if from_start:
            self._state[key] |= _STUCK
        if self._long_key[key]:
            self._state[key] |= _WAITS
            self._held[key] = 0
        else:
            self._put(key)

    def _release(self, key: int) -> None:
        self._pressed -= 1
        if self._state[key] & _WAITS:
            self._put(key)
        self._state[key] = 0

    def _put(self, code: int) -> None:
        # A full queue keeps what came first: the person sees those keys act, and later ones not.
        if self._waiting < _QUEUE:
            self._queue[(self._head + self._waiting) % _QUEUE] = code
            self._waiting += 1
            self._event.set()
