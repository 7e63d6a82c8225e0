"""One handler a kind of financial request: `handler(ledger, request, now) -> fields of the answer`."""

from .reversal import reverse
from .sale import authorise
from .void import void

HANDLERS = {"sale": authorise, "void": void, "reversal": reverse}
