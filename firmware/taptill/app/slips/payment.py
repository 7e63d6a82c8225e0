"""The slip of a payment, whatever its transaction and however it ended: made of its journal record, or of the open intent.

No PAN and no secret can come here: a record has neither, and of the intent its record is taken.
"""

from ...core import transactions
from ...core.emv import outcome
from ...core.errors import MessageError
from ...core.journal import timestamp
from ...core.slips import card as cards
from ...core.slips import lines, organisation
from ...flows import result as ends
from .. import words
from ..manual_reasons import REASONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.journal.pending import Pending
    from ...core.journal.record import Record
    from ...core.slips.card import CardFacts
    from ...core.slips.lines import Line
    from ..guidance import Guide
    from ..widgets.texts import Text
    from .issuer import Issuer


# Copies.
MERCHANT = 1
CUSTOMER = 2
COPIES = (words.FOR_MERCHANT, words.FOR_CUSTOMER)

_STOOD = (ends.APPROVED, ends.PARTIAL)
_CVM = {
    outcome.CVM_NONE: words.NO_SIGNATURE,
    outcome.CVM_PIN: words.PIN_GIVEN,
    outcome.CVM_DEVICE: words.PHONE_GIVEN,
}


def ended(
    by: "Issuer", record: "Record", copy: int = MERCHANT, again: bool = False, card: "CardFacts | None" = None, operator: str = ""
) -> "list[Line]":
    """The slip of a journal record; `again`: it was printed before.  `card`: what more is known of it, `operator` who it was."""
    told = ends.again(record)
    if told is None:
        told = ends.Result(ends.FAILED, ends.MONEY_UNKNOWN, ends.UNREADABLE, record.kind)
    told.earlier = False
    return _slip(by, record, told, copy, again, card or cards.CardFacts(), operator)


def opened(by: "Issuer", pending: "Pending", copy: int = MERCHANT, again: bool = False, operator: str = "") -> "list[Line]":
    """The slip of an open intent: nobody knows yet where its money is."""
    record = pending.ended(0, 0)
    told = ends.of(record, ends.UNKNOWN, ends.MONEY_UNKNOWN, record.cause)
    return _slip(by, record, told, copy, again, cards.CardFacts(), operator)


def _slip(
    by: "Issuer", record: "Record", told: ends.Result, copy: int, again: bool, card: "CardFacts", operator: str
) -> "list[Line]":
    guide = by.guidance.explain(told)
    kind = by.guidance.kind(record.kind)
    out = by.head(COPIES[copy - 1], again)
    if operator:
        out.append(by.line(lines.PAIR, words.OPERATOR, operator))
    moment = timestamp.text(record.ended_at or record.requested_at)
    out.append(by.line(lines.PAIR, words.TIME, moment))
    out += [by.line(lines.RULE), by.line(lines.GAP), by.line(lines.TITLE, kind.title or words.PAYMENT)]
    if told.end not in _STOOD:
        out.append(by.line(lines.GAP))
        out.append(by.line(lines.MARK, (guide.title, told.f39) if told.end == ends.DECLINED else guide.title))
    out.append(by.line(lines.GAP))
    out += _money(by, record, told)
    out += [by.line(lines.GAP), by.line(lines.RULE)]
    blocks = [_card(by, record, card), _numbers(by, record), _pairs(by, [("ARQC", card.cryptogram), ("TVR", card.tvr)])]
    if told.end in (ends.REVERSED, ends.UNKNOWN, ends.MANUAL):
        blocks.append(_evidence(by, record, guide.why))
    for block in [block for block in blocks if block]:
        out += block + [by.line(lines.GAP)]
    out[-1] = by.line(lines.RULE)
    out += _outcome(by, record, told, guide, kind)
    if told.end in _STOOD:
        out += _verified(by, record, copy)
        out += [by.line(lines.GAP), by.line(lines.CENTRE, words.KEEP_COPY if copy == MERCHANT else words.THANKS)]
    return out


def _money(by: "Issuer", record: "Record", told: ends.Result) -> "list[Line]":
    amount = record.approved or record.amount
    label = words.AVAILABLE if record.kind == transactions.BALANCE.kind else words.AMOUNT
    out = [by.line(lines.AMOUNT, label, by.money(-amount if _gives(record.kind) else amount))]
    if told.end == ends.PARTIAL:
        out += [by.line(lines.GAP), by.line(lines.PAIR, words.ASKED_FOR, by.money(record.amount))]
    return out


def _row(kind: int) -> "transactions.Transaction | None":
    """None for a kind that this version does not know."""
    try:
        return transactions.of(kind)
    except MessageError:
        return None


def _gives(kind: int) -> bool:
    """Is money given back?  A kind that this version does not know is told without a sign."""
    row = _row(kind)
    return row is not None and row.sign < 0


def _card(by: "Issuer", record: "Record", card: "CardFacts") -> "list[Line]":
    values: "list[tuple[Text, Text]]" = [
        (words.CARD, record.pan),
        (words.ORGANISATION, organisation.of(record.pan, card.aid)),
        (words.APPLICATION, card.label),
        ("AID", card.aid),
        (words.ENTRY, words.TAPPED if record.pan else ""),
    ]
    return _pairs(by, values)


def _numbers(by: "Issuer", record: "Record") -> "list[Line]":
    original = record.original
    values: "list[tuple[Text, Text]]" = [
        (words.TRACE, "%06d" % record.stan),
        (words.BATCH, "%06d" % record.batch),
        (words.ORIGINAL, "%06d" % original[1] if original else ""),
        (words.ORIGINAL_BATCH, "%06d" % original[0] if original and original[0] != record.batch else ""),
        (words.ORIGINAL_DATE, original[2][:2] + "-" + original[2][2:] if original else ""),
        (words.REFERENCE, record.rrn),
        (words.AUTH, record.auth),
    ]
    return _pairs(by, values)


def _evidence(by: "Issuer", record: "Record", told: int) -> "list[Line]":
    """What a bank's clerk asks for when a payment was reversed, is open, or went to the manual list; the sentence `told` is
    said.
    """
    cause = by.guidance.why(record.cause) if record.cause else 0
    row = _row(record.kind)
    asked = row is not None and row.settled == transactions.INQUIRY
    reason = REASONS[record.reason - 1] if 0 < record.reason <= len(REASONS) else ""
    values: "list[tuple[Text, Text]]" = [
        (words.ASKED_AT, timestamp.text(record.requested_at) if record.requested_at else ""),
        (words.REVERSAL_CODE, record.reversal),
        (words.INQUIRIES if asked else words.TRIES, "%d" % record.tries if record.tries else ""),
        (words.LAST_CAUSE, cause if cause != told else ""),
        (words.SUPERVISOR, reason),
    ]
    return _pairs(by, values)


def _outcome(by: "Issuer", record: "Record", told: ends.Result, guide: "Guide", kind: "Guide") -> "list[Line]":
    """In words: how it ended, was money taken, why, and what now."""
    stood = told.end in _STOOD
    money: "Text" = guide.money
    why, step = guide.why, words.DO_NOT_REPEAT if told.end == ends.UNKNOWN else guide.step
    if stood and kind.money:
        money, why, step = (kind.money, by.money(record.approved)), kind.why, kind.step
    elif not money:
        money = words.MONEY_NOT_TAKEN if told.money == ends.NOT_TAKEN else words.PENDING_TEXT
    out = [by.line(lines.STRONG, guide.title)]
    texts = [by.line(lines.TEXT, text) for text in (money, why, step) if text]
    return out + [text for text in texts if text[1] != out[0][1]]  # a title may be the sentence about the money


def _verified(by: "Issuer", record: "Record", copy: int) -> "list[Line]":
    """How the cardholder was verified, where that was asked; the shop's copy is signed where that is how."""
    row = _row(record.kind)
    if row is None or not row.chip or row.settled == transactions.NOTHING:
        return []
    if record.cvm in _CVM:
        return [by.line(lines.TEXT, _CVM[record.cvm])]
    if copy == CUSTOMER:
        return []
    agreed = words.I_AGREE if row.sign else words.I_AGREE_HOLD
    return [by.line(lines.GAP), by.line(lines.TEXT, agreed), by.line(lines.GAP), by.line(lines.SIGN, words.SIGN_HERE)]


def _pairs(by: "Issuer", values: "list[tuple[Text, Text]]") -> "list[Line]":
    """A line for each value that there is."""
    return [by.line(lines.PAIR, label, value) for label, value in values if value]
