"""Matrix keypad: debounced both ways, no ghost keys, rows sampled in an order nobody can foresee.

A listener on the wires of a fixed scan learns which key was pressed from the row's turn; a random order
takes that away.  The scan loop allocates nothing.
"""

import asyncio
from time import ticks_diff, ticks_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from machine import Pin


_SCAN_MS = 5
_IDLE_MS = 15
_AGREE = 3
_LONG = 0x80
_QUEUE = 16

_DOWN = 1  # the debounced state
_WAITS = 2  # pressed, and short or long is still open


class Keypad:
    """`rows` are open-drain outputs (1 = released), `columns` inputs with pull-ups; both are Pins or any
    callables of that shape.  `layout` names the keys row by row, one character each.

    `random()` returns an int of at least 16 random bits.  Keys in `long_keys` are told apart by time: held
    for `long_ms` they are reported as long, else as short when let go.  All others are reported when pressed.
    """

    def __init__(
        self,
        rows: "list[Pin]",
        columns: "list[Pin]",
        layout: str,
        random: "Callable[[], int]",
        long_keys: str = "A",
        long_ms: int = 800,
    ):
        if len(layout) != len(rows) * len(columns) or len(layout) > 127:
            raise ValueError("keypad: the layout needs one character a key")
        self._rows = rows
        self._columns = columns
        self._layout = layout
        self._random = random
        self._long_ms = long_ms
        count = len(layout)
        self._order = bytearray(range(len(rows)))
        self._sample = [0] * len(rows)  # column bits of the last scan, by row
        self._state = bytearray(count)
        self._agree = bytearray(count)
        self._long_key = bytearray([1 if key in long_keys else 0 for key in layout])
        self._since = [0] * count
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
        return self._layout[code & ~_LONG], bool(code & _LONG)

    def clear(self) -> None:
        """Forget keys that were pressed and not yet taken (before a PIN, before a question)."""
        self._waiting = 0

    def held(self) -> int:
        """Number of keys that are down."""
        return self._pressed

    # -- the scanner ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Scan for ever: the keypad's task."""
        while True:
            await asyncio.sleep_ms(self.step())

    def step(self) -> int:
        """One scan; returns the milliseconds until the next one is due."""
        if not self._pressed and not self._settling() and not self._any_key():
            return _IDLE_MS
        self._scan()
        if not self._ghosts():
            self._debounce(ticks_ms())
        return _SCAN_MS

    def _settling(self) -> bool:
        for count in self._agree:
            if count:
                return True
        return False

    def _any_key(self) -> bool:
        # All rows at once: one look at the columns tells whether a scan is worth it.  The order in which the
        # rows fall and rise shows on the columns just as a scan does.
        self._shuffle()
        for row in self._order:
            self._rows[row](0)
        found = self._read_columns()
        for row in self._order:
            self._rows[row](1)
        return found != 0

    def _read_columns(self) -> int:
        bits = 0
        for column in self._columns:
            bits <<= 1
            if not column():
                bits |= 1
        return bits

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
        for row in self._order:
            pin = self._rows[row]
            pin(0)
            self._sample[row] = self._read_columns()
            pin(1)

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
        state = self._state
        agree = self._agree
        columns = len(self._columns)
        key = 0
        for row in range(len(self._sample)):
            bits = self._sample[row]
            mask = 1 << (columns - 1)
            while mask:
                seen = 1 if bits & mask else 0
                if seen == state[key] & _DOWN:
                    agree[key] = 0
                    if state[key] & _WAITS and ticks_diff(now, self._since[key]) >= self._long_ms:
                        state[key] = _DOWN
                        self._put(key | _LONG)
                else:
                    agree[key] += 1
                    if agree[key] == _AGREE:
                        agree[key] = 0
                        if seen:
                            self._press(key, now)
                        else:
                            self._release(key)
                mask >>= 1
                key += 1

    def _press(self, key: int, now: int) -> None:
        self._pressed += 1
        if self._long_key[key]:
            self._state[key] = _DOWN | _WAITS
            self._since[key] = now
        else:
            self._state[key] = _DOWN
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
