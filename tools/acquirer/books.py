"""What is in the ledger, read: its transactions, what they add up to, and whether every sum is right."""

from .findings import Finding, money, where
from .ledger import Ledger
from .rows import APPROVED, DECLINED, REVERSED, Transaction

_SHOWN = (
    "terminal_id",
    "merchant_id",
    "batch",
    "stan",
    "kind",
    "state",
    "amount",
    "approved_amount",
    "pan_masked",
    "code",
    "reason",
    "rrn",
    "auth_code",
    "business_day",
    "original_seen",
    "original_batch",
    "original_stan",
    "reversal_code",
    "reversal_cause",
    "reversal_count",
)


def shown(row: Transaction) -> dict:
    """A transaction in plain values, PAN masked, "created" in UTC (ISO 8601)."""
    return {**{name: getattr(row, name) for name in _SHOWN}, "created": row.created.strftime("%Y-%m-%dT%H:%M:%SZ")}


def transactions(ledger: Ledger, terminal_id: "str | None" = None) -> "list[dict]":
    """Every transaction (of one terminal), oldest first, as `shown`."""
    return [shown(row) for row in ledger.transactions(terminal_id)]


def page(ledger: Ledger, most: int, before: "int | None" = None) -> "tuple[list[dict], int | None]":
    """(the newest `most` transactions, oldest first, and what `before` has to be for those in front of them: None at the end)."""
    rows = ledger.transactions(before=before, most=most + 1)
    more = rows[-most].id if len(rows) > most else None
    return [shown(row) for row in rows[-most:]], more


def find(ledger: Ledger, terminal_id: str, batch: int, stan: int) -> "dict | None":
    """The transaction of that STAN as in `transactions`, or None."""
    row = ledger.read(lambda unit: unit.transaction(terminal_id, batch, stan))
    return row and shown(row)


def problems(ledger: Ledger) -> "list[str]":
    """What is wrong with the books; an empty list when every sum is right."""
    found: list[str] = []
    audit = ledger.audit()
    for entry, off in audit.entries:
        found.append(
            Finding(
                f"entry {entry}: its postings add up to {money(off)}, not to 0",
                f"分录 {entry}：借贷合计为 {money(off)}，应为 0",
            )
        )
    for name, balance, posted in audit.accounts:
        found.append(
            Finding(
                f"account {name}: balance {money(balance)}, postings {money(posted)}",
                f"账户 {name}：余额 {money(balance)}，分录合计 {money(posted)}",
            )
        )
    for row, gain in audit.transactions:
        at, at_zh = where(row.batch, row.stan)
        if gain != row.stands:
            found.append(
                Finding(
                    f"{at}: {row.state}, but the merchant gained {money(gain)}",
                    f"{at_zh}：状态为 {row.state}，商户却入账 {money(gain)}",
                )
            )
        if row.undecided:
            found.append(Finding(f"{at}: left undecided", f"{at_zh}：尚无结论"))
    return found


def totals(ledger: Ledger) -> dict:
    """Count and sum of the transactions by state."""
    sums = ledger.sums()
    result = {}
    for state in (APPROVED, DECLINED, REVERSED):
        count, amount, approved = sums.get(state, (0, 0, 0))
        result[state] = {"count": count, "amount": approved if state == APPROVED else amount}
    return result
