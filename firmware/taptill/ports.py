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

    from .core.checks import Finding
    from .core.journal.pending import Pending
    from .core.journal.record import Record
    from .core.kinds import Buffer, Moment
    from .flows.result import Result
else:
    Protocol = object  # MicroPython has no typing


__all__ = (
    "Host", "Card", "Reader", "Store", "Keys", "Clock", "Screen", "Entropy", "Parts", "Net",
    "CardLost", "HostTimeout", "LinkDown", "PendingDamaged", "ReaderFault", "StoreError",
)  # fmt: skip


class Host(Protocol):
    """The link to the acquirer."""

    async def link_up(self, timeout_ms: int) -> bool:
        """True as soon as there is a network to try it on, False when the time (0: no waiting) has passed."""
        raise NotImplementedError

    def no_link(self) -> LinkDown:
        """Why there is no network, when `link_up` has said so; to be raised or told."""
        raise NotImplementedError

    async def connect(self) -> None:
        """Open the link, TLS included.  Raises LinkDown(sent=False); no byte of a request has left.

        Its `kind` says where on the way it failed.
        """
        raise NotImplementedError

    async def exchange(self, request: "Buffer", accept: "Callable[[Buffer], object]", timeout_ms: int) -> "Any":
        """Send `request` (without length prefix) and wait for its answer.

        Every complete answer goes to `accept(answer)`; it returns None for "not mine, keep
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
        """The unsettled pending record, or None; its `trust` says how far it may be acted upon.  Raises PendingDamaged."""
        raise NotImplementedError

    def in_doubt(self) -> bool:
        """True when flash may hold an outcome whose write failed: the next start will know, or the next durable intent."""
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
        """True while there are a trace number and room for another payment, and for the end of what is open.

        Raises StoreError.
        """
        raise NotImplementedError

    def records(self) -> "Iterator[Record]":
        """All journal records, oldest first; one that cannot be read is there as core.journal.record.UNREADABLE."""
        raise NotImplementedError

    def last(self) -> "Record | None":
        """The newest journal record about a transaction, or None."""
        raise NotImplementedError

    def recent(self, most: int) -> "list[Record]":
        """The newest journal records that can be read, at most so many, oldest first.  Raises StoreError."""
        raise NotImplementedError

    def unseen(self) -> "Record | None":
        """The newest journal record, while nobody has been shown how that payment ended."""
        raise NotImplementedError

    def note_seen(self) -> None:
        """It has been shown: make that durable.  Raises StoreError."""
        raise NotImplementedError


class Keys(Protocol):
    """Working keys and what is done with them; no method ever returns a clear key."""

    def has_master(self) -> bool:
        """True when the TMK can be read."""
        raise NotImplementedError

    def ready(self) -> bool:
        """True when working keys are loaded."""
        raise NotImplementedError

    def check_values(self) -> "list[tuple[str, str]]":
        """(name, check value in hex) of the keys that are there, never a key."""
        raise NotImplementedError

    def install(self, wrapped: "Buffer") -> None:
        """Check and store the wrapped working keys of a sign-on answer.  Raises KeyError_: keys unchanged.

        Where flash refuses them they are used all the same, until the power goes.
        """
        raise NotImplementedError

    def mac(self, data: "Buffer") -> bytes:
        """The MAC (8 bytes) over `data`.  Raises KeyError_."""
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

    def visible(self) -> bool:
        """Can a person see what is shown?  Asked before money moves."""
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

    async def again(self, ended: "Result") -> bool:
        """Tell how a payment ended (flows.result.Result), and ask the person whether it is to be tried once more."""
        raise NotImplementedError


class Entropy(Protocol):
    """Randomness for unpredictable numbers and padding: a hardware source, never a fall-back."""

    def bytes(self, count: int) -> bytes:
        raise NotImplementedError


class Parts(Protocol):
    """The parts of the terminal, each of which can be asked how it is (core.checks)."""

    async def ask(self, part: int, thorough: bool) -> "Finding":
        """How a part is; never raises.  `thorough`: all tests that need no person, else those that cost next to nothing.

        What has been switched or written for it is as before when this returns.
        """
        raise NotImplementedError


class Net(Protocol):
    """What the network can be asked step by step, from the air to the host's port; nothing is sent to the host itself."""

    def level(self) -> int:
        """Signal of the access point in dBm, 0 where it is not known."""
        raise NotImplementedError

    def addresses(self) -> "tuple[str, str, str, str]":
        """Our address, the mask, the router's address and the name server's, dotted; "" for each that there is not."""
        raise NotImplementedError

    def address_before(self) -> str:
        """The last address that we had since the start, "" when there was none."""
        raise NotImplementedError

    async def ping(self, address: str, count: int) -> "tuple[int, int]":
        """(answers to `count` echo requests, milliseconds of the quickest); (0, 0) when none came or none could be sent."""
        raise NotImplementedError

    async def resolve(self, name: str, server: str) -> str:
        """Its address, dotted.  Raises LinkDown: NAME when `server` says that there is none, NAME_SERVER when it is silent."""
        raise NotImplementedError

    async def reach(self, address: str, port: int) -> int:
        """Open a TCP connection and close it again: milliseconds that it took.  Raises LinkDown with its kind."""
        raise NotImplementedError

    def since(self, then: "int | None" = None) -> int:
        """Milliseconds since `then`, a value of this function; without it such a value for now."""
        raise NotImplementedError
