"""What is in the ledger, read: its transactions, what they add up to, and whether every sum is right."""

from sqlalchemy import func, select

from .findings import Finding, money, where
from .ledger import Ledger
from .models import APPROVED, DECLINED, RECEIVED, REVERSED, Account, Entry, Merchant, Posting, Transaction

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


def stands(kind: str, approved: int) -> int:
    """What an approved transaction is to the merchant: a void gives back."""
    return -approved if kind == "void" else approved


def transactions(ledger: Ledger, terminal_id: "str | None" = None) -> "list[dict]":
    """Every transaction (of one terminal), oldest first: plain values, PAN masked, "created" in UTC (ISO 8601)."""
    wanted = select(Transaction).order_by(Transaction.id)
    if terminal_id is not None:
        wanted = wanted.where(Transaction.terminal_id == terminal_id)
    with ledger.session() as session:
        return [
            {**{name: getattr(row, name) for name in _SHOWN}, "created": row.created.strftime("%Y-%m-%dT%H:%M:%SZ")}
            for row in session.scalars(wanted)
        ]


def find(ledger: Ledger, terminal_id: str, batch: int, stan: int) -> "dict | None":
    """The transaction of that STAN as in `transactions`, or None."""
    for row in transactions(ledger):
        if (row["terminal_id"], row["batch"], row["stan"]) == (terminal_id, batch, stan):
            return row
    return None


def problems(ledger: Ledger) -> "list[str]":
    """What is wrong with the books; an empty list when every sum is right."""
    found = []
    with ledger.session() as session:
        for entry_id, total in session.execute(select(Posting.entry_id, func.sum(Posting.amount)).group_by(Posting.entry_id)):
            if total != 0:
                found.append(
                    Finding(
                        f"entry {entry_id}: its postings add up to {money(total)}, not to 0",
                        f"分录 {entry_id}：借贷合计为 {money(total)}，应为 0",
                    )
                )
        sums = dict(session.execute(select(Posting.account_id, func.sum(Posting.amount)).group_by(Posting.account_id)).all())
        for account in session.scalars(select(Account)):
            if account.balance != sums.get(account.id, 0):
                balance, posted = money(account.balance), money(sums.get(account.id, 0))
                found.append(
                    Finding(
                        f"account {account.name}: balance {balance}, postings {posted}",
                        f"账户 {account.name}：余额 {balance}，分录合计 {posted}",
                    )
                )
        gained = dict(
            session.execute(
                select(Entry.transaction_id, func.sum(Posting.amount))
                .join(Posting, Posting.entry_id == Entry.id)
                .join(Merchant, Merchant.account_id == Posting.account_id)
                .where(Entry.transaction_id.is_not(None))
                .group_by(Entry.transaction_id)
            ).all()
        )
        for row in session.scalars(select(Transaction)):
            wanted = stands(row.kind, row.approved_amount) if row.state == APPROVED else 0
            if gained.get(row.id, 0) != wanted:
                gain = money(gained.get(row.id, 0))
                at, at_zh = where(row.batch, row.stan)
                found.append(
                    Finding(
                        f"{at}: {row.state}, but the merchant gained {gain}",
                        f"{at_zh}：状态为 {row.state}，商户却入账 {gain}",
                    )
                )
            if row.state == RECEIVED:
                at, at_zh = where(row.batch, row.stan)
                found.append(Finding(f"{at}: left undecided", f"{at_zh}：尚无结论"))
    return found


def totals(ledger: Ledger) -> dict:
    """Count and sum of the transactions by state."""
    result = {state: {"count": 0, "amount": 0} for state in (APPROVED, DECLINED, REVERSED)}
    for row in transactions(ledger):
        if row["state"] in result:
            result[row["state"]]["count"] += 1
            amount = row["approved_amount"] if row["state"] == APPROVED else row["amount"]
            result[row["state"]]["amount"] += amount
    return result
