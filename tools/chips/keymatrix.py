"""Model of a key matrix without diodes: rows, columns, bouncing contacts between them, and the lines' capacitance.

A closed contact is a wire.  Lines that are joined through closed contacts form one net; its level is
what the strongest driver on it says.  So ghost keys appear exactly as on the real thing: three keys on
the corners of a rectangle close the fourth, and two outputs may fight.

An output takes its net low or high at once.  A pull-up lifts a net that was low only in the time that it needs to charge
the lines: `rise_us` after the last moment at which something held it low.  Keyboards with the pull-ups of their chips have needed
15 to 20 us, and 65 us with 70 cm of cable.  For this the matrix is told of every change of a pin: `moved(drive)`.
"""

# What a pin does to its line.
LOW = 0
HIGH = 1
PULLED_UP = 2
PULLED_DOWN = 3
FLOATING = 4

_SLOT_US = 300  # how long a bouncing contact stays as it is


class KeyMatrix:
    """`layout` names the keys row by row, one character a key; `now_us()` is any microsecond counter."""

    def __init__(self, rows, columns, layout: str, now_us, bounce_us: int = 4000, rise_us: int = 0):
        if len(layout) != len(rows) * len(columns):
            raise ValueError("keypad layout: %d keys for %d rows × %d columns" % (len(layout), len(rows), len(columns)))
        self.rows = tuple(rows)
        self.columns = tuple(columns)
        self.layout = layout
        self.bounce_us = bounce_us
        self.rise_us = rise_us
        self.fights = 0  # how often two outputs drove one net against each other
        self._now = now_us
        self._down = {}  # key -> time of its last change; a key that is up and quiet is not in here
        self._held = set()
        self._low_at = {}  # line -> when it was last known to be held low
        self._holds = set()  # lines that the pins hold low since their last change

    def _wires(self, key: str):
        at = self.layout.find(key)
        if at < 0 or len(key) != 1:
            raise ValueError("key " + repr(key) + ": not on this keypad")
        return self.rows[at // len(self.columns)], self.columns[at % len(self.columns)]

    def press(self, key: str) -> None:
        """A finger goes down; the contact bounces before it stays closed."""
        self._wires(key)
        self._held.add(key)
        self._down[key] = self._now()

    def release(self, key: str) -> None:
        """The finger leaves; the contact bounces before it stays open."""
        self._wires(key)
        if key in self._held:
            self._held.remove(key)
            self._down[key] = self._now()

    def closed(self, key: str) -> bool:
        """Is the contact of `key` closed at this very moment?"""
        if key not in self._down:
            return False
        age = self._now() - self._down[key]
        held = key in self._held
        if age < 0 or age >= self.bounce_us:
            if not held:
                del self._down[key]
            return held
        slot = age // _SLOT_US
        noise = ((slot + 3) * 40503 + ord(key) * 7919) >> 5
        return bool(noise & 1) if slot else held

    def moved(self, drive) -> None:
        """A pin has changed what it does; `drive` as in `level`.  Only with `rise_us` there is anything to note."""
        if not self.rise_us:
            return
        now = self._now()
        for line in self._holds:
            self._low_at[line] = now  # until this change
        self._holds = {line for line in self.rows + self.columns if self._pulled(line, drive) & (1 << LOW)}
        for line in self._holds:
            self._low_at[line] = now

    def level(self, line: int, drive) -> int:
        """Level (0 or 1) of the net that `line` belongs to.

        `drive(line)` tells what the pin on a line does: LOW, HIGH, PULLED_UP, PULLED_DOWN or FLOATING.
        """
        pulled = self._pulled(line, drive) if self._down else 1 << drive(line)
        if pulled & (1 << LOW):
            if pulled & (1 << HIGH):
                self.fights += 1
            if self.rise_us:
                self._low_at[line] = self._now()
            return 0
        if pulled & (1 << HIGH):
            return 1
        if not pulled & (1 << PULLED_UP):
            return 0
        return 0 if line in self._low_at and self._now() - self._low_at[line] < self.rise_us else 1

    def _pulled(self, line: int, drive) -> int:
        """All that the pins do to the net of `line`, a bit each."""
        if not self._down:
            return 1 << drive(line)
        joined = [self._wires(key) for key in list(self._down) if self.closed(key)]
        net = [line]
        for wire in net:  # grows while it is walked: the flood
            for row, column in joined:
                if row == wire and column not in net:
                    net.append(column)
                elif column == wire and row not in net:
                    net.append(row)
        seen = 0
        for wire in net:
            seen |= 1 << drive(wire)
        return seen
