"""Reversal and status inquiry: both answer about a STAN of a batch, and give the same answer every time."""

import datetime

from sqlalchemy.orm import Session

from ..ledger import Ledger, masked
from ..models import APPROVED, DECLINED, RECEIVED, REVERSED, Transaction
from .common import find, move, once
from .void import voided

_LETTERS = {APPROVED: "A", DECLINED: "D", REVERSED: "R"}
BARRED = "B"


def reverse(ledger: Ledger, request, now: datetime.datetime) -> dict:
    """Undo a payment; returns the fields of the 0410.

    00 reversed (now or before) · 25 original not found: it is barred from now on · 12 the original was declined or voided,
    or belongs to a business day that is closed · 64 the amount differs · 94 other data differ · 30 format.
    """
    if request.overrides.decline:
        return {39: request.overrides.decline}
    return once(ledger, lambda session: _reverse(ledger, session, request, now))


def _reverse(ledger: Ledger, session: Session, request, now: datetime.datetime) -> dict:
    batch, stan = request.original
    row = find(session, request.terminal_id, batch, stan)
    pan = request.text(2)
    amount = int(request.text(4))
    if row is None:
        row = Transaction(
            terminal_id=request.terminal_id,
            merchant_id=request.merchant_id,
            batch=batch,
            stan=stan,
            kind=request.of,
            state=REVERSED,
            amount=amount,
            approved_amount=0,
            pan_masked=masked(pan),
            code="",
            rrn="",
            auth_code="",
            reason="reversed before it arrived",
            answer_time="",
            business_day=ledger.business_day(session),
            original_seen=0,
            reversal_count=0,
            created=ledger.now(),
        )
        session.add(row)
        session.flush()
        return _settle(ledger, session, row, request, now, "25")
    if row.kind != request.of or (pan and row.pan_masked and masked(pan) != row.pan_masked):
        return {39: "94"}
    if amount != row.amount and amount != (row.approved_amount or row.amount):
        return {39: "64"}
    if row.state == REVERSED:
        row.reversal_count += 1
        return _answer(row)
    if row.state in (DECLINED, RECEIVED) or row.business_day != ledger.business_day(session) or voided(session, row):
        return {39: "12"}
    move(ledger, session, "reversal", row, to_merchant=row.kind == "void")
    row.state = REVERSED
    return _settle(ledger, session, row, request, now, "00")


def _settle(ledger: Ledger, session: Session, row: Transaction, request, now: datetime.datetime, code: str) -> dict:
    """Note in the original's row how its reversal was answered, so that a repeat gets the same answer."""
    row.reversal_code, row.reversal_cause = code, request.text(39)
    row.reversal_rrn = f"{now:%m%d}{ledger.next_number(session, 'rrn'):08d}"
    row.reversal_time = f"{now:%H%M%S%m%d}"
    row.reversal_count = 1
    return _answer(row)


def _answer(row: Transaction) -> dict:
    return {12: row.reversal_time[:6], 13: row.reversal_time[6:], 37: row.reversal_rrn, 39: row.reversal_code}


def inquire(ledger: Ledger, terminal_id: str, batch: int, stan: int) -> "tuple[str, str]":
    """(F39, state) of a status inquiry: "00" and state letter + amount n12 + RRN an12 when the STAN is known.

    A approved · D declined · R reversed · B never seen, only its reversal, which bars it · N with F39 25: nothing known.
    """
    with ledger.session() as session:
        row = find(session, terminal_id, batch, stan)
        if row is None or row.state == RECEIVED:
            return "25", "N" + "0" * 12 + " " * 12
        amount = row.approved_amount if row.state == APPROVED else row.amount
        letter = BARRED if row.state == REVERSED and not row.original_seen else _LETTERS[row.state]
        return "00", f"{letter}{amount:012d}{row.rrn:<12}"
