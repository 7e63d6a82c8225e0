"""A terminal's journal as acquirer.report compares it with the host's books."""

from collections.abc import Iterable
from typing import Any

from bench.states import STATE_NAMES


def of(records: "Iterable[Any]", pending: Any) -> "list[dict]":
    """An entry for each record that tells of a payment, and for what is open (None: nothing is)."""
    entries = [
        {
            "batch": record.batch,
            "stan": record.stan,
            "kind": record.kind,
            "amount": record.amount,
            "approved": record.approved,
            "state": STATE_NAMES[record.state],
        }
        for record in records
        if record.state in STATE_NAMES
    ]
    if pending is not None:
        entries.append(
            {
                "batch": pending.batch,
                "stan": pending.stan,
                "kind": pending.kind,
                "amount": pending.amount,
                "state": "pending",
            }
        )
    return entries
