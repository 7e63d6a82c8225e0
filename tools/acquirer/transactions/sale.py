"""The decision about a sale, in one database transaction: card, cryptogram, PIN, money."""

import datetime

import psec
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import desops, emv
from ..ledger import Ledger
from ..models import Account, Card, Counter, Transaction
from .common import Case, Refused, move, pan_of

CURRENCY = "156"
PIN_TRIES = 3


def luhn_ok(pan: str) -> bool:
    """ISO/IEC 7812-1 check digit."""
    total = 0
    for place, digit in enumerate(reversed(pan)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def authorise(ledger: Ledger, request, now: datetime.datetime) -> dict:
    """Decide a sale (or repeat the decision) and return the answer's own fields."""
    return _Sale(ledger, request).decide(now)


class _Sale(Case):
    kind = "sale"

    def __init__(self, ledger: Ledger, request):
        super().__init__(ledger, request)
        self._tags = _lenient_tags(request.message.fields.get(55))
        self._card: Card | None = None
        self._proof: emv.CardProof | None = None

    def same(self, row: Transaction, whole: bool) -> bool:
        return super().same(row, whole) and (not whole or row.cryptogram == _hex(self._tags, "9F26"))

    def judge(self, session: Session, row: Transaction) -> None:
        request = self.request
        row.cryptogram, row.atc = _hex(self._tags, "9F26"), _hex(self._tags, "9F36")
        self._card = card = _card(session, request, pan_of(request))
        row.card_pan = card.pan
        self._proof = _card_proof(session, row, card, self.ledger.vault.unwrap(card.imk), request.message.fields)
        _check_pin(self.ledger, card, request)
        row.code, row.approved_amount = _check_money(session, row, card, request)
        move(self.ledger, session, "sale", row, to_merchant=True)

    def finish(self, row: Transaction) -> None:
        card = self._card
        if self._proof is not None and card is not None and card.imk:
            imk = self.ledger.vault.unwrap(card.imk)
            told = emv.issuer_answer(self._proof, card.pan, card.psn, imk, card.cvn, row.code)
            row.answer_tlv = told.hex()


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


def _card_proof(session, row: Transaction, card: Card, imk: "bytes | None", fields: dict) -> "emv.CardProof | None":
    if not fields[22].startswith("07"):
        if imk and fields[22][:2] in ("05", "91"):
            raise Refused("05", f"entry mode {fields[22]} brings no cryptogram")
        return None
    if 55 not in fields:
        raise Refused("30", "contactless without field 55")
    psn = fields.get(23, card.psn.rjust(3, "0"))
    if int(psn) != int(card.psn):
        raise Refused("05", "card sequence number is not the card's")
    try:
        proof = emv.check(fields[55], row.amount, card.pan, card.psn, imk, card.cvn)
    except emv.EmvRefused as refused:
        raise Refused("05", str(refused)) from None
    if imk is None:
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


def _check_pin(ledger: Ledger, card: Card, request) -> None:
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
    if card.pin_check is None or ledger.pin_check(card.pan, pin) != card.pin_check:
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
