"""What the ledger says, and where it disagrees with a terminal's journal."""

from . import books
from .findings import Finding, money, where
from .kinds import KINDS, of_number, stands
from .ledger import Ledger
from .rows import APPROVED, DECLINED, REVERSED, masked

__all__ = ["compare", "masked", "reconcile"]

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
_STATE_ZH = {
    "approved": "已批准",
    "partial": "部分批准",
    "declined": "已拒绝",
    "reversed": "已冲正",
    "reversed: not found": "已冲正（银行无记录）",
    "reversed: was not approved": "已冲正（原交易被拒）",
    "not sent": "未发送",
    "pending": "待冲正",
    "received": "已收到",
    None: "无记录",
}


def kind_of(record: dict) -> str:
    """What the ledger calls the kind of a journal record."""
    return of_number(record.get("kind"))


def reconcile(journal_records: "list[dict]", ledger: Ledger, terminal_id: "str | None" = None) -> "list[str]":
    """What is wrong with the books, and where a terminal's journal differs from them (`compare`)."""
    return [*books.problems(ledger), *compare(journal_records, books.transactions(ledger, terminal_id))]


def compare(journal_records: "list[dict]", host_rows: "list[dict]") -> "list[str]":
    """Differences between a terminal's journal and what its host knows, one line each; empty when they agree to the cent.

    A journal record has `stan`, `batch`, `kind` (60.1), `amount` (asked, minor units), `state` (a name of the terminal's
    record states, or "pending") and may have `approved` (what stands at the end; else `amount` counts).  The last
    record of a STAN counts.  "manual list" is a known difference that a supervisor has taken over, so it is none
    here; "pending" is one always.  A row of the host has `stan`, `batch`, `kind`, `state` and `approved_amount`, as those of
    books.transactions.
    """
    journal: dict[tuple[int, int], dict] = {}
    for record in journal_records:
        journal[int(record["batch"]), int(record["stan"])] = record
    host = {(row["batch"], row["stan"]): row for row in host_rows}
    differences = []
    sums = {"journal": 0, "ledger": 0}
    for key in sorted(set(journal) | set(host)):
        record, row = journal.get(key), host.get(key)
        at, at_zh = where(*key)
        state = record["state"] if record else None
        host_state = row["state"] if row else None
        if state == _MANUAL:
            continue
        host_amount = row["approved_amount"] if host_state == APPROVED else 0
        amount = int(record.get("approved") or record["amount"]) if state in _STANDS else 0
        sums["ledger"] += stands(row["kind"], host_amount) if row else 0
        sums["journal"] += stands(kind_of(record or {}), amount)
        state_zh, host_zh = _STATE_ZH.get(state, state), _STATE_ZH.get(host_state, host_state)
        if state is None:
            if row and host_state == APPROVED and KINDS[row["kind"]].journaled:
                differences.append(
                    Finding(f"{at}: approved by the host, not in the journal", f"{at_zh}：银行已批准，终端流水中没有")
                )
        elif state not in _AGREE:
            differences.append(Finding(f"{at}: {state} in the journal", f"{at_zh}：终端流水为“{state_zh}”"))
        elif host_state not in _AGREE[state]:
            differences.append(
                Finding(
                    f"{at}: {state} in the journal, {host_state or 'unknown'} at the host",
                    f"{at_zh}：终端流水为“{state_zh}”，银行为“{host_zh}”",
                )
            )
        elif amount != host_amount:
            differences.append(
                Finding(
                    f"{at}: {money(amount)} in the journal, {money(host_amount)} at the host",
                    f"{at_zh}：终端流水 {money(amount)}，银行 {money(host_amount)}",
                )
            )
    if sums["journal"] != sums["ledger"]:
        mine, theirs = money(sums["journal"]), money(sums["ledger"])
        differences.append(
            Finding(
                f"approved sales: {mine} in the journal, {theirs} at the host", f"成功交易合计：终端流水 {mine}，银行 {theirs}"
            )
        )
    return differences
