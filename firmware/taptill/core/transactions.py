"""A transaction is a row: what it does with the money, how a missing answer is settled, what it needs, which earlier one it may
name, who may, and how it is journaled.

Whatever asks "what is this?" asks its row; how its messages look is the profile's (core.profiles), by its kind.  Intents and
journal records keep the kind, so a number is never given to another transaction.
"""

from .errors import MessageError

# Who may.
ANYONE = 0
SUPERVISOR = 1

# What settles it when its answer is missing.
REVERSAL = 1  # an 0400, until the host has confirmed it
INQUIRY = 2  # the host is asked what became of it, and bars what it has never seen; it is never sent twice, and never reversed

# Whether a PIN is entered.
NEVER = 0
WHEN_ASKED = 1  # when the card asks for one


class Transaction:
    """`kind` is its number (that of the bank-POS dialect's 60.1).

    `sign`: what an approval is to the merchant: 1 takes money, -1 gives it back.  `settled`: REVERSAL or INQUIRY.  `chip`: its
    request carries what the chip said (F55), else the card is read for its number alone.  `pin`: NEVER or WHEN_ASKED.
    `partial`: the host may approve less.  `who` may do it.

    `of`: the rows of which it may name an earlier one, () for one that stands alone; `any_batch`: of an earlier batch too;
    `undoes`: as a whole, so that it is as if it had never been; `share`: how many per cent of it at most, one alone or, with
    `several`, all that are about it together.
    """

    def __init__(
        self,
        name: str,
        kind: int,
        sign: int,
        settled: int = REVERSAL,
        chip: bool = False,
        pin: int = NEVER,
        partial: bool = False,
        of: "tuple[Transaction, ...]" = (),
        any_batch: bool = False,
        undoes: bool = False,
        share: int = 100,
        several: bool = False,
        who: int = ANYONE,
    ):
        self.name = name
        self.kind = kind
        self.sign = sign
        self.settled = settled
        self.chip = chip
        self.pin = pin
        self.partial = partial
        self.of = of
        self.any_batch = any_batch
        self.undoes = undoes
        self.share = share
        self.several = several
        self.who = who


SALE = Transaction("sale", 22, 1, chip=True, pin=WHEN_ASKED, partial=True)
VOID = Transaction("void", 23, -1, of=(SALE,), undoes=True)

ROWS = (SALE, VOID)


def of(kind: int) -> Transaction:
    """The row of a kind that an intent or a record keeps.  Raises MessageError for one that this version does not know."""
    for row in ROWS:
        if row.kind == kind:
            return row
    raise MessageError("kind", "%d is no transaction of this version" % kind)


def reversed_(kind: int) -> bool:
    """Is it reversed when its answer is missing?  What is not known here is, if its host takes that."""
    for row in ROWS:
        if row.kind == kind:
            return row.settled == REVERSAL
    return True


def of_name(name: str) -> "Transaction | None":
    """The row of that name."""
    for row in ROWS:
        if row.name == name:
            return row
    return None
