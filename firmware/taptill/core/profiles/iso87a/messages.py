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


_HOLD = "0100"
# MTI, F3 and F25 of the request of each kind (core.transactions).
_PAYMENTS = {
    transactions.SALE.kind: ("0200", "000000", "00"),
    transactions.VOID.kind: ("0200", "020000", "00"),
    transactions.REFUND.kind: ("0200", "200000", "00"),
    transactions.BALANCE.kind: ("0200", "310000", "00"),
    transactions.PREAUTH.kind: (_HOLD, "000000", "06"),
    transactions.PREAUTH_VOID.kind: (_HOLD, "020000", "06"),
    transactions.COMPLETION.kind: ("0200", "000000", "06"),
    transactions.COMPLETION_VOID.kind: ("0200", "020000", "06"),
}
_REASONS = {"98": "68", "A0": "20", "96": "22", "06": "21"}  # F39 of an 0400, by the journal's reason
_SIGN_ON, _ECHO = "001", "301"  # F70
_UNKNOWN = "0000000000"  # F7 while the clock is not set
_ASKING = (7, 11, 12, 13, 41, 42, 60, 61, 90)


def request(intent: "Pending") -> Message:
    """The request of an intent.  Raises MessageError for a kind that this version does not know."""
    fields = asked(intent, _as_asked(intent))
    row = transactions.of(intent.kind)
    if row.of:
        mti = _PAYMENTS[row.of[0].kind][0]
        batch, stan, day = intent.original or (0, 0, "")
        moment = _moment(timestamp.unpack(intent.original_at))
        if moment == _UNKNOWN and day:
            moment = day + _UNKNOWN[4:]  # typed from a slip
        fields[90] = _elements(mti, "%06d" % stan, moment)
        if row.any_batch:
            fields[61] = "%06d" % batch
        if mti == _HOLD:
            del fields[37]  # its code (F38) names it, which stands on its slip
    return Message(_PAYMENTS[intent.kind][0], fields)


def reversal(intent: "Pending", de55: bytes) -> Message:
    """The 0400 of the same intent; F90 names the request that is reversed.  Raises MessageError as `request`."""
    fields = undone(intent, _as_asked(intent), _REASONS[intent.reversal_code()], de55)
    fields[90] = _elements(_PAYMENTS[intent.kind][0], fields[11], fields[7])
    return Message("0400", fields)


def about(intent: "Pending") -> dict:
    """What any answer about that intent may repeat of it, apart from F60, F61 and F90 (`differs`)."""
    return about_fields(_as_asked(intent) if intent.kind in _PAYMENTS else None, intent, _ASKING)


def _as_asked(intent: "Pending") -> dict:
    """What request and reversal have in common; F7, F12 and F13 are of the request, so that a repeat is the same message."""
    if intent.kind not in _PAYMENTS:
        raise MessageError("kind", "%d is no transaction of this profile" % intent.kind)
    fields = as_asked(intent)
    moment = _moment(timestamp.unpack(intent.requested_at))
    _, processing, condition = _PAYMENTS[intent.kind]
    fields.update({3: processing, 7: moment, 25: condition, 60: "%06d" % intent.batch})
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
    """0600: does the host know the trace `asked` (batch, STAN), and in which state?  F3, F4 and F25 are of what it bars."""
    mti, fields = "0200", {}
    if bars:
        mti, processing, condition = _PAYMENTS[bars.kind]
        fields = {3: processing, 4: "%012d" % bars.amount, 25: condition}
    fields[90] = _elements(mti, "%06d" % asked[1], _UNKNOWN)
    return _management("0600", config, stan, asked[0], now, fields)


def _management(mti: str, config: "Config", stan: int, batch: int, now: "Moment | None", fields: dict) -> Message:
    fields.update({7: _moment(now), 11: "%06d" % stan, 41: config.terminal_id, 42: config.merchant_id, 60: "%06d" % batch})
    return Message(mti, fields)


def _moment(now: "Moment | None") -> str:
    """F7."""
    return "%02d%02d%02d%02d%02d" % now[1:] if now else _UNKNOWN


def _elements(mti: str, stan: str, moment: str) -> str:
    """F90: MTI n4, STAN n6, F7 n10 of a request, and two institutions n11, which a terminal does not name."""
    return mti + stan + moment + "0" * 22


def differs(asked: Message, answered: Message) -> int:
    """60, 61, 90 or 0.  A request that has no F90 is about itself: F90 of its answer is its own, as in its reversal.  F61 of an
    answer is the host's own where the request has none.
    """
    own = asked.fields
    told = answered.fields.get(90)
    if told and told != (own.get(90) or _elements(asked.mti, own[11], own[7])):
        return 90
    for number in (60, 61):
        if number in own and answered.fields.get(number, own[number]).rstrip() != own[number]:
            return number
    return 0


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
