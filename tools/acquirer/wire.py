"""What the host knows of a message, whichever profile it is written in: the profiles' own classes stand in profiles/."""

import abc
import asyncio
import ssl
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

T = TypeVar("T")
MAX_FRAME = 2048  # bytes of a message without its length in front, in any profile
_KEEP_ALIVES = 100
_READ_AHEAD = 65_536


class WireError(ValueError):
    """Bytes that do not follow the profile; `field` is its number as text ("35", "p", "t" …).

    `partial` is the Message as far as it could be read (None when not even the MTI could).
    """

    def __init__(self, field_name: str, text: str, partial: "Message | None" = None):
        super().__init__(f"F{field_name}: {text}" if field_name.isdigit() else text)
        self.field = field_name
        self.partial = partial


@dataclass
class Message(abc.ABC):
    """One message: digit and text fields are str, binary ones bytes; `raw` is MTI … end, as received.

    `mac_data` is what its MAC covers.  Fields that mean the same in all of ISO 8583:1987 go by their numbers; what differs from
    profile to profile is asked for by its meaning.
    """

    mti: str
    fields: "dict[int, str | bytes]"
    raw: bytes = field(default=b"", kw_only=True)
    mac_data: bytes = field(default=b"", kw_only=True, repr=False)

    MANAGEMENT: "ClassVar[tuple[str, ...]]" = ("08",)  # how the MTI begins of what moves no money
    MAC_SIZE = 8  # bytes at the end of a message that has a MAC
    ORIGINAL_FIELD = 0  # which names the transaction that a message is about

    def text(self, number: int) -> str:
        """A digit or text field, "" when absent."""
        return str(self.fields.get(number, ""))

    @property
    def stan(self) -> int:
        """F11, 0 when absent."""
        return int(self.text(11) or 0)

    # What a request asks for

    @property
    @abc.abstractmethod
    def kind(self) -> str:
        """The name by which faults and waits call a request: a kind of acquirer.kinds, reversal, signon, signoff, echo, inquiry,
        or its MTI.
        """

    @property
    @abc.abstractmethod
    def payment(self) -> str:
        """The kind (acquirer.kinds) that a request asks for, an 0400 reverses or an inquiry bars, or "" when none."""

    @property
    def bars(self) -> bool:
        """Is what an inquiry asks about to be barred where it has never been seen?"""
        return False

    @property
    @abc.abstractmethod
    def batch(self) -> int:
        """The batch of the payment, -1 when absent."""

    @property
    @abc.abstractmethod
    def original(self) -> "tuple[int, int]":
        """(batch, STAN) of what a void, a reversal or an inquiry is about.  Raises ValueError where it does not say."""

    @property
    @abc.abstractmethod
    def mac(self) -> "bytes | None":
        """The 8 bytes of its MAC, None when it has none."""

    @abc.abstractmethod
    def offered(self, agreed: str) -> bool:
        """Is such a request answered at all, with a terminal that agreed on that MAC (a name of acquirer.mac)?"""

    @abc.abstractmethod
    def fault(self) -> str:
        """ "F49: missing" …: the first field of an offered request that is not as the profile has it; "" when all is right."""

    @abc.abstractmethod
    def mac_kind(self, agreed: str) -> str:
        """The MAC of its profile (a name of acquirer.mac) for a terminal that agreed on that one."""

    # What is answered

    @abc.abstractmethod
    def repeated(self) -> "dict[int, str | bytes]":
        """The fields that an answer repeats."""

    @abc.abstractmethod
    def answer(self, fields: "dict[int, str | bytes]") -> "Message":
        """The answer with these fields; F39 as acquirer.switch has it becomes the profile's."""

    @abc.abstractmethod
    def new_keys(self, randomness: "Callable[[int], bytes]") -> "tuple[bytes, bytes]":
        """(PIK, MAK) as a sign-on asks for them, of `randomness(n) -> n bytes`."""

    @abc.abstractmethod
    def key_fields(
        self, tmk: bytes, pik: bytes, mak: bytes, batch: int, randomness: "Callable[[int], bytes]"
    ) -> "dict[int, str | bytes]":
        """The fields of a sign-on's answer that carry these keys and the batch to be used."""

    @abc.abstractmethod
    def state_fields(self, state: str) -> "dict[int, str | bytes]":
        """The fields of an inquiry's answer that carry `state`: letter + amount n12 + reference an12."""

    @abc.abstractmethod
    def encode(self, mac: "Callable[[bytes], bytes] | None" = None) -> bytes:
        """The bytes without length in front; `mac(data) -> 8 bytes` makes its MAC."""


async def within(seconds: float, work: "Awaitable[T]") -> T:
    """Its result, or TimeoutError.  Up to Python 3.11 asyncio.wait_for makes a task for each call: too dear for every message."""
    if sys.version_info < (3, 11):
        return await asyncio.wait_for(work, seconds)
    async with asyncio.timeout(seconds):
        return await work


class CountingReader(asyncio.StreamReader):
    """A stream that knows whether something has come that nobody has taken."""

    def __init__(self, limit: int):
        super().__init__(limit, asyncio.get_running_loop())
        self._came = self._taken = 0
        self.begun = False  # has something come since a message was read whole?  Who reads messages sets it back

    @property
    def waiting(self) -> int:
        """Bytes that have come and are not read yet."""
        return self._came - self._taken

    def feed_data(self, data) -> None:
        self._came += len(data)
        self.begun = True
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self._taken += len(data)
        return data

    async def readexactly(self, n: int) -> bytes:
        data = await super().readexactly(n)
        self._taken += len(data)
        return data


async def connected(
    host: str, port: int, context: "ssl.SSLContext | None" = None, name: "str | None" = None
) -> "tuple[CountingReader, asyncio.StreamWriter]":
    """A new connection to a host, as `read_frame` reads it: the terminal's side.  `name` is that in its certificate.
    Raises OSError.
    """
    loop, reader = asyncio.get_running_loop(), CountingReader(_READ_AHEAD)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, host, port, ssl=context, server_hostname=name)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _exactly(reader: CountingReader, count: int, seconds: float) -> bytes:
    """So many bytes: as a rule they are here already, and then no time is taken for them."""
    if reader.waiting >= count:
        return await reader.readexactly(count)
    return await within(seconds, reader.readexactly(count))


class KeepAlives(WireError):
    """More of them than any line needs to stay."""


async def read_frame(
    reader: CountingReader, prefix: int, length_of: "Callable[[bytes], int]", least: int, idle: float, rest: float
) -> "bytes | None":
    """The next message without its length; None when the peer has closed between two.  A length of 0 keeps the line alive:
    a hundred of them are borne, and one a second.

    `length_of` reads the `prefix` bytes in front, `least` bytes are the fewest of a message.  Raises WireError (length out of
    bounds, or the peer closed in the middle) and TimeoutError: `idle` seconds until a message begins, `rest` for all of it.
    """
    length, alive, loop = 0, 0, asyncio.get_running_loop()
    begun = loop.time()
    try:
        while not length:
            if alive > _KEEP_ALIVES + loop.time() - begun:
                raise KeepAlives("frame", "frame: keep-alives and no message")
            alive += 1
            first = await within(idle, reader.read(1))
            if not first:
                return None
            length = length_of(first + await _exactly(reader, prefix - 1, rest))
        if not least <= length <= MAX_FRAME:
            raise WireError("frame", f"frame: length {length} is out of bounds ({least} to {MAX_FRAME})")
        return await _exactly(reader, length, rest)
    except asyncio.IncompleteReadError:
        raise WireError("frame", "frame: the connection closed in the middle of a message") from None
