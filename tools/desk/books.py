"""The ledger as the page shows it: accounts, transactions and terminals beside a terminal's own journal."""

import datetime

from acquirer import report
from acquirer.books import problems, shown, transactions
from acquirer.ledger import Ledger, masked
from acquirer.report import kind_of
from acquirer.rows import APPROVED, stands, utc

_STANDS = ("approved", "partial")
_MANUAL = "manual list"
_PENDING = {"en": "a reversal is still open at the terminal", "zh": "终端还有一笔冲正未结清"}
MOST_ROWS = 1000  # of the newest transactions


def view(ledger: Ledger, terminal: str | None = None, pans=None, journal: dict | None = None) -> dict:
    """{"accounts", "transactions", "terminals", "journal", "pending", "sums", "difference", "problems", "day"}.

    Of one terminal with the accounts of the cards in `pans`, or of all.  `journal` is what Bench.journal() gives;
    "sums" {"host", "journal", "manual"} and "difference" are in minor units (None without a journal): what stands at
    the host, minus what stands in the journal, minus what stands at the host and was put on the manual list.
    "problems" are sentences, {"en", "zh"} each.
    """
    # A journal is compared with all that its terminal has sent.
    rows = transactions(ledger, terminal) if journal is not None else _newest(ledger, terminal)
    found = {
        "accounts": _accounts(ledger, pans),
        "transactions": rows[-MOST_ROWS:],
        "terminals": terminals(ledger, terminal),
        "journal": None,
        "pending": None,
        "sums": None,
        "difference": None,
        "problems": _texts(problems(ledger)),
        "day": _day(ledger, terminal),
    }
    if journal is not None:
        records = [{**each, "state": each["state_name"]} for each in journal["records"]]
        found["journal"] = records[-MOST_ROWS:]
        found["pending"] = journal["pending"]
        sums = found["sums"] = _sums(records, rows)
        found["difference"] = sums["host"] - sums["journal"] - sums["manual"]
        found["problems"] = _texts(report.reconcile(records, ledger, terminal))
        if journal["pending"]:
            found["problems"].append(_PENDING)
    return found


def terminals(ledger: Ledger, terminal: str | None = None) -> list:
    """[{"terminal", "merchant", "batch", "signed_on"}]."""
    return [
        {"terminal": row.id, "merchant": row.merchant_id, "batch": row.batch, "signed_on": row.mak is not None}
        for row in ledger.terminals()
        if terminal in (None, row.id)
    ]


def seal(ledger: Ledger, terminal: str) -> tuple[bytes | None, str]:
    """(MAC key in force at a terminal, None before its sign-on; name of the MAC agreed with it)."""
    return ledger.working_keys(terminal)[1], ledger.terminal(terminal)["mac"]


def _accounts(ledger: Ledger, pans) -> list:
    found = [
        {"kind": "merchant", "name": merchant.name, "number": merchant.id, "balance": balance}
        for merchant, balance in ledger.merchants()
    ]
    for card, balance in ledger.cards(pans):
        found.append(
            {
                "kind": "card",
                "name": card.name,
                "number": masked(card.pan),
                "balance": balance,
                "status": card.status,
                "pin_tries": card.pin_tries,
            }
        )
    return found


def _newest(ledger: Ledger, terminal: str | None) -> list:
    return [shown(row) for row in ledger.transactions(terminal, most=MOST_ROWS)]


def _day(ledger: Ledger, terminal: str | None) -> list:
    """Approved sales of today by the hour of this computer's clock."""
    now = ledger.clock()
    rows = ledger.transactions(terminal, since=utc(now.replace(hour=0, minute=0, second=0, microsecond=0)))
    hours = [{"hour": hour, "count": 0, "amount": 0} for hour in range(24)]
    for row in rows:
        at = row.created.replace(tzinfo=datetime.timezone.utc).astimezone(now.tzinfo)
        if row.state == APPROVED and at.date() == now.date():
            hours[at.hour]["count"] += 1
            hours[at.hour]["amount"] += row.stands
    return hours


def _texts(findings: list) -> list:
    return [finding.texts for finding in findings]


def _sums(records: list, rows: list) -> dict:
    """What stands, in minor units; the last record of a STAN counts."""
    last = {(int(each["batch"]), int(each["stan"])): each for each in records}
    manual = {key for key, each in last.items() if each["state"] == _MANUAL}
    standing = [(row, stands(row["kind"], row["approved_amount"])) for row in rows if row["state"] == APPROVED]
    own = [each for each in last.values() if each["state"] in _STANDS]
    return {
        "host": sum(amount for _, amount in standing),
        "journal": sum(stands(kind_of(each), int(each["approved"] or each["amount"])) for each in own),
        "manual": sum(amount for row, amount in standing if (row["batch"], row["stan"]) in manual),
    }
