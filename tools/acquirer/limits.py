"""What the host lets a peer take: connections, time, memory.  Each limit that is met is a line in the log and a count."""

import collections
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """All that bounds one connection and all of them together.

    A request is decided before the next one of its connection is read, so one is in flight on each.  Behind it lie at most
    2 × `buffer_bytes` unread; then the host reads no further, and TCP makes the peer wait.
    """

    connections: int = 12_000
    per_address: int = 2_000
    idle_seconds: float = 600.0  # until a message begins
    message_seconds: float = 20.0  # for the rest of it, and for the peer to take its answer
    handshake_seconds: float = 10.0  # for TLS
    buffer_bytes: int = 4096  # the longest message has 2,050
    system_buffer_bytes: int = 16_384  # asked of the system for each direction of a socket
    stop_seconds: float = 10.0  # for requests in flight when the host is ended


class Gate:
    """Counts connections, in all and by the address that they come from."""

    def __init__(self, limits: Limits, refused: "Callable[[str, str, str], None]"):
        """`refused(limit, address, text)` hears of each one that is turned away."""
        self._limits, self._refused = limits, refused
        self._open: collections.Counter[str] = collections.Counter()

    def enter(self, address: str) -> bool:
        """May this one be served?  Then `leave` has to follow."""
        limits = self._limits
        if self._open.total() >= limits.connections:
            self._refused("connections", address, f"{limits.connections:,} are open")
        elif self._open[address] >= limits.per_address:
            self._refused("per_address", address, f"{limits.per_address:,} of {address} are open")
        else:
            self._open[address] += 1
            return True
        return False

    def leave(self, address: str) -> None:
        """It has ended."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]
