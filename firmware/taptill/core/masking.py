"""What a log, a screen or an inspector may show of card data: a PAN as its first six and last four digits.

Rule: PCI DSS 3.4 (display of the PAN); track data behind the PAN, PIN blocks and chip data are never shown.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def mask_pan(pan: str) -> str:
    """ "6200000000000005" as "620000******0005", of the same length.  Too short for a PAN: stars only."""
    if len(pan) < 13:
        return "*" * len(pan)
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:]


def mask_track2(track: str) -> str:
    """Track 2 with its PAN masked and stars behind the separator (D or =), of the same length."""
    for index in range(len(track)):
        if track[index] in "D=":
            return mask_pan(track[:index]) + track[index] + "*" * (len(track) - index - 1)
    return "*" * len(track)


def masked(fields: "dict[int, Any]") -> dict:
    """A copy of {number: value} fit for a log: F2 and F35 masked, F52 starred, F55 and F62 as their sizes."""
    view = {}
    for number in fields:
        value = fields[number]
        if number == 2:
            value = mask_pan(value)
        elif number == 35:
            value = mask_track2(value)
        elif number == 52:
            value = "*" * 16
        elif number in (48, 55, 62):
            value = "(" + str(len(value)) + ")"
        view[number] = value
    return view
