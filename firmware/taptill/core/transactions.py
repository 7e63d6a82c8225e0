"""A transaction is a row: what is sent, whether a missing answer reverses it, what it needs, and how it is journaled.

Whatever asks "what is this?" asks its row.  The kind of a row is the transaction type code 60.1 of the profile; intents and
journal records keep it, so a number is never given to another transaction.
"""

from . import profile
from .errors import MessageError


class Transaction:
    """`name`; `message` the profile's row (MTI, F3, F25, 60.1, 60.3); `kind` its 60.1 as a number.

    `reversible`: a missing answer is cured by a 0400.  `card`: a card is tapped.  `original`: it names an earlier one.
    """

    def __init__(self, name: str, message, card: bool, original: bool):
        self.name = name
        self.message = message
        self.kind = int(message.type)
        self.reversible = message.reversible
        self.card = card
        self.original = original


SALE = Transaction("sale", profile.SALE, True, False)

_ROWS = (SALE,)


def of(kind: int) -> Transaction:
    """The row of a kind that an intent or a record keeps.  Raises MessageError for one that this version does not know."""
    for row in _ROWS:
        if row.kind == kind:
            return row
    raise MessageError("kind", "%d is no transaction of this version" % kind)
