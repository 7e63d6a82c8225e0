"""Whose card it is."""

from ..emv import schemes

# Card organisation of a PAN's first digits, lowest and highest: ISO/IEC 7812-1 numbers in the ranges that the organisations
# publish.
_RANGES = (
    ("62", "62", "UnionPay"),
    ("81", "81", "UnionPay"),
    ("4", "4", "Visa"),
    ("51", "55", "Mastercard"),
    ("2221", "2720", "Mastercard"),
    ("34", "34", "American Express"),
    ("37", "37", "American Express"),
    ("3528", "3589", "JCB"),
    ("300", "305", "Diners Club"),
    ("36", "36", "Diners Club"),
    ("38", "39", "Diners Club"),
    ("6011", "6011", "Discover"),
    ("644", "659", "Discover"),
)


def of(pan: str, aid: str = "") -> str:
    """The card organisation, by the application where it is known, else by the first digits of the (masked) PAN; "" for none."""
    for prefix, scheme, _, _ in schemes.AIDS if aid else ():
        if aid.startswith(prefix):
            return scheme
    for low, high, name in _RANGES:
        if low <= pan[: len(low)] <= high:
            return name
    return ""
