"""The moment at which the power fails: a count-down over a kind of step.

The flash, the NVS and the network streams report every step; the bench arms the cut.
"""

WRITE = "write"  # a flash program, a flash erase or an NVS commit
NET = "net"  # a step of a network stream

# What `step` answers.
GO_ON = 0
BEFORE = 1  # the power fails before the step has any effect
TORN = 2  # … in the middle of it
AFTER = 3  # … right after it


class Cut:
    """At most one cut is armed; `counts` holds the steps seen since power-on by kind."""

    def __init__(self):
        self.counts = {WRITE: 0, NET: 0}
        self.part = 0.0
        self._kind = ""
        self._at = 0
        self._how = AFTER

    def arm(self, kind: str, n: int, how: int = AFTER, part: float = 0.5) -> None:
        """Cut at the `n`-th step of `kind` from now (1 is the next one).

        With TORN, `part` (0…1) of the step's bytes take effect.  Raises ValueError.
        """
        if kind not in self.counts:
            raise ValueError("cut: no such kind of step: " + str(kind))
        if n < 1 or not 0 <= part <= 1:
            raise ValueError("cut: the step is counted from 1 and the torn part is 0…1")
        self._kind = kind
        self._at = self.counts[kind] + n
        self._how = how
        self.part = part

    def disarm(self) -> None:
        """Take the cut back."""
        self._kind = ""

    def step(self, kind: str) -> int:
        """Count one step; GO_ON, or how the power fails at it."""
        count = self.counts[kind] + 1
        self.counts[kind] = count
        return self._how if kind == self._kind and count == self._at else GO_ON
