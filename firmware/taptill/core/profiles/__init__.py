"""The profiles: a folder each, and the one list of them.  Only the chosen one is loaded.

A profile says how messages look: field table, coding, length in front, what the MAC covers, how an original is named, how keys
come.  Its folder offers what `Profile` says, and its settings in `settings.py`; flows go by meaning.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Protocol

    from ..config import Config
    from ..des import Des
    from ..journal.pending import Pending
    from ..kinds import Buffer, Moment
    from ..message import Message
    from ..responses import Responses

    class Profile(Protocol):
        """`responses` are its F39s; `PREFIX` is how many bytes say the length of a message in front of it."""

        responses: Responses
        PREFIX: int

        def prefix(self, size: int) -> bytes:
            """The length of a message of `size` bytes."""
            raise NotImplementedError

        def size(self, prefix: Buffer) -> int:
            """The length that PREFIX bytes say.  Raises ValueError."""
            raise NotImplementedError

        def pack(self, message: Message, config: Config, mac: Callable[[Buffer], bytes] | None = None) -> bytearray:
            """A message as it is sent, without its length; `mac(bytes) -> 8 bytes` makes its MAC.  Raises MessageError."""
            raise NotImplementedError

        def parse(self, frame: Buffer, starts: dict[int, int] | None = None, fields: dict[int, Any] | None = None) -> Message:
            """The message in `frame`; `starts` gets {field: offset of its value}, `fields` them as far as they can be read.

            Raises MessageError.
            """
            raise NotImplementedError

        def mac_ok(self, frame: Buffer, mac: Callable[[Buffer], bytes]) -> bool:
            """Is the MAC of the raw bytes right?  Needs no parsable message."""
            raise NotImplementedError

        # Requests; the MAC is added by `pack`

        def request(self, intent: Pending) -> Message:
            """The request of an intent.  Raises MessageError for a kind that this version does not know."""
            raise NotImplementedError

        def reversal(self, intent: Pending, de55: bytes) -> Message:
            """Its reversal: what is reversed is what was sent.  `de55` is empty for an intent that went without chip data."""
            raise NotImplementedError

        def sign_on(self, config: Config, stan: int, batch: int, now: Moment | None) -> Message:
            """Asks for working keys."""
            raise NotImplementedError

        def echo(self, config: Config, batch: int, now: Moment | None) -> Message:
            """Is the host there?"""
            raise NotImplementedError

        def inquiry(
            self, config: Config, stan: int, batch: int, asked: tuple[int, int], now: Moment | None, bars: Pending | None = None
        ) -> Message:
            """Does the host know the trace `asked` (batch, STAN), and in which state?

            `bars`: the intent with that trace, which the host is to bar if it has never seen it.
            """
            raise NotImplementedError

        # Answers

        def about(self, intent: Pending) -> dict:
            """{field: value} that any answer about that intent may repeat of it."""
            raise NotImplementedError

        def differs(self, asked: Message, answered: Message) -> int:
            """The first field by which an answer names another question, batch or original than was asked about; 0 for none."""
            raise NotImplementedError

        def wrapped_keys(self, answer: Message) -> bytes:
            """The working keys of a sign-on's answer, as the host wrapped them; b"" for none."""
            raise NotImplementedError

        def told_batch(self, answer: Message) -> int:
            """The batch that a sign-on's answer opens, 0 for none."""
            raise NotImplementedError

        def balance(self, answer: Message) -> int:
            """The amount that the answer to a balance inquiry tells, in minor units.  Raises MessageError."""
            raise NotImplementedError

        def status(self, answer: Message) -> tuple[str, int, str]:
            """(letter of core.trace_state, amount in minor units, F37 or "") of an inquiry's answer.  Raises MessageError."""
            raise NotImplementedError

        # Keys

        def knows_keys(self, wrapped: Buffer) -> bool:
            """Are these working keys as this profile's hosts wrap them?  Others were left by another profile."""
            raise NotImplementedError

        def unwrap(self, tmk: Buffer, wrapped: Buffer) -> tuple[bytes, bytes]:
            """(PIK, MAK) in clear.  Raises KeyError_."""
            raise NotImplementedError

        def mac_fits(self, kind: str, des: Des) -> bool:
            """Can the MAC `kind` (the setting `mac`) be made with that MAK?"""
            raise NotImplementedError

        def mac_code(self, kind: str, des: Des, data: Buffer) -> bytes:
            """The 8 bytes of the MAC `kind` over `data`."""
            raise NotImplementedError


NAMES = ("cn_pos", "iso87a")
DEFAULT = NAMES[0]


def load(name: str) -> "Profile":
    """The profile of that name, one of NAMES."""
    return _module(name)


def settings(name: str) -> "dict[str, Any]":
    """The rules of the settings that this profile has beside those of core.settings."""
    return _module(name + ".settings").RULES


def _module(name: str) -> "Any":
    return __import__(__name__ + "." + name, None, None, ("*",))
