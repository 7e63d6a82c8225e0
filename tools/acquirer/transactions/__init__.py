"""One handler a kind of financial request: `handler(unit, request, now) -> fields of the answer`; the unit makes it one whole."""

from .reversal import reverse
from .sale import authorise
from .void import void

HANDLERS = {"sale": authorise, "void": void, "reversal": reverse}
