"""The acquirer: a real host program with a ledger that the terminal's claims are checked against."""

from .ledger import Ledger, LedgerError
from .report import masked, reconcile, transactions
from .server import Acquirer

__all__ = ["Acquirer", "Ledger", "LedgerError", "masked", "reconcile", "transactions"]
