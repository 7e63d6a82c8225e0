"""The end of a load: is every answer that was given in the ledger, and does the ledger say what the terminals believe?"""

import asyncio

from acquirer import books, report
from acquirer.ledger import Ledger
from acquirer.rows import APPROVED, DECLINED, REVERSED

from .journal import PENDING, SALE, Record
from .line import Lost
from .terminal import LoadTerminal

_STATES = {"A": APPROVED, "D": DECLINED, "R": REVERSED, "B": REVERSED}
_AT_ONCE = 50


def in_ledger(terminals: "list[LoadTerminal]", ledger: Ledger) -> "tuple[int, list[str]]":
    """(answers that were looked up, what is wrong), read from the ledger itself."""
    wrong, answers = list(books.problems(ledger)), 0
    for terminal in terminals:
        own = {record.batch for record in terminal.journal.records}
        rows = [row for row in books.transactions(ledger, terminal.id.terminal) if row["batch"] in own]
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
    answered = [record for record in terminal.journal.records if record.code]
    for record in answered:
        row = found.get((record.batch, record.stan))
        if row is None:
            if record.code == "00":
                wrong.append(f"{name} {record.at}: approved, and not in the ledger")
            continue
        for what, told in (("code", record.code), ("rrn", record.rrn), ("auth_code", record.auth_code)):
            if what in row and told != row[what] and record.state != PENDING:
                wrong.append(f"{name} {record.at}: {what} {told} was answered, {row[what]} is in the ledger")
    return len(answered)
