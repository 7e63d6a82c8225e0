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
NOTHING = 0  # no money moves
REVERSAL = 1  # an 0400, until the host has confirmed it
INQUIRY = 2  # the host is asked what became of it, and bars what it has never seen; it is never sent twice, and never reversed

# Whether a PIN is entered.
NEVER = 0
WHEN_ASKED = 1  # when the card asks for one
ALWAYS = 2

# Transaction Type (9C): the first two digits of the processing code (EMV Book 3, Annex A).
GOODS = 0x00
AUTHORISATION = 0x03
INQUIRY_OF_BALANCE = 0x31


class Transaction:
    """`kind` is its number (that of the bank-POS dialect's 60.1).

    `sign`: what an approval is to the merchant: 1 takes money, -1 gives it back, 0 neither.  `settled`: NOTHING,
    REVERSAL or INQUIRY.  `chip`: its
    request carries what the chip said (F55) about `emv`, its 9C, else the card is read for its number alone.  `pin`: NEVER,
    WHEN_ASKED or ALWAYS.
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
        emv: int = GOODS,
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
        self.emv = emv


SALE = Transaction("sale", 22, 1, chip=True, pin=WHEN_ASKED, partial=True)
VOID = Transaction("void", 23, -1, of=(SALE,), undoes=True)
BALANCE = Transaction("balance", 1, 0, NOTHING, chip=True, pin=ALWAYS, emv=INQUIRY_OF_BALANCE)
PREAUTH = Transaction("preauth", 10, 0, chip=True, pin=WHEN_ASKED, emv=AUTHORISATION)
PREAUTH_VOID = Transaction("preauth-void", 11, 0, of=(PREAUTH,), any_batch=True, undoes=True, who=SUPERVISOR)
COMPLETION = Transaction("completion", 20, 1, of=(PREAUTH,), any_batch=True, share=115)
COMPLETION_VOID = Transaction("compl-void", 21, -1, of=(COMPLETION,), undoes=True, who=SUPERVISOR)
REFUND = Transaction("refund", 25, -1, INQUIRY, of=(SALE, COMPLETION), any_batch=True, several=True, who=SUPERVISOR)

ROWS = (SALE, VOID, REFUND, BALANCE, PREAUTH, PREAUTH_VOID, COMPLETION, COMPLETION_VOID)


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
