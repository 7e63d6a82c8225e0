"""The field sets of the messages that the terminal sends, and what their answers say (messages.md); `pack` adds the MAC."""

from binascii import unhexlify

from ... import trace_state, transactions
from ...errors import MessageError
from ...journal import timestamp
from ...message import Message
from ..shared import about as about_fields
from ..shared import as_asked, asked, undone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...config import Config
    from ...journal.pending import Pending
    from ...kinds import Moment


_PROCESSING = {transactions.SALE.kind: "000000", transactions.VOID.kind: "020000"}  # F3
_REASONS = {"98": "68", "A0": "20", "96": "22", "06": "21"}  # F39 of an 0400, by the journal's reason
_SIGN_ON, _ECHO = "001", "301"  # F70
_UNKNOWN = "0000000000"  # F7 while the clock is not set
_ASKING = (7, 11, 12, 13, 41, 42, 60, 90)


def request(intent: "Pending") -> Message:
    """The 0200 of an intent.  Raises MessageError for a kind that this version does not know."""
    fields = asked(intent, _as_asked(intent))
    if transactions.of(intent.kind).of:
        fields[90] = _elements("%06d" % (intent.original or (0, 0))[1], _moment(timestamp.unpack(intent.original_at)))
    return Message("0200", fields)


def reversal(intent: "Pending", de55: bytes) -> Message:
    """The 0400 of the same intent; F90 names the 0200 that is reversed."""
    fields = undone(intent, _as_asked(intent), _REASONS[intent.reversal_code()], de55)
    fields[90] = _elements(fields[11], fields[7])
    return Message("0400", fields)


def about(intent: "Pending") -> dict:
    """What any answer about that intent may repeat of it, apart from F60 and F90 (`differs`)."""
    return about_fields(_as_asked(intent) if intent.kind in _PROCESSING else None, intent, _ASKING)


def _as_asked(intent: "Pending") -> dict:
    """What request and reversal have in common; F7, F12 and F13 are of the request, so that a repeat is the same message."""
    if intent.kind not in _PROCESSING:
        raise MessageError("kind", "%d is no transaction of this profile" % intent.kind)
    fields = as_asked(intent)
    moment = _moment(timestamp.unpack(intent.requested_at))
    fields.update({3: _PROCESSING[intent.kind], 7: moment, 25: "00", 60: "%06d" % intent.batch})
    if moment != _UNKNOWN:
        fields[12] = moment[4:]
        fields[13] = moment[:4]
    return fields


def sign_on(config: "Config", stan: int, batch: int, now: "Moment | None") -> Message:
    """0800: asks for working keys."""
    return _management("0800", config, stan, batch, now, {70: _SIGN_ON})


def echo(config: "Config", batch: int, now: "Moment | None") -> Message:
    """0800: is the host there?"""
    return _management("0800", config, 0, batch, now, {70: _ECHO})


def inquiry(
    config: "Config", stan: int, batch: int, asked: "tuple[int, int]", now: "Moment | None", bars: "Pending | None" = None
) -> Message:
    """0600: does the host know the trace `asked` (batch, STAN), and in which state?"""
    return _management("0600", config, stan, asked[0], now, {90: _elements("%06d" % asked[1], _UNKNOWN)})


def _management(mti: str, config: "Config", stan: int, batch: int, now: "Moment | None", fields: dict) -> Message:
    fields.update({7: _moment(now), 11: "%06d" % stan, 41: config.terminal_id, 42: config.merchant_id, 60: "%06d" % batch})
    return Message(mti, fields)


def _moment(now: "Moment | None") -> str:
    """F7."""
    return "%02d%02d%02d%02d%02d" % now[1:] if now else _UNKNOWN


def _elements(stan: str, moment: str) -> str:
    """F90: MTI n4, STAN n6, F7 n10 of an 0200, and two institutions n11, which a terminal does not name."""
    return "0200" + stan + moment + "0" * 22


def differs(asked: Message, answered: Message) -> int:
    """60, 90 or 0.  A request that has no F90 is about itself: F90 of its answer is its own, as in its reversal."""
    own = asked.fields
    told = answered.fields.get(90)
    if told and told != (own.get(90) or _elements(own[11], own[7])):
        return 90
    return 60 if answered.fields.get(60, own[60]).rstrip() != own[60] else 0


def wrapped_keys(answer: Message) -> bytes:
    """F48 of an 0810, which is hexadecimal; b"" when it is not."""
    try:
        return unhexlify(answer.fields.get(48, ""))
    except ValueError:
        return b""


def told_batch(answer: Message) -> int:
    """F60 of an 0810."""
    batch = answer.fields.get(60, "")
    return int(batch) if len(batch) == 6 and batch.isdigit() else 0


def status(answer: Message) -> "tuple[str, int, str]":
    """F48 of an 0610."""
    return trace_state.read(answer.fields.get(48), "F48")
