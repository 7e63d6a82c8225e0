"""What every financial request goes through: one STAN is decided once, and answered word for word again when it comes twice."""

import datetime
from typing import Any

from ..kinds import KINDS
from ..rows import APPROVED, DECLINED, REVERSED, Transaction, masked, received, utc
from ..unit import APPROVAL, RRN, Unit
from .booking import book

CURRENCY = "156"  # ISO 4217
ISSUER_ID = "01020000"
ACQUIRER_ID = "00085500"
DAYS = 30  # how long after it a refund, a completion or the void of a pre-authorisation is taken


class Refused(Exception):
    """A request that is declined: F39 and the reason for the ledger."""

    def __init__(self, code: str, reason: str):
        super().__init__(reason)
        self.code = code


def new_row(unit: Unit, request, now: datetime.datetime, kind: str, stan: tuple[int, int], pan: str) -> Transaction:
    """The row of a request that nothing is decided about yet; it is not entered by that."""
    amount, day = int(request.text(4) or 0), unit.business_day()
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
        alike = (row.kind, row.amount, row.merchant_id) == (self.kind, int(asked.text(4) or 0), asked.merchant_id)
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
            book(unit, self.kind, row, self.now)
        return self.answer(row)

    def _repeat(self, row: Transaction) -> dict:
        """The answer to a STAN that is known already."""
        if row.state == REVERSED:
            if not row.original_seen and self.same(row, False):
                self.unit.change(row, reason="arrived after its reversal")
            return {39: "22"}
        return self.answer(row) if self.same(row, True) else {39: "94"}

    def answer(self, row: Transaction) -> dict:
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


def pan_of(request) -> str:
    """The PAN of field 2, else of track 2."""
    return request.text(2) or request.text(35).split("D")[0]


class AboutAnother(Case):
    """A request that names an earlier transaction."""

    def same(self, row: Transaction, whole: bool) -> bool:
        about = (row.original_batch, row.original_stan)
        return super().same(row, whole) and about in (self.request.original, (None, None))

    def original(self, own_batch: bool) -> Transaction:
        """It, standing; `own_batch`: it has to be of the batch of the request.  Raises Refused: 25, 12 or 22."""
        request = self.request
        batch, stan = request.original
        self.found.update(original_batch=batch, original_stan=stan)
        row = self.unit.transaction(request.terminal_id, batch, stan)
        of = KINDS[self.kind].of
        if row is None or row.kind not in of or (own_batch and batch != request.batch):
            raise Refused("25", f"no such {' or '.join(of)}" + (" in this batch" if own_batch else ""))
        if row.state != APPROVED:
            raise Refused("12", f"the {row.kind} does not stand")
        if undone(self.unit, row):
            raise Refused("22", f"the {row.kind} is voided already")
        return row

    def whole(self, row: Transaction) -> None:
        """The request is about all of it, and nothing else is about it yet.  Raises Refused: 12, 64."""
        if standing(self.unit, row):
            raise Refused("12", f"the {row.kind} has been used")
        if int(self.request.text(4)) != row.approved_amount:
            raise Refused("64", f"not the amount of the {row.kind}")

    def recent(self, row: Transaction) -> None:
        """It is not too long ago.  Raises Refused: 22."""
        today, then = (datetime.datetime.strptime(str(day), "%Y%m%d") for day in (self.unit.business_day(), row.business_day))
        if (today - then).days > DAYS:
            raise Refused("22", f"the {row.kind} is more than {DAYS} days old")

    def approve(self, row: Transaction, amount: int) -> None:
        self.found.update(card_pan=row.card_pan, code="00", approved_amount=amount)


def undone(unit: Unit, row: Transaction) -> bool:
    """Is there a void of it that stands?"""
    return any(one.state == APPROVED and KINDS[one.kind].undoes for one in unit.about(row))


def standing(unit: Unit, row: Transaction) -> "list[Transaction]":
    """What is about it and stands."""
    return [one for one in unit.about(row) if one.state == APPROVED and not undone(unit, one)]
