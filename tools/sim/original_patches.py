"""Seeded bugs (`bugs`) in payments that are about an earlier one, and in what is not reversed: as lists of Patch."""

from typing import Any

from acquirer import profiles

from . import port
from .bug_patches import Patch


def reverses_what_is_asked_about() -> "list[Patch]":
    return [(port.of("core.transactions"), "reversed_", lambda kind: True)]


def tells_an_unanswered_refund_as_not_made() -> "list[Patch]":
    payment, result, transactions = port.of("flows.payment"), port.of("flows.result"), port.of("core.transactions")
    original = payment._reverse

    async def reverse(t: Any, asked: Any, reason: int, why: int, *state: int) -> Any:
        if transactions.reversed_(asked.kind):
            return await original(t, asked, reason, why, *state)
        told = result.of(asked.ended(0, 0), result.REVERSED, result.NOT_TAKEN, why)
        told.stan = asked.stan
        return told

    return [(payment, "_reverse", reverse)]


def gives_back_more_than_is_left() -> "list[Patch]":
    def left(row: Any, record: Any, kept: Any) -> int:
        return int(record.approved) * int(row.share) // 100

    return [(port.of("flows.original"), "_left", left)]


def tells_another_balance() -> "list[Patch]":
    profile = port.of(f"core.profiles.{profiles.DEFAULT}")
    return [(profile, "balance", lambda answer: int(answer.fields.get(54, "0" * 20)[8:20]) + 1)]
