"""The kinds of payment: what each is to the merchant, whether it is reversed, and whether a terminal journals it."""

from typing import NamedTuple


class Kind(NamedTuple):
    """`number` as a terminal's journal has it (60.1 of the bank-POS dialect); `sign`: what an approval is to the merchant.

    `of`: the kinds of which it names an earlier one; `undoes`: that is as if it had never been.
    `reversible`: by an 0400; what is not is asked about.
    `journaled`: a terminal keeps it, else nothing of it lasts there.
    """

    number: int
    sign: int
    of: "tuple[str, ...]" = ()
    undoes: bool = False
    reversible: bool = True
    journaled: bool = True


KINDS = {
    "sale": Kind(22, 1),
    "void": Kind(23, -1, ("sale",), undoes=True),
    "refund": Kind(25, -1, ("sale", "completion"), reversible=False),
    "balance": Kind(1, 0, reversible=False, journaled=False),
    "preauth": Kind(10, 0),
    "preauth-void": Kind(11, 0, ("preauth",), undoes=True),
    "completion": Kind(20, 1, ("preauth",)),
    "compl-void": Kind(21, -1, ("completion",), undoes=True),
}


def of_number(number: "int | None") -> str:
    """The name of a kind as a terminal's journal has it; a sale where it does not say."""
    return next((name for name, kind in KINDS.items() if kind.number == number), "sale")


def stands(kind: str, approved: int) -> int:
    """What an approved transaction is to the merchant."""
    return KINDS[kind].sign * approved
