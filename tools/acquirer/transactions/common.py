"""What every financial request goes through: one STAN is decided once, and answered word for word again when it comes twice."""

import datetime
from typing import Any

from ..rows import APPROVED, DECLINED, REVERSED, Transaction, masked, received, utc
from ..unit import APPROVAL, RRN, Unit

CURRENCY = "156"  # ISO 4217
ISSUER_ID = "01020000"
ACQUIRER_ID = "00085500"


class Refused(Exception):
    """A request that is declined: F39 and the reason for the ledger."""

    def __init__(self, code: str, reason: str):
        super().__init__(reason)
        self.code = code


def new_row(unit: Unit, request, now: datetime.datetime, kind: str, stan: tuple[int, int], pan: str) -> Transaction:
    """The row of a request that nothing is decided about yet; it is not entered by that."""
    amount, day = int(request.text(4)), unit.business_day()
    return received(request.terminal_id, request.merchant_id, *stan, kind, amount, pan, day, utc(now))


def reference(unit: Unit, now: datetime.datetime) -> str:
    """A new retrieval reference number (F37): MMDD and eight digits."""
    return f"{now:%m%d}{unit.number(RRN) % 100_000_000:08d}"


class Case:
    """One request that is decided: what each kind of transaction does in its own way."""

    kind = ""

    def __init__(self, unit: Unit, request, now: datetime.datetime):
        self.unit, self.request, self.now = unit, request, now
        self.found: dict[str, Any] = {}  # columns of the row, as far as they are known

    def same(self, row: Transaction, whole: bool) -> bool:
        """Is the request the one of that row (not `whole`: apart from its card)?"""
        asked = self.request
        alike = (row.kind, row.amount, row.merchant_id) == (self.kind, int(asked.text(4)), asked.merchant_id)
        return alike and (not whole or row.pan_masked == masked(pan_of(asked)))

    def judge(self) -> None:
        """Decide: fill `found`, with "code" and "approved_amount" of an approval.  Raises Refused."""
        raise NotImplementedError

    def finish(self) -> None:
        """The decision has been made, either way: what else the answer says."""

    def decide(self) -> dict:
        """The answer's own fields, now or as they were told the first time."""
        unit, request = self.unit, self.request
        earlier = unit.transaction(request.terminal_id, request.batch, request.stan)
        if earlier is not None:
            return self._repeat(earlier)
        if request.batch != unit.terminal(request.terminal_id).batch:
            return {39: "77"}
        row = new_row(unit, request, self.now, self.kind, (request.batch, request.stan), pan_of(request))
        self.found.update(rrn=reference(unit, self.now), answer_time=f"{self.now:%H%M%S%m%d}")
        try:
            if request.overrides.decline:
                raise Refused(request.overrides.decline, "declined on demand")
            self.judge()
            self.found.update(state=APPROVED, auth_code=f"{(unit.number(APPROVAL) * 7919 + 104729) % 1000000:06d}")
        except Refused as refused:
            self.found.update(state=DECLINED, code=refused.code, reason=str(refused)[:120], approved_amount=0)
        self.finish()
        row = unit.enter(row._replace(**self.found))
        if row.state == APPROVED:
            move(unit, self.kind, row, self.now, to_merchant=self.kind != "void")
        return self._answer(row)

    def _repeat(self, row: Transaction) -> dict:
        """The answer to a STAN that is known already."""
        if row.state == REVERSED:
            if not row.original_seen and self.same(row, False):
                self.unit.change(row, reason="arrived after its reversal")
            return {39: "22"}
        return self._answer(row) if self.same(row, True) else {39: "94"}

    def _answer(self, row: Transaction) -> dict:
        """The fields of a decided request; also of a repeated one."""
        fields: dict = {12: row.answer_time[:6], 13: row.answer_time[6:], 37: row.rrn, 39: row.code}
        if row.answer_tlv:
            fields[55] = bytes.fromhex(row.answer_tlv)
        if row.state == APPROVED:
            asked = self.request.message.fields
            fields.update(
                {
                    2: asked.get(2),
                    4: f"{row.approved_amount:012d}",
                    14: asked.get(14),
                    15: f"{row.business_day:08d}"[4:],
                    38: row.auth_code,
                    44: f"{ISSUER_ID:<11}{ACQUIRER_ID:<11}",
                }
            )
        return fields


def move(unit: Unit, kind: str, row: Transaction, now: datetime.datetime, to_merchant: bool) -> None:
    """Book what the row approves between its card and its merchant."""
    card, merchant = unit.card(row.card_pan).account_id, unit.merchant(row.merchant_id).account_id
    payer, payee = (card, merchant) if to_merchant else (merchant, card)
    unit.post(kind, row, payer, payee, row.approved_amount, utc(now))


def pan_of(request) -> str:
    """The PAN of field 2, else of track 2."""
    return request.text(2) or request.text(35).split("D")[0]
