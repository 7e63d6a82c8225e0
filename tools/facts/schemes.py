"""Whose card it is: by the application's identifier, or where that is not told by the card number's first digits."""

from rig.firmware import taptill_on_path

from . import formats
from .book import SCHEMES
from .line import Context

taptill_on_path()

from taptill.core.emv.schemes import AIDS

# Products that the terminal's table calls by a name of their own.
_OF = {"V PAY": "Visa", "Visa US debit": "Visa", "Discover ZIP": "Discover"}
# ISO/IEC 7812-1: first and last prefix of a range.
_RANGES = (
    ("34", "34", "American Express"),
    ("37", "37", "American Express"),
    ("3528", "3589", "JCB"),
    ("4", "4", "Visa"),
    ("51", "55", "Mastercard"),
    ("2221", "2720", "Mastercard"),
    ("6011", "6011", "Discover"),
    ("644", "649", "Discover"),
    ("65", "65", "Discover"),
    ("62", "62", "UnionPay"),
    ("81", "81", "UnionPay"),
)


def of_aid(aid: str) -> str:
    """Scheme of an AID in hex, "" when it is of none whose tables are known."""
    found = called(aid)
    found = _OF.get(found, found)
    return found if found in SCHEMES else ""


def called(aid: str) -> str:
    """What the terminal calls the applications of that AID, "" when it takes none of them."""
    return next((row[1] for row in AIDS if aid.upper().startswith(row[0])), "")


def of_number(pan: str) -> str:
    """Scheme by the card number's first digits, masked or not; "" when they tell none."""
    for first, last, scheme in _RANGES:
        head = pan[: len(first)]
        if head.isdigit() and len(head) == len(first) and first <= head <= last:
            return scheme
    return ""


def context(scheme: str = "", currency: str = "") -> Context:
    """What a value of that scheme and that currency (three digits, or four with a 0 in front) depends on."""
    row = formats.currencies().get(currency[-3:])
    return Context(scheme, row.decimals, row.letters) if row else Context(scheme)
