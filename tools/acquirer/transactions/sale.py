"""The decision about a sale: card, cryptogram, PIN, money."""

import datetime

import psec

from .. import desops, emv
from ..rows import Card, Transaction
from ..unit import Unit
from .common import Case, Refused, pan_of

PIN_TRIES = 3


def luhn_ok(pan: str) -> bool:
    """ISO/IEC 7812-1 check digit."""
    total = 0
    for place, digit in enumerate(reversed(pan)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def authorise(unit: Unit, request, now: datetime.datetime) -> dict:
    """Decide a sale (or repeat the decision) and return the answer's own fields."""
    return _Sale(unit, request, now).decide()


class Tapped(Case):
    """What is asked for with the card itself: its cryptogram, its PIN."""

    def __init__(self, unit: Unit, request, now: datetime.datetime):
        super().__init__(unit, request, now)
        self._atc, self._cryptogram = emv.presented(request.message.fields.get(55))
        self._card: Card | None = None
        self._imk: bytes | None = None
        self._proof: emv.CardProof | None = None

    def same(self, row: Transaction, whole: bool) -> bool:
        return super().same(row, whole) and (not whole or row.cryptogram == self._cryptogram)

    def judge(self) -> None:
        request = self.request
        self.found.update(cryptogram=self._cryptogram, atc=self._atc)
        self._card = card = _card(self.unit, request, pan_of(request))
        self.found["card_pan"] = card.pan
        self._imk = self.unit.vault.unwrap(card.imk)
        self._proof = _card_proof(self.unit, card, self._imk, request.message.fields)
        _check_pin(self.unit, card, request)
        self.found["code"], self.found["approved_amount"] = self.money(card)

    def money(self, card: Card) -> "tuple[str, int]":
        """(F39, approved amount).  Raises Refused."""
        raise NotImplementedError

    def finish(self) -> None:
        card = self._card
        if self._proof is not None and card is not None and self._imk:
            told = emv.issuer_answer(self._proof, card.pan, card.psn, self._imk, card.cvn, self.found["code"])
            self.found["answer_tlv"] = told.hex()


class _Sale(Tapped):
    kind = "sale"

    def money(self, card: Card) -> "tuple[str, int]":
        return check_money(self.unit, card, self.request)


def _card(unit: Unit, request, pan: str) -> Card:
    fields = request.message.fields
    if 4 in fields and int(fields[4]) == 0:
        raise Refused("13", "amount is zero")
    if fields[49] != request.currency:
        raise Refused("12", f"currency {fields[49]} is not {request.currency}")
    if len(pan) < 13 or not luhn_ok(pan):
        raise Refused("14", "card number missing or with a wrong check digit")
    track2 = request.text(35)
    if track2 and track2.split("D")[0] != pan:
        raise Refused("14", "card number of field 2 is not that of track 2")
    card = unit.card(pan)
    if card is None:
        raise Refused("14", "no such card")
    if card.status != "00":
        raise Refused(card.status, "the card is blocked")
    expiry = request.text(14) or track2.partition("D")[2][:4]
    if expiry and expiry != card.expiry:
        raise Refused("54", "expiry date is not the card's")
    if card.expiry < f"{unit.business_day():08d}"[2:6]:  # YYMM
        raise Refused("54", "the card has expired")
    return card


def _card_proof(unit: Unit, card: Card, imk: "bytes | None", fields: dict) -> "emv.CardProof | None":
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
        proof = emv.check(fields[55], int(fields.get(4, 0)), card.pan, card.psn, imk, card.cvn)
    except emv.EmvRefused as refused:
        raise Refused("05", str(refused)) from None
    if imk is None:
        return None
    if unit.used(card.pan, proof.atc, proof.cryptogram):
        raise Refused("05", f"cryptogram with ATC {proof.atc} was used before")
    return proof


def _check_pin(unit: Unit, card: Card, request) -> None:
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
    if card.pin_check is None or unit.vault.pin_check(card.pan, pin) != card.pin_check:
        tries = unit.change_card(card, pin_tries=card.pin_tries + 1).pin_tries
        raise Refused("75" if tries >= PIN_TRIES else "55", f"wrong PIN, try {tries}")
    if card.pin_tries:
        unit.change_card(card, pin_tries=0)


def check_money(unit: Unit, card: Card, request) -> "tuple[str, int]":
    """(F39, approved amount).  Raises Refused."""
    overrides = request.overrides
    amount, code = int(request.text(4)), overrides.approve or "00"
    if overrides.partial is not None and overrides.partial < amount:
        amount, code = overrides.partial, "10"
    if card.limit is not None and amount > card.limit:
        raise Refused("61", "over the card's limit")
    if amount > unit.balance(card.account_id):
        raise Refused("51", "not enough money on the account")
    return code, amount
