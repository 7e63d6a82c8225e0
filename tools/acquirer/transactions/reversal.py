"""Reversal and status inquiry: both answer about a STAN of a batch, and give the same answer every time."""

import datetime

from ..rows import APPROVED, DECLINED, RECEIVED, REVERSED, Transaction, masked
from ..unit import Unit
from .booking import book
from .common import new_row, reference, standing, undone

_LETTERS = {APPROVED: "A", DECLINED: "D", REVERSED: "R"}
BARRED = "B"


def reverse(unit: Unit, request, now: datetime.datetime) -> dict:
    """Undo a payment; returns the fields of the 0410.

    00 reversed (now or before) · 25 original not found: it is barred from now on · 12 the original was declined, voided or used,
    or belongs to a business day that is closed · 64 the amount differs · 94 other data differ · 30 format.
    """
    if request.overrides.decline:
        return {39: request.overrides.decline}
    batch, stan = request.original
    row = unit.transaction(request.terminal_id, batch, stan)
    pan = request.text(2)
    amount = int(request.text(4))
    if row is None:
        row = new_row(unit, request, now, request.of, (batch, stan), pan)
        row = row._replace(state=REVERSED, reason="reversed before it arrived", original_seen=0)
        return _answer(unit.enter(row._replace(**_settled(unit, request, now, "25"))))
    if row.kind != request.of or (pan and row.pan_masked and masked(pan) != row.pan_masked):
        return {39: "94"}
    if amount != row.amount and amount != (row.approved_amount or row.amount):
        return {39: "64"}
    if row.state == REVERSED:
        return _answer(unit.change(row, reversal_count=row.reversal_count + 1))
    used = undone(unit, row) or standing(unit, row)
    if row.state in (DECLINED, RECEIVED) or row.business_day != unit.business_day() or used:
        return {39: "12"}
    book(unit, "reversal", row, now, back=True)
    return _answer(unit.change(row, state=REVERSED, **_settled(unit, request, now, "00")))


def _settled(unit: Unit, request, now: datetime.datetime, code: str) -> dict:
    """How a reversal was answered, for its original's row, so that a repeat gets the same answer."""
    return {
        "reversal_code": code,
        "reversal_cause": request.text(39),
        "reversal_rrn": reference(unit, now),
        "reversal_time": f"{now:%H%M%S%m%d}",
        "reversal_count": 1,
    }


def _answer(row: Transaction) -> dict:
    told = row.reversal_time or ""
    return {12: told[:6], 13: told[6:], 37: row.reversal_rrn, 39: row.reversal_code}


def inquire(unit: Unit, request, now: datetime.datetime) -> "tuple[str, str]":
    """(F39, state) of a status inquiry: "00" and state letter + amount n12 + RRN an12 when the STAN is known.

    A approved · D declined · R reversed · B barred: never seen, only its reversal or such an inquiry · N with F39 25: nothing.
    """
    batch, stan = request.original
    row = unit.transaction(request.terminal_id, batch, stan)
    if row is None and request.message.bars:
        row = new_row(unit, request, now, request.of, (batch, stan), "")
        row = unit.enter(row._replace(state=REVERSED, reason="barred before it arrived", original_seen=0))
    if row is None or row.state == RECEIVED:
        return "25", "N" + "0" * 12 + " " * 12
    amount = row.approved_amount if row.state == APPROVED else row.amount
    letter = BARRED if row.state == REVERSED and not row.original_seen else _LETTERS[row.state]
    return "00", f"{letter}{amount:012d}{row.rrn:<12}"
