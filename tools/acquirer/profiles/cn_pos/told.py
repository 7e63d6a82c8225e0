"""What a message of the profile is told as: its route, the parts of its fields, and what in them is no card number."""

import re

HEAD = 13  # bytes of TPDU, header and MTI
WIDE = 1  # hexadecimal digits of the frame that a digit, or half a byte, of a field takes
PACKED = (48, 53, 60, 61)  # fields of digits, two a byte, from the left
# Fields whose own form may have 13 digits or more in a row; whatever else stands in them may be a card number.
FORMS = {
    42: re.compile(r".*", re.DOTALL),  # the merchant
    48: re.compile(r"(?:0[0-9]{11}[0-9]{3}){2,4}[0-9]{0,2}"),  # of a settlement: sums n12 and counts n3
    53: re.compile(r"[0-9]{3}0{13}"),  # PIN format, cipher, track cipher, reserved
    54: re.compile(r"(?:[0-9]{7}[CD][0-9]{12})+"),
    60: re.compile(r"[0-35-9][0-9]{12}"),  # 60.1 … 60.5; a card number of 13 digits begins with 4
    61: re.compile(r"0[0-9]{11}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"),  # batch, STAN, date MMDD
    63: re.compile(r"[A-Z][0-9]{12}[0-9A-Z ]{12}"),  # of a status answer: state, amount, reference
}
ONLY_OF = {48: ("0500", "0510"), 63: ("0830",)}  # of which messages a form is
LISTING = ("0320", "0330")  # a batch upload lists PANs in F48
CODE = 59  # the field of a payment code, whose digits are hidden
CHANGED = (37, 44, 63)  # texts that no terminal compares with anything


def strip(data: bytes) -> "tuple[bytes, int] | None":
    """(frame, where it begins in `data`): a right length in front is taken off.  Raises ValueError for a wrong one."""
    if len(data) > 2:
        length = data[0] << 8 | data[1]
        if length == len(data) - 2:
            return data[2:], 2
        if data[0] != 0x60 and data[2] == 0x60:
            raise ValueError(f"says {length}, {len(data) - 2} bytes follow")
    return data, 0


def hidden(mti: str, number: int) -> bool:
    """Is nothing of the field to be seen?  PIN block and keys."""
    return number in (52, 62)


def has_mac(frame: bytes) -> bool:
    """Says its bitmap that there is an F64?"""
    return len(frame) >= HEAD + 8 and frame[HEAD + 7] & 1 == 1


def mti(frame: bytes) -> str:
    """Its MTI, "" when it has none."""
    digits = frame[11:HEAD].hex()
    return digits if len(frame) >= HEAD and digits.isdigit() and frame[:1] == b"\x60" else ""


def route(frame: bytes) -> "list[tuple[str, str]]":
    """(label, value) of what stands around the fields; of a frame with an MTI."""
    parts = [("tpdu", frame[:5].hex().upper()), ("header", frame[5:11].hex().upper())]
    if len(frame) >= HEAD + 8:
        parts.append(("bitmap", frame[HEAD : HEAD + 8].hex().upper()))
    return parts


def cuts(mti: str, number: int, value: str) -> "tuple[tuple[str, int], ...]":
    """(label, length) of the parts of a field with an inner form; 999: the rest.  `value` is text, or hex of a binary field."""
    if number == 60 and len(value) >= 8:
        return (("60.1", 2), ("60.2", 6), ("60.3", 3), ("60.4", 1), ("60.5", 1), ("60.6", 999))
    if number == 61 and len(value) >= 12:
        return (("61.1", 6), ("61.2", 6), ("61.3", 4))
    if number == 62 and len(value) == 80 and mti == "0810":
        return (("PIK", 32), ("PIK check", 8), ("MAK", 32), ("MAK check", 8))
    if number == 63 and mti == "0830" and len(value) >= 25:
        return (("63.1", 1), ("63.2", 12), ("63.3", 12))
    return ()


def note(number: int, value: str) -> str:
    """What a person would otherwise work out by hand, in one line."""
    if number == 60 and len(value) >= 8:
        text = f"type {value[:2]}, batch {value[2:8]}"
        return text + f", network {value[8:11]}" if len(value) >= 11 else text
    if number == 61 and len(value) >= 12:
        return f"batch {value[:6]}, STAN {value[6:12]}"
    return ""
