"""Money as an int in minor units (1250 is 12.50 where the currency has two decimals); never a float.

Sources: ISO 4217 for the number of decimals, ISO 8583 for n12 (field 4: twelve digits, zero-filled on the left).
"""

from .errors import CodecError

MAX_AMOUNT = 999999999999  # what n12 holds
MAX_DECIMALS = 4  # ISO 4217 has currencies with 0, 2, 3 and 4


class AmountError(CodecError):
    """Not an amount, or one that does not fit twelve digits."""


def _check(amount: int, decimals: int) -> None:
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise AmountError("amount", "not a whole number of minor units")
    if not -MAX_AMOUNT <= amount <= MAX_AMOUNT:
        raise AmountError("amount", "more than 12 digits")
    if not 0 <= decimals <= MAX_DECIMALS:
        raise AmountError("amount", "a currency has 0 to 4 decimals")


def show(amount: int, decimals: int = 2) -> str:
    """Minor units as people write them: show(1250, 2) is "12.50", show(-5, 2) is "-0.05".  Raises AmountError."""
    _check(amount, decimals)
    sign = "-" if amount < 0 else ""
    digits = "%0*d" % (decimals + 1, abs(amount))
    if not decimals:
        return sign + digits
    return sign + digits[:-decimals] + "." + digits[-decimals:]


def parse(text: str, decimals: int = 2) -> int:
    """What a person wrote, in minor units: parse("12.50", 2) and parse("12.5", 2) are 1250, parse("12", 2) is 1200.

    Digits and at most one point with digits on both sides: no sign, no blanks, no grouping, and never more
    decimals than the currency has.  Raises AmountError.
    """
    _check(0, decimals)
    if not isinstance(text, str):
        raise AmountError("amount", "not a text")
    if len(text) > 17:  # 12 digits and a point, with a few leading zeros
        raise AmountError("amount", "more than 12 digits")
    point = text.find(".")
    whole, part = (text, "") if point < 0 else (text[:point], text[point + 1 :])
    if not _digits(whole) or (point >= 0 and not _digits(part)):
        raise AmountError("amount", "digits and at most one point expected")
    if len(part) > decimals:
        raise AmountError("amount", "more decimals than the currency has (" + str(decimals) + ")")
    amount = int(whole + part + "0" * (decimals - len(part)))
    _check(amount, decimals)
    return amount


def _digits(text: str) -> bool:
    """True for one or more of 0…9; isdigit alone would let other scripts' digits through on CPython."""
    for sign in text:
        if not "0" <= sign <= "9":
            return False
    return text != ""
