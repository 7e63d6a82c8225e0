"""What every financial request goes through: one STAN is decided once, and answered word for word again when it comes twice."""

import datetime
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..ledger import Ledger, masked
from ..models import APPROVED, DECLINED, RECEIVED, REVERSED, Account, Card, Merchant, Terminal, Transaction

ISSUER_ID = "01020000"
ACQUIRER_ID = "00085500"


class Refused(Exception):
    """A request that is declined: F39 and the reason for the ledger."""

    def __init__(self, code: str, reason: str):
        super().__init__(reason)
        self.code = code


def find(session: Session, terminal_id: str, batch: int, stan: int) -> Transaction | None:
    """The transaction of that STAN, held until the session ends."""
    return session.scalars(
        select(Transaction)
        .where(Transaction.terminal_id == terminal_id, Transaction.batch == batch, Transaction.stan == stan)
        .with_for_update()
    ).one_or_none()


def once(ledger: Ledger, work: Callable[[Session], dict]) -> dict:
    """`work(session)` in one database transaction; again when another connection has just entered the same STAN."""
    try:
        with ledger.session() as session:
            return work(session)
    except IntegrityError:
        with ledger.session() as session:
            return work(session)


class Case:
    """One request that is decided: what each kind of transaction does in its own way."""

    kind = ""

    def __init__(self, ledger: Ledger, request):
        self.ledger = ledger
        self.request = request

    def same(self, row: Transaction, whole: bool) -> bool:
        """Is the request the one of that row (not `whole`: apart from its card)?"""
        asked = self.request
        alike = (row.kind, row.amount, row.merchant_id) == (self.kind, int(asked.text(4)), asked.merchant_id)
        return alike and (not whole or row.pan_masked == masked(pan_of(asked)))

    def judge(self, session: Session, row: Transaction) -> None:
        """Decide: book, and fill `code` and `approved_amount`.  Raises Refused."""
        raise NotImplementedError

    def finish(self, row: Transaction) -> None:
        """The decision has been made, either way: what else the answer says."""

    def decide(self, now: datetime.datetime) -> dict:
        """The answer's own fields, now or as they were told the first time."""
        return once(self.ledger, lambda session: self._decide(session, now))

    def _decide(self, session: Session, now: datetime.datetime) -> dict:
        request = self.request
        earlier = find(session, request.terminal_id, request.batch, request.stan)
        if earlier is not None:
            return self._repeat(earlier)
        if request.batch != session.get(Terminal, request.terminal_id).batch:
            return {39: "77"}
        row = self._enter(session, now)
        try:
            if request.overrides.decline:
                raise Refused(request.overrides.decline, "declined on demand")
            self.judge(session, row)
            row.state = APPROVED
            row.auth_code = f"{(self.ledger.next_number(session, 'approval') * 7919 + 104729) % 1000000:06d}"
        except Refused as refused:
            row.state, row.code, row.reason = DECLINED, refused.code, str(refused)[:120]
        self.finish(row)
        return self._answer(row)

    def _repeat(self, row: Transaction) -> dict:
        """The answer to a STAN that is known already."""
        if row.state == REVERSED:
            if not row.original_seen and self.same(row, False):
                row.reason = "arrived after its reversal"
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

    def _enter(self, session: Session, now: datetime.datetime) -> Transaction:
        ledger, request = self.ledger, self.request
        number = ledger.next_number(session, "rrn")
        row = Transaction(
            terminal_id=request.terminal_id,
            merchant_id=request.merchant_id,
            batch=request.batch,
            stan=request.stan,
            kind=self.kind,
            state=RECEIVED,
            amount=int(request.text(4)),
            approved_amount=0,
            pan_masked=masked(pan_of(request)),
            rrn=f"{now:%m%d}{number:08d}",
            answer_time=f"{now:%H%M%S%m%d}",
            code="",
            reason="",
            auth_code="",
            business_day=ledger.business_day(session),
            original_seen=1,
            reversal_count=0,
            created=ledger.now(),
        )
        session.add(row)
        session.flush()
        return row


def move(ledger: Ledger, session: Session, kind: str, row: Transaction, to_merchant: bool) -> None:
    """Book what the row approves between its card and its merchant."""
    card = session.get(Account, session.get(Card, row.card_pan).account_id, with_for_update=True)
    merchant = session.get(Account, session.get(Merchant, row.merchant_id).account_id, with_for_update=True)
    payer, payee = (card, merchant) if to_merchant else (merchant, card)
    ledger.book(session, kind, row, payer, payee, row.approved_amount)


def pan_of(request) -> str:
    """The PAN of field 2, else of track 2."""
    return request.text(2) or request.text(35).split("D")[0]
