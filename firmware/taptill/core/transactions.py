"""A transaction is a row: whether a missing answer reverses it, what it needs, who may, and how it is journaled.

Whatever asks "what is this?" asks its row; how its messages look is the profile's (core.profiles), by its kind.  Intents and
journal records keep the kind, so a number is never given to another transaction.
"""

from .errors import MessageError

# Who may.
ANYONE = 0
SUPERVISOR = 1


class Transaction:
    """`kind` is its number (that of the bank-POS dialect's 60.1).

    `reversible`: a missing answer is cured by a reversal.  `chip`: its request carries what the chip said (F55).  `pin`: a PIN is
    entered when the card asks for one.  `partial`: the host may approve less.  `original`: it names an earlier one.
    `who` may do it.
    """

    def __init__(
        self, name: str, kind: int, reversible: bool, chip: bool, pin: bool, partial: bool, original: bool, who: int = ANYONE
    ):
        self.name = name
        self.kind = kind
        self.reversible = reversible
        self.chip = chip
        self.pin = pin
        self.partial = partial
        self.original = original
        self.who = who


SALE = Transaction("sale", 22, reversible=True, chip=True, pin=True, partial=True, original=False)
VOID = Transaction("void", 23, reversible=True, chip=False, pin=False, partial=False, original=True)

ROWS = (SALE, VOID)


def of(kind: int) -> Transaction:
    """The row of a kind that an intent or a record keeps.  Raises MessageError for one that this version does not know."""
    for row in ROWS:
        if row.kind == kind:
            return row
    raise MessageError("kind", "%d is no transaction of this version" % kind)
