"""The decision about a sale, in one database transaction.

An answer is a dict of fields to set in the 0210.  What was decided once is answered again, word for word,
when the same request comes twice; a STAN reversed before its sale arrived stays reversed.
"""

import datetime

import psec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from . import desops, emv
from .ledger import Ledger, masked, pin_check
from .models import APPROVED, DECLINED, RECEIVED, REVERSED, Account, Card, Counter, Merchant, Terminal, Transaction

CURRENCY = "156"
PIN_TRIES = 3
ISSUER_ID = "01020000"
ACQUIRER_ID = "00085500"


class Refused(Exception):
    """A sale that is declined: F39 and the reason for the ledger."""

    def __init__(self, code: str, reason: str):
        super().__init__(reason)
        self.code = code


def luhn_ok(pan: str) -> bool:
    """ISO/IEC 7812-1 check digit."""
    total = 0
    for place, digit in enumerate(reversed(pan)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def authorise(ledger: Ledger, request, now: datetime.datetime) -> dict:
    """Decide a sale (or repeat the decision) and return the answer's own fields."""
    try:
        with ledger.session() as session:
            return _authorise(ledger, session, request, now)
    except IntegrityError:
        # Another connection has just entered the same STAN: what it decided is the answer.
        with ledger.session() as session:
            return _authorise(ledger, session, request, now)


def _authorise(ledger: Ledger, session, request, now: datetime.datetime) -> dict:
    earlier = session.scalars(
        select(Transaction)
        .where(
            Transaction.terminal_id == request.terminal_id, Transaction.batch == request.batch, Transaction.stan == request.stan
        )
        .with_for_update()
    ).one_or_none()
    if earlier is not None:
        return _repeat(earlier, request)
    if request.batch != session.get(Terminal, request.terminal_id).batch:
        return {39: "77"}
    fields = request.message.fields
    pan = _pan(request)
    tags = _lenient_tags(fields.get(55))
    number = ledger.next_number(session, "rrn")
    row = Transaction(
        terminal_id=request.terminal_id,
        merchant_id=request.merchant_id,
        batch=request.batch,
        stan=request.stan,
        kind="sale",
        state=RECEIVED,
        amount=int(fields[4]),
        approved_amount=0,
        pan_masked=masked(pan),
        rrn=f"{now:%m%d}{number:08d}",
        answer_time=f"{now:%H%M%S%m%d}",
        code="",
        reason="",
        auth_code="",
        cryptogram=_hex(tags, "9F26"),
        atc=_hex(tags, "9F36"),
        business_day=ledger.business_day(session),
        original_seen=1,
        reversal_count=0,
        created=ledger.now(),
    )
    session.add(row)
    session.flush()
    card = proof = None
    try:
        if request.overrides.decline:
            raise Refused(request.overrides.decline, "declined on demand")
        card = _card(session, request, pan)
        row.card_pan = card.pan
        proof = _card_proof(session, row, card, fields)
        _check_pin(card, request)
        row.code, row.approved_amount = _check_money(session, row, card, request)
        row.state = APPROVED
        row.auth_code = f"{(ledger.next_number(session, 'approval') * 7919 + 104729) % 1000000:06d}"
        merchant = session.get(Merchant, request.merchant_id)
        ledger.book(
            session,
            "sale",
            row,
            session.get(Account, card.account_id),
            session.get(Account, merchant.account_id, with_for_update=True),
            row.approved_amount,
        )
    except Refused as refused:
        row.state, row.code, row.reason = DECLINED, refused.code, str(refused)[:120]
    if proof is not None and card.imk:
        answer = emv.issuer_answer(proof, card.pan, card.psn, bytes.fromhex(card.imk), card.cvn, row.code)
        row.answer_tlv = answer.hex()
    return _answer(row, request)


def _repeat(row: Transaction, request) -> dict:
    """The answer to a STAN that is known already."""
    if row.state == REVERSED:
        if not row.original_seen and _same_sale(row, request, ignore_card=True):
            row.reason = "arrived after its reversal"
        return {39: "22"}
    if not _same_sale(row, request):
        return {39: "94"}
    return _answer(row, request)


def _same_sale(row: Transaction, request, ignore_card: bool = False) -> bool:
    fields = request.message.fields
    same = row.kind == "sale" and row.amount == int(fields[4]) and row.merchant_id == request.merchant_id
    if ignore_card:
        return same
    cryptogram = _hex(_lenient_tags(fields.get(55)), "9F26")
    return same and row.pan_masked == masked(_pan(request)) and row.cryptogram == cryptogram


def _answer(row: Transaction, request) -> dict:
    """The 0210 of a decided sale; also of a repeated one."""
    answer: dict = {12: row.answer_time[:6], 13: row.answer_time[6:], 37: row.rrn, 39: row.code}
    if row.answer_tlv:
        answer[55] = bytes.fromhex(row.answer_tlv)
    if row.state == APPROVED:
        fields = request.message.fields
        answer.update(
            {
                2: fields.get(2),
                4: f"{row.approved_amount:012d}",
                14: fields.get(14),
                15: f"{row.business_day:08d}"[4:],
                38: row.auth_code,
                44: f"{ISSUER_ID:<11}{ACQUIRER_ID:<11}",
            }
        )
    return answer


def _pan(request) -> str:
    """The PAN of field 2, else of track 2."""
    return request.text(2) or request.text(35).split("D")[0]


def _lenient_tags(field55) -> "dict[str, bytes]":
    if not field55:
        return {}
    try:
        return emv.parse(field55)
    except emv.EmvRefused:
        return {}


def _hex(tags: "dict[str, bytes]", tag: str) -> "str | None":
    """A tag of 8 bytes at most, as the ledger keeps it."""
    return tags.get(tag, b"")[:8].hex().upper() or None


def _card(session, request, pan: str) -> Card:
    fields = request.message.fields
    if int(fields[4]) == 0:
        raise Refused("13", "amount is zero")
    if fields[49] != CURRENCY:
        raise Refused("12", f"currency {fields[49]} is not {CURRENCY}")
    if len(pan) < 13 or not luhn_ok(pan):
        raise Refused("14", "card number missing or with a wrong check digit")
    track2 = request.text(35)
    if track2 and track2.split("D")[0] != pan:
        raise Refused("14", "card number of field 2 is not that of track 2")
    card = session.get(Card, pan, with_for_update=True)
    if card is None:
        raise Refused("14", "no such card")
    if card.status != "00":
        raise Refused(card.status, "the card is blocked")
    expiry = request.text(14) or track2.partition("D")[2][:4]
    if expiry and expiry != card.expiry:
        raise Refused("54", "expiry date is not the card's")
    if card.expiry < _open_month(session):
        raise Refused("54", "the card has expired")
    return card


def _open_month(session) -> str:
    """YYMM of the open business day."""
    return f"{session.get(Counter, 'business_day').value:08d}"[2:6]


def _card_proof(session, row: Transaction, card: Card, fields: dict) -> "emv.CardProof | None":
    if not fields[22].startswith("07"):
        if card.imk and fields[22][:2] in ("05", "91"):
            raise Refused("05", f"entry mode {fields[22]} brings no cryptogram")
        return None
    if 55 not in fields:
        raise Refused("30", "contactless without field 55")
    psn = fields.get(23, card.psn.rjust(3, "0"))
    if int(psn) != int(card.psn):
        raise Refused("05", "card sequence number is not the card's")
    try:
        proof = emv.check(fields[55], row.amount, card.pan, card.psn, bytes.fromhex(card.imk) if card.imk else None, card.cvn)
    except emv.EmvRefused as refused:
        raise Refused("05", str(refused)) from None
    if card.imk is None:
        return None
    seen = session.scalars(
        select(Transaction.id).where(
            Transaction.card_pan == card.pan,
            Transaction.atc == proof.atc,
            Transaction.cryptogram == proof.cryptogram,
            Transaction.id != row.id,
        )
    ).first()
    if seen is not None:
        raise Refused("05", f"cryptogram with ATC {proof.atc} was used before")
    return proof


def _check_pin(card: Card, request) -> None:
    block = request.message.fields.get(52)
    if block is None:
        if request.text(22)[2:] == "1":
            raise Refused("99", "entry mode says PIN, but field 52 is missing")
        return
    if card.pin_tries >= PIN_TRIES:
        raise Refused("75", "PIN tries are used up")
    try:
        pin = psec.pinblock.decode_pinblock_iso_0(desops.decrypt(request.pik, block), card.pan)
    except ValueError:
        raise Refused("99", "PIN block cannot be read") from None
    if card.pin_check is None or pin_check(card.pan, pin) != card.pin_check:
        card.pin_tries += 1
        raise Refused("75" if card.pin_tries >= PIN_TRIES else "55", f"wrong PIN, try {card.pin_tries}")
    card.pin_tries = 0


def _check_money(session, row: Transaction, card: Card, request) -> "tuple[str, int]":
    """(F39, approved amount).  Raises Refused."""
    overrides = request.overrides
    amount, code = row.amount, overrides.approve or "00"
    if overrides.partial is not None and overrides.partial < amount:
        amount, code = overrides.partial, "10"
    if card.limit is not None and amount > card.limit:
        raise Refused("61", "over the card's limit")
    if amount > session.get(Account, card.account_id, with_for_update=True).balance:
        raise Refused("51", "not enough money on the account")
    return code, amount
