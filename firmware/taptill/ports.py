"""What the flows need of the outside world, as small classes.

A port is a promise: its docstring says what must hold, an adapter makes it true on the board, a fake
makes it fail in a test.  Flows know nothing else: no clock, no network, no file system.

No adapter inherits from these classes and nothing on the board imports this page: a promise costs no heap.  A test
compares every adapter with its port, method by method.
"""

from .core.errors import CardLost, HostTimeout, LinkDown, PendingDamaged, ReaderFault, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, Protocol

    from .core.journal.pending import Pending
    from .core.journal.record import Record
    from .core.kinds import Buffer, Moment
else:
    Protocol = object  # MicroPython has no typing


__all__ = (
    "Host", "Card", "Reader", "Store", "Keys", "Clock", "Screen", "Entropy",
    "CardLost", "HostTimeout", "LinkDown", "PendingDamaged", "ReaderFault", "StoreError",
)  # fmt: skip


class Host(Protocol):
    """The link to the acquirer."""

    async def link_up(self, timeout_ms: int) -> bool:
        """True as soon as there is a network to try it on, False when the time (0: no waiting) has passed."""
        raise NotImplementedError

    async def connect(self) -> None:
        """Open the link, TLS included.  Raises LinkDown(sent=False); no byte of a request has left.

        Its `kind` says whether a certificate is to blame.
        """
        raise NotImplementedError

    async def exchange(self, request: "Buffer", accept: "Callable[[Buffer], object]", timeout_ms: int) -> "Any":
        """Send `request` (TPDU…F64, without length prefix) and wait for its answer.

        Every complete answer (TPDU…F64) goes to `accept(answer)`; it returns None for "not mine, keep
        waiting", or the value that `exchange` returns.  What `accept` raises passes through.
        Raises LinkDown or HostTimeout.  After any error the link is closed: no later answer is read.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Close the link; never raises."""
        raise NotImplementedError


class Card(Protocol):
    """A listed ISO 14443-4 card."""

    async def transceive(self, capdu: "Buffer", timeout_ms: int = 5000) -> memoryview:
        """Send a C-APDU (bytes-like), return the whole R-APDU (memoryview: valid until the next call).

        Raises CardLost, ReaderFault.
        """
        raise NotImplementedError


class Reader(Protocol):
    """The contactless reader."""

    async def wait_card(self, timeout_ms: int, cancelled: "Callable[[], bool]") -> "Card | None":
        """Field on, until a card can be talked to; returns a Card.

        `cancelled()` is asked again and again; when it turns true, or the time is up, None is returned.
        A target without ISO 14443-4 raises CardLost with the words "not a payment card".
        Raises ReaderFault.
        """
        raise NotImplementedError

    async def off(self) -> None:
        """Release the card and switch the field off; never raises."""
        raise NotImplementedError


class Store(Protocol):
    """Durable records.  Every write is on flash when the call returns, whole or not at all."""

    def next_stan(self) -> int:
        """A STAN (1…999999) never used before in this batch, power cuts included.  Raises StoreError."""
        raise NotImplementedError

    def batch(self) -> int:
        """Number of the open batch."""
        raise NotImplementedError

    def set_batch(self, number: int) -> None:
        """Open another batch; refused (StoreError) while a reversal is pending."""
        raise NotImplementedError

    def save_pending(self, pending: "Pending") -> None:
        """Make the one pending record (core.journal.pending.Pending) durable, replacing an earlier revision."""
        raise NotImplementedError

    def pending(self) -> "Pending | None":
        """The unsettled pending record, or None.  Raises PendingDamaged, StoreError."""
        raise NotImplementedError

    def remains(self) -> "Pending | None":
        """What can still be read of a damaged pending record, without any proof; None when nothing can."""
        raise NotImplementedError

    def set_aside(self, record: "Record") -> None:
        """Journal `record`, then keep a damaged pending record under another name.  Raises StoreError."""
        raise NotImplementedError

    def append(self, record: "Record") -> None:
        """Append a core.journal.record.Record to the journal; its `seq` is set here."""
        raise NotImplementedError

    def room(self) -> bool:
        """True while the journal can take another outcome."""
        raise NotImplementedError

    def records(self) -> "Iterator[Record]":
        """Iterate over all journal records, oldest first."""
        raise NotImplementedError

    def last(self) -> "Record | None":
        """The newest journal record about a transaction, or None."""
        raise NotImplementedError


class Keys(Protocol):
    """Working keys and what is done with them; no method ever returns a clear key."""

    def ready(self) -> bool:
        """True when working keys are loaded."""
        raise NotImplementedError

    def install(self, f62: "Buffer") -> None:
        """Check and store the wrapped working keys of a sign-on answer.  Raises KeyError_: keys unchanged."""
        raise NotImplementedError

    def mac(self, data: "Buffer") -> bytes:
        """F64 (8 bytes) over `data`.  Raises KeyError_."""
        raise NotImplementedError

    def pin_block(self, pin: "Buffer", pan: str) -> bytes:
        """Encrypted ISO 9564 format 0 PIN block (8 bytes).  Raises KeyError_."""
        raise NotImplementedError


class Clock(Protocol):
    """Wall clock."""

    def now(self) -> "Moment | None":
        """Local time (year, month, day, hour, minute, second), or None while it is not known.

        The hardware's clock, which TLS looks at, runs in UTC and never stands before the configured floor.
        """
        raise NotImplementedError

    def today(self) -> str:
        """YYMMDD for 9A; the configured floor date while the clock is not trusted."""
        raise NotImplementedError

    async def first_answer(self, milliseconds: int) -> None:
        """Wait, at most so long, for the time server's first answer or failure; not at all when the time is known."""
        raise NotImplementedError

    async def run(self, up: "Callable[[], bool]") -> None:
        """Keep the time right for ever: a task of its own.  `up()` says whether there is a network."""
        raise NotImplementedError

    async def pause(self, milliseconds: int) -> None:
        """Wait, without stopping anything else."""
        raise NotImplementedError

    def set_from_host(self, f12: str, f13: str) -> None:
        """Offer hhmmss and MMDD of a host answer; used only while no better source has been heard."""
        raise NotImplementedError


class Screen(Protocol):
    """What the person sees while a flow runs, and what the flow asks of the person."""

    def progress(self, step: int, amount: int = 0, detail: int = 0) -> None:
        """Show a step of a running flow; `step` is one of the numbers of flows.terminal."""
        raise NotImplementedError

    def cancelled(self) -> bool:
        """True once the person has pressed cancel since the current step began."""
        raise NotImplementedError

    async def pin(self, amount: int) -> "bytearray | None":
        """Ask for a PIN: bytearray of 4–12 ASCII digits (the caller wipes it), or None (cancel, time-out)."""
        raise NotImplementedError

    async def agree(self, asked: "Pending", stan: int) -> bool:
        """Ask the person whether the payment `asked` (core.journal.pending.Pending), about the trace `stan`, is to be done."""
        raise NotImplementedError


class Entropy(Protocol):
    """Randomness for unpredictable numbers and padding: a hardware source, never a fall-back."""

    def bytes(self, count: int) -> bytes:
        raise NotImplementedError
