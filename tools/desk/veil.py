"""Bytes as hex in which card data is starred, for whatever of them the page shows.

A `Veil` covers one command, answer or message: ranges known to hold a PAN, a track or a PIN are masked by their
format, and the digits of every known PAN wherever else they occur, as BCD at any nibble and as ASCII.  A run of 13 digits
or more may be the number of a card that has not told it yet: it is starred wherever the form of the object does not say
that it is none.  Bytes that cannot be parsed may hold anything, so there every run of decimal digits is starred.
"""

import binascii
import re

from facts import book
from rig.firmware import taptill_on_path

taptill_on_path()

from taptill.core import tlv
from taptill.core.dol import parse as parse_dol
from taptill.core.emv.records import locations
from taptill.core.emv.schemes import AIDS
from taptill.core.errors import TlvError
from taptill.core.masking import mask_pan, mask_track2

TRACK2_TAGS = (0x57, 0x9F6B)
PAN_TAGS = (0x5A,)
# Track 1, a person's name, what stands behind the PAN on a track, a PIN on its way to a card.
HIDDEN_TAGS = (0x56, 0x5F20, 0x9F0B, 0x9F1F, 0x9F20, 0x99)

_RUN = re.compile(r"[0-9]{5,}")
_LONG_RUN = re.compile(r"[0-9]{13,}")
# What a card number looks like where its tag cannot be trusted: 5A, track 2, and track 1 in ASCII.
_LIKE_PAN = re.compile(r"(?<=5A0[789A])([0-9]{13,19})(?=F|[^0-9]|$)")
_LIKE_TRACK2 = re.compile(r"(?:57(?:0[A-F]|1[0-3]))?([0-9]{12,19})D(?:[0-9]{4})([0-9]*)")
_LIKE_TRACK1 = re.compile(r"42((?:3[0-9]){13,19})5E")
# Packed digits that may be a number: no payment card's begins with 0 (ISO/IEC 7812-1), the filling of binary objects does.
_PACKED = re.compile(r"[1-9][0-9]{12,}")
_DIGIT_BYTES = re.compile(r"(?:3[0-9])+")
# Objects in which runs of zeros and few digits behind them are usual and mean nothing.
_BINARY_TAGS = frozenset((
    0x4F, 0x50, 0x84, 0x8C, 0x8D, 0x8E, 0x90, 0x92, 0x93, 0x94, 0x9F02, 0x9F03, 0x9F06, 0x9F10, 0x9F12, 0x9F16,
    0x9F1C, 0x9F1E, 0x9F26, 0x9F38, 0x9F46, 0x9F48, 0x9F4B, 0x9F4E, 0x9F63, 0x9F69, 0x9F6D, 0x9F6E,
))  # fmt: skip
_TEXT_TAGS = (0x50, 0x9F12, 0x9F16, 0x9F1C, 0x9F1E, 0x9F4E)
_NAME_TAGS = (0x4F, 0x84, 0x9F06)
_LIST_TAGS = (0x8C, 0x8D, 0x9F38)
_LOCATOR, _RULES = 0x94, 0x8E
_METHODS = (0, 1, 2, 3, 4, 5, 0x1E, 0x1F)  # of a verification rule, without bit 7 (EMV Book 3, C3)
_LAST_CONDITION = 9
_FILLING = 8  # zeros at the end of a run: counters and bytes that were not used, no account has this number
_LONGEST = 19  # digits of a card number
_SHORTEST = 8  # digits from which a number is looked for elsewhere


def pan_of_tag(tag: int, value: bytes):
    """The PAN that a data object holds, or None."""
    digits = value.hex().upper()
    if tag in PAN_TAGS:
        digits = digits.rstrip("F")
    elif tag in TRACK2_TAGS:
        digits = digits.split("D")[0]
    else:
        return None
    return digits if digits.isdigit() else None


def numbers_like_pans(data: bytes) -> set:
    """Card numbers that stand in `data` in one of their usual shapes, whatever the tags around say."""
    digits = data.hex().upper()
    found = set(_LIKE_PAN.findall(digits)) | {run for run, _ in _LIKE_TRACK2.findall(digits)}
    return found | {binascii.unhexlify(run).decode() for run in _LIKE_TRACK1.findall(digits)}


def shown_value(tag: int, value: bytes) -> str:
    """The hex of a data object, masked by what its tag is; same length."""
    digits = value.hex().upper()
    if tag in PAN_TAGS:
        pan = digits.rstrip("F")
        return mask_pan(pan) + digits[len(pan) :]
    if tag in TRACK2_TAGS:
        return mask_track2(digits)
    return "*" * len(digits) if tag in HIDDEN_TAGS else digits


def shown_text(text: str, pans=()) -> str:
    """Text of a card or a host with every known PAN, and every other run of 13 digits or more, masked."""
    for pan in _usable(pans):
        text = text.replace(pan, mask_pan(pan))
    return _LONG_RUN.sub(lambda run: mask_pan(run.group()) if len(run.group()) <= _LONGEST else "*" * len(run.group()), text)


def starred_digits(text: str) -> str:
    """`text` with every run of five decimal digits or more starred."""
    return _RUN.sub(lambda run: "*" * len(run.group()), text)


def is_packed_number(value: bytes) -> bool:
    """Is `value` as a whole a card number with its check digit, packed, although each of its bytes is a letter or a sign too?"""
    digits = value.hex()
    if not digits.isdigit() or not 13 <= len(digits) <= _LONGEST:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += int(digit) if place % 2 == 0 else sum(divmod(2 * int(digit), 10))
    return total % 10 == 0


def number_runs(digits: str):
    """(start, stop) of what may be a number in upper-case hex: 13 digits or more, packed or as text."""
    for run in _PACKED.finditer(digits):
        start, stop = run.span()
        zeros = len(run.group()) - len(run.group().rstrip("0"))
        if zeros >= _FILLING:
            stop -= zeros
            stop += stop % 2
            if stop - start < 13:
                continue
        whole = digits[start + start % 2 : stop - stop % 2]
        if len(whole) >= 2 * 13 or not _DIGIT_BYTES.fullmatch(whole):  # fewer digits as text are no card number
            yield start, stop


def _no_number(tag: int, value: bytes) -> range:
    """The bytes of a data object that are no card number, because they have the form that the object is made for."""
    whole, none = range(len(value)), range(0)
    if tag in _NAME_TAGS:
        name = value.hex().upper()
        return range(max((len(row[0]) // 2 for row in AIDS if name.startswith(row[0])), default=0))
    try:
        if tag in _LIST_TAGS:
            return whole if all(book.name_of("tag", tlv.tag_text(each)) for each, _ in parse_dol(value)) else none
        if tag == _LOCATOR:
            return whole if locations(value) else none
    except TlvError:
        return none
    if tag == _RULES and len(value) % 2 == 0:
        rules = [(value[at] & 0x3F, value[at + 1]) for at in range(8, len(value), 2)]
        if all(method in _METHODS and condition <= _LAST_CONDITION for method, condition in rules):
            return range(8, len(value))  # behind two amounts
    return none


def _usable(pans) -> list:
    return sorted((pan for pan in pans if len(pan) >= _SHORTEST and pan.isdigit()), key=len, reverse=True)


class Veil:
    """The hex of `data` with stars laid over it; `pans` are the card numbers known so far.

    Ranges are bytes counted from the start of `data`.
    """

    def __init__(self, data: bytes, pans=()):
        self._data = bytes(data)
        self._plain = self._data.hex().upper()
        self._shown = list(self._plain)
        for pan in _usable(pans):
            self._cover(pan, mask_pan(pan))
            as_text = pan.encode().hex()
            self._cover(as_text, "*" * len(as_text))

    def _cover(self, secret: str, mask: str) -> None:
        at = self._plain.find(secret)
        while at >= 0:
            for index, sign in enumerate(mask, at):
                if sign == "*":
                    self._shown[index] = "*"
            at = self._plain.find(secret, at + 1)

    def lay(self, start: int, mask: str) -> None:
        """Star what is starred in `mask`, hex as long as the value that begins at byte `start`."""
        for index, sign in enumerate(mask, 2 * start):
            if sign == "*":
                self._shown[index] = "*"

    def hide(self, start: int, stop: int) -> None:
        """Star everything in bytes start … stop."""
        self.lay(start, "*" * (2 * (stop - start)))

    def hide_tag(self, tag: int, start: int, stop: int) -> None:
        """Mask the value of a data object; those not made for it must not hold a long number either."""
        value = self._data[start:stop]
        self.lay(start, shown_value(tag, value))
        if tag in PAN_TAGS or tag in TRACK2_TAGS:
            return
        if tag in _TEXT_TAGS and all(0x20 <= byte < 0x7F for byte in value) and not is_packed_number(value):
            text = _LONG_RUN.sub(lambda run: "*" * len(run.group()), value.decode())
            self.lay(start, "".join("**" if sign == "*" else "  " for sign in text))
        elif tag in _BINARY_TAGS:
            known = _no_number(tag, value)
            self.hide_numbers(start, start + known.start)
            self.hide_numbers(start + known.stop, stop)
        else:
            digits = self._plain[2 * start : 2 * stop]
            self.lay(start, _LONG_RUN.sub(lambda run: "*" * len(run.group()), digits))

    def hide_numbers(self, start: int, stop: int) -> None:
        """Star what may be a card number, in bytes of which nothing else is known."""
        for first, last in number_runs(self._plain[2 * start : 2 * stop]):
            self._shown[2 * start + first : 2 * start + last] = "*" * (last - first)

    def hide_digits(self, start: int, stop: int) -> None:
        """Star every run of five decimal digits or more: four left over are the last of a PAN at most."""
        digits = self._plain[2 * start : 2 * stop]
        self.lay(start, starred_digits(digits))

    def text(self, start: int = 0, stop: int | None = None) -> str:
        """Upper-case hex of bytes start … stop, with stars."""
        return "".join(self._shown[2 * start : None if stop is None else 2 * stop])
