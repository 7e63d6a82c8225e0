"""A ledger that has been in use for long: as many sales as wanted, booked as the host books them, thousands at a time."""

import datetime

from acquirer.ledger import Ledger
from acquirer.rows import APPROVED, Transaction, received
from acquirer.unit import Needs, Unit

from .cards import LoadCard

_AT_ONCE = 5000  # sales of one unit of work
_AMOUNT = 1250


def fill(ledger: Ledger, rows: int, terminals: "list[str]", merchant: str, cards: "list[LoadCard]", progress) -> int:
    """Bring the ledger to `rows` transactions, approved sales of batch 1 of `terminals`; returns how many it had to add.

    `progress(text)` is told now and then.
    """
    there = sum(count for count, _, _ in ledger.sums().values())
    newest = max((row.stan for terminal in terminals for row in ledger.transactions(terminal, most=1)), default=0)
    missing = max(0, rows - there)
    now, day = ledger.now(), ledger.today()
    each = -(-missing // len(terminals))
    wanted = [(terminal, newest + 1 + number) for number in range(each) for terminal in terminals][:missing]
    for start in range(0, missing, _AT_ONCE):
        progress(f"filling the ledger: {there + start:,} of {rows:,} rows")
        sales = [
            _sale(start + place, terminal, stan, merchant, cards, day, now)
            for place, (terminal, stan) in enumerate(wanted[start : start + _AT_ONCE])
        ]
        _book(ledger, sales)
    return missing


def _book(ledger: Ledger, sales: "list[Transaction]") -> None:
    def work(unit: Unit) -> None:
        for sale in sales:
            payer, payee = unit.card(sale.card_pan).account_id, unit.merchant(sale.merchant_id).account_id
            unit.post("sale", unit.enter(sale), payer, payee, sale.approved_amount, sale.created)

    ledger.perform(work, Needs(numbers=len(sales)))


def _sale(
    number: int, terminal: str, stan: int, merchant: str, cards: "list[LoadCard]", day: int, now: datetime.datetime
) -> Transaction:
    card = cards[number % len(cards)]
    return received(terminal, merchant, 1, stan, "sale", _AMOUNT, card.pan, day, now)._replace(
        state=APPROVED,
        approved_amount=_AMOUNT,
        card_pan=card.pan,
        code="00",
        rrn=f"F{number:011d}",
        auth_code=f"{number % 1000000:06d}",
        cryptogram=f"{number:016X}",
        atc=f"{number // len(cards) % 65536:04X}",
        answer_time=f"{now:%H%M%S%m%d}",
    )
