"""A transaction is a row: what is sent, whether a missing answer reverses it, what it needs, who may, and how it is journaled.

Whatever asks "what is this?" asks its row.  The kind of a row is the transaction type code 60.1 of the profile; intents and
journal records keep it, so a number is never given to another transaction.
"""

from .errors import MessageError
from .profiles import cn_pos as profile

# Who may.
ANYONE = 0
SUPERVISOR = 1


class Transaction:
    """`name`; `message` the profile's row (MTI, F3, F25, 60.1, 60.3); `kind` its 60.1 as a number.

    `reversible`: a missing answer is cured by a 0400.  `chip`: its request carries what the chip said (F55).  `pin`: a PIN is
    entered when the card asks for one.  `partial`: the host may approve less.  `original`: it names an earlier one.
    `who` may do it.
    """

    def __init__(self, name: str, message: profile.Row, chip: bool, pin: bool, partial: bool, original: bool, who: int = ANYONE):
        self.name = name
        self.message = message
        self.kind = int(message.type)
        self.reversible = message.reversible
        self.chip = chip
        self.pin = pin
        self.partial = partial
        self.original = original
        self.who = who


SALE = Transaction("sale", profile.SALE, chip=True, pin=True, partial=True, original=False)
VOID = Transaction("void", profile.VOID, chip=False, pin=False, partial=False, original=True)

ROWS = (SALE, VOID)


def of(kind: int) -> Transaction:
    """The row of a kind that an intent or a record keeps.  Raises MessageError for one that this version does not know."""
    for row in ROWS:
        if row.kind == kind:
            return row
    raise MessageError("kind", "%d is no transaction of this version" % kind)
