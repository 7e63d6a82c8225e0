"""The end of a load: is every answer that was given in the ledger, and does the ledger say what the terminals believe?"""

import asyncio

from acquirer import books, report
from acquirer.ledger import Ledger
from acquirer.rows import APPROVED, DECLINED, REVERSED
from acquirer.switch import FORMAT_ERROR, MERCHANT_UNKNOWN, TERMINAL_UNKNOWN, UNSUPPORTED

from .journal import NOT_FOUND, PENDING, SALE, Record
from .line import Lost
from .terminal import LoadTerminal

_STATES = {"A": APPROVED, "D": DECLINED, "R": REVERSED, "B": REVERSED}
_AT_ONCE = 50
# F39 of a request that was not judged, or whose STAN is another one's: it need not be in the ledger.  All others must.
_NOT_JUDGED = {FORMAT_ERROR, MERCHANT_UNKNOWN, TERMINAL_UNKNOWN, UNSUPPORTED, "22", "77", "94"}


def in_ledger(terminals: "list[LoadTerminal]", ledger: Ledger) -> "tuple[int, list[str]]":
    """(answers that were looked up, what is wrong), read from the ledger itself."""
    wrong, answers = list(books.problems(ledger)), 0
    for terminal in terminals:
        own = {record.batch for record in terminal.journal.records}
        rows = [
            {**books.shown(row), "reversal_rrn": row.reversal_rrn}
            for row in ledger.transactions(terminal.id.terminal)
            if row.batch in own
        ]
        answers += _judged(terminal, rows, wrong)
    return answers, wrong


async def by_inquiry(terminals: "list[LoadTerminal]") -> "tuple[int, list[str]]":
    """The same asked over the wire, a status inquiry for each STAN: for a host whose ledger is out of reach."""
    wrong: list[str] = []
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(terminal: LoadTerminal) -> int:
        async with gate:
            try:
                rows = [_row(record, await terminal.state_of(record)) for record in terminal.journal.records]
            except Lost as error:
                wrong.append(f"terminal {terminal.id.terminal}: inquiry: {error}")
                return 0
        return _judged(terminal, [row for row in rows if row], wrong)

    return sum(await asyncio.gather(*map(one, terminals))), wrong


def _row(record: Record, told: dict) -> "dict | None":
    state = _STATES.get(told["letter"])
    approved = told["amount"] if state == APPROVED else 0
    return state and {
        "batch": record.batch,
        "stan": record.stan,
        "kind": "sale" if record.kind == SALE else "void",
        "state": state,
        "approved_amount": approved,
        "rrn": told["rrn"],
    }


def _judged(terminal: LoadTerminal, rows: "list[dict]", wrong: "list[str]") -> int:
    """Adds to `wrong`; returns how many answers of the host were compared."""
    found = {(row["batch"], row["stan"]): row for row in rows}
    name = f"terminal {terminal.id.terminal}"
    wrong += [f"{name}: {line}" for line in report.compare(terminal.journal.for_the_report(), rows)]
    compared = 0
    for record in terminal.journal.records:
        row = found.get((record.batch, record.stan))
        if row is None:
            if record.code and record.code not in _NOT_JUDGED:
                what = "approved" if record.code == "00" else f"declined with {record.code}"
                wrong.append(f"{name} {record.at}: {what}, and not in the ledger")
            elif record.state == NOT_FOUND:
                wrong.append(f"{name} {record.at}: barred by its reversal, and not in the ledger")
            continue
        compared += bool(record.code)
        wrong += [
            f"{name} {record.at}: {what} {told} was answered, {row[what]} is in the ledger"
            for what, told in _answered(record)
            if what in row and told != row[what]
        ]
    return compared


def _answered(record: Record) -> "list[tuple[str, str]]":
    """(what, how it was answered) of all that the row of a record has to say too."""
    told = []
    if record.code and record.state != PENDING:
        told += [("code", record.code), ("rrn", record.rrn), ("auth_code", record.auth_code)]
    if record.state in (REVERSED, NOT_FOUND):
        told += [("reversal_code", record.reversal_code), ("reversal_rrn", record.reversal_rrn)]
    return told
