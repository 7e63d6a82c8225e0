"""What a history came to, in a form in which two of them can be compared."""

from typing import TYPE_CHECKING, Any

from acquirer.books import transactions
from acquirer.testcards import DEMO_TERMINAL

if TYPE_CHECKING:
    from .recording import Recording

_OF_A_RESULT = ("transaction", "end", "money", "why", "amount", "stan", "f39")


def result(event: dict) -> tuple:
    """A result as the person was told it, of the debug link's event."""
    return tuple(event[name] for name in _OF_A_RESULT)


def came_to(recording: "Recording") -> tuple:
    """What two histories that are the same but for their trace numbers have alike: results, ledger, invariants that fell."""
    results = [
        (event["transaction"], event["end"], event["money"], event["why"], event["f39"]) for event in recording.of("result")
    ]
    fell = {violation.invariant for violation in recording.violations}
    return results, rows(recording.world.bank.ledger), fell


def rows(ledger: Any) -> "list[tuple]":
    """(kind, amount, state) of each transaction in the ledger."""
    return [(row["kind"], row["amount"], row["state"]) for row in transactions(ledger, DEMO_TERMINAL)]


def records(journal: dict) -> "list[tuple]":
    """(transaction, amount, state) of each record in a journal, and of what is open."""
    found = [(record["transaction"], record["amount"], record["state_name"]) for record in journal["records"]]
    pending = journal["pending"]
    return found + ([("open", pending["amount"], "")] if pending else [])
