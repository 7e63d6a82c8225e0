"""The field sets of the messages that the terminal sends, and what their answers say (messages.md); F64 is added by `pack`."""

from ... import trace_state, transactions
from ...message import Message
from ..shared import about as about_fields
from ..shared import as_asked, asked, undone
from .fields import BARRING, ECHO, PAYMENTS, SIGN_ON, STATUS, Row, f60, f61

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...config import Config
    from ...journal.pending import Pending
    from ...kinds import Moment

_ASKING = (11, 41, 42, 60, 61)


def request(intent: "Pending") -> Message:
    """The request of an intent.  Raises MessageError for a kind that this version does not know."""
    fields = asked(intent, _as_asked(intent))
    if intent.pin_block:
        fields[53] = "2600000000000000"  # ISO 9564 format 0 with PAN, double-length key
    if not PAYMENTS[intent.kind].referred:
        fields.pop(37, None)
    if transactions.of(intent.kind).settled == transactions.INQUIRY:
        fields[63] = intent.organisation
    return Message(PAYMENTS[intent.kind].mti, fields)


def reversal(intent: "Pending", de55: bytes) -> Message:
    """The 0400 of the same intent: what is reversed is what was sent.  Raises MessageError as `request`.

    `de55` is empty for an intent that went without chip data.
    """
    fields = undone(intent, _as_asked(intent), intent.reversal_code(), de55)
    if not transactions.of(intent.kind).of:
        fields[61] = f61(intent.batch, intent.stan)
    return Message("0400", fields)


def about(intent: "Pending") -> dict:
    """What any answer about that intent may repeat of it, apart from F60 and F61 (`differs`)."""
    return about_fields(_as_asked(intent) if intent.kind in PAYMENTS else None, intent, _ASKING)


def _as_asked(intent: "Pending") -> dict:
    """What request and reversal have in common."""
    fields = as_asked(intent)
    row = PAYMENTS[transactions.of(intent.kind).kind]
    fields.update({3: row.f3, 25: row.f25, 60: f60(row, intent.batch)})
    if intent.original:
        fields[61] = f61(intent.original[0], intent.original[1])
        if row.dated:
            fields[61] += intent.original[2] or "0000"
    return fields


def sign_on(config: "Config", stan: int, batch: int, now: "Moment | None") -> Message:
    """0800: asks for working keys; F62 names the device by maker and serial number."""
    fields = {62: b"Sequence No12" + b"3060" + config.serial.encode(), 63: "001"}
    return _management(SIGN_ON, config, batch, stan, fields)


def echo(config: "Config", batch: int, now: "Moment | None") -> Message:
    """0820: is the host there?"""
    return _management(ECHO, config, batch, 0, {})


def inquiry(
    config: "Config", stan: int, batch: int, asked: "tuple[int, int]", now: "Moment | None", bars: "Pending | None" = None
) -> Message:
    """0820: does the host know the trace `asked` (batch, STAN), and in which state?  The profile's private extension."""
    fields = {61: f61(asked[0], asked[1])}
    row = STATUS
    if bars:
        row = Row(STATUS.mti, None, None, PAYMENTS[bars.kind].type, BARRING)
        fields[4] = "%012d" % bars.amount
    return _management(row, config, batch, stan, fields)


def _management(row: Row, config: "Config", batch: int, stan: int, fields: dict) -> Message:
    fields.update({41: config.terminal_id, 42: config.merchant_id, 60: f60(row, batch)})
    if stan:
        fields[11] = "%06d" % stan
    return Message(row.mti, fields)


def differs(asked: Message, answered: Message) -> int:
    """60, 61 or 0: what the answer repeats of the question, and of the original that it is about.

    60.1 and 60.2 say which transaction of which batch, 60.3 which question of the network; hosts leave out or change what
    follows.  A request that has no F61 is about itself: F61 of its answer is its own batch and trace, as in its reversal.
    """
    own = asked.fields
    told = answered.fields.get(61, "").rstrip()
    if told and told != (own.get(61) or own[60][2:8] + own[11]):
        return 61
    said = answered.fields.get(60, "")[: 11 if asked.mti[:2] == "08" else 8]
    return 0 if own[60].startswith(said) else 60


def wrapped_keys(answer: Message) -> bytes:
    """F62 of an 0810."""
    return answer.fields.get(62, b"")


def told_batch(answer: Message) -> int:
    """60.2 of an 0810."""
    f60_ = answer.fields.get(60, "")
    return int(f60_[2:8]) if len(f60_) >= 8 else 0


def status(answer: Message) -> "tuple[str, int, str]":
    """F63 of the answer to an inquiry (fields.py)."""
    return trace_state.read(answer.fields.get(63), "F63")
