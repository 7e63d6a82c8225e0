"""One handler a kind of financial request: `handler(unit, request, now) -> fields of the answer`; the unit makes it one whole."""

from .balance import tell_balance
from .preauth import complete, hold, release
from .refund import refund
from .reversal import reverse
from .sale import authorise
from .void import void, void_completion

HANDLERS = {
    "sale": authorise,
    "void": void,
    "refund": refund,
    "balance": tell_balance,
    "preauth": hold,
    "preauth-void": release,
    "completion": complete,
    "compl-void": void_completion,
    "reversal": reverse,
}
