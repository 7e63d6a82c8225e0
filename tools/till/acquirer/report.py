"""What the ledger says, and where it disagrees with a terminal's journal."""

from .ledger import Ledger, masked
from .models import APPROVED, DECLINED, REVERSED

__all__ = ["masked", "reconcile", "transactions"]

# A journal state (the names of the terminal's record states) -> the ledger states that agree with it; None stands
# for "the host knows nothing".  A decline may have been given without an entry (MAC, format), or because the
# reversal was there first.
_AGREE = {
    "approved": (APPROVED,),
    "partial": (APPROVED,),
    "declined": (DECLINED, REVERSED, None),
    "reversed": (REVERSED,),
    "reversed: not found": (REVERSED, None),
    "reversed: was not approved": (DECLINED, None),
    "not sent": (None,),
}
_STANDS = ("approved", "partial")
_MANUAL = "manual list"


def transactions(ledger: Ledger) -> "list[dict]":
    """Every transaction of the ledger, oldest first, PAN masked."""
    return ledger.transactions()


def reconcile(journal_records: "list[dict]", ledger: Ledger, terminal_id: "str | None" = None) -> "list[str]":
    """Differences between a terminal's journal and the ledger, one line each; empty when they agree to the cent.

    A journal record has `stan`, `batch`, `kind`, `amount` (asked, minor units), `state` (a name of the terminal's
    record states, or "pending") and may have `approved` (what stands at the end; else `amount` counts).  The last
    record of a STAN counts.  "manual list" is a known difference that a supervisor has taken over, so it is none
    here; "pending" is one always.
    """
    journal: "dict[tuple[int, int], dict]" = {}
    for record in journal_records:
        journal[int(record["batch"]), int(record["stan"])] = record
    host = {(row["batch"], row["stan"]): row for row in ledger.transactions()
            if terminal_id in (None, row["terminal_id"])}
    differences = list(ledger.problems())
    sums = {"journal": 0, "ledger": 0}
    for key in sorted(set(journal) | set(host)):
        record, row = journal.get(key), host.get(key)
        where = f"batch {key[0]:06d} STAN {key[1]:06d}"
        state = record["state"] if record else None
        host_state = row["state"] if row else None
        if state == _MANUAL:
            continue
        host_amount = row["approved_amount"] if host_state == APPROVED else 0
        amount = int(record.get("approved") or record["amount"]) if state in _STANDS else 0
        sums["ledger"] += host_amount
        sums["journal"] += amount
        if state is None:
            if host_state == APPROVED:
                differences.append(f"{where}: approved by the host, not in the journal")
        elif state not in _AGREE:
            differences.append(f"{where}: {state} in the journal")
        elif host_state not in _AGREE[state]:
            differences.append(f"{where}: {state} in the journal, {host_state or 'unknown'} at the host")
        elif amount != host_amount:
            differences.append(f"{where}: {amount} in the journal, {host_amount} at the host")
    if sums["journal"] != sums["ledger"]:
        differences.append(f"approved sales: {sums['journal']} in the journal, {sums['ledger']} at the host")
    return differences
