"""What a message of the profile is told as: its route, the parts of its fields, and what in them is no card number."""

import re

HEAD = 4  # characters of the MTI
WIDE = 2  # hexadecimal digits of the frame that a digit, or half a byte, of a field takes
PACKED = ()
FORMS = {
    7: re.compile(r"[0-9]{10}"),
    42: re.compile(r".*", re.DOTALL),
    48: re.compile(r"[A-Z][0-9]{12}[0-9A-Z ]{12}"),  # of a status answer: state, amount, reference
    54: re.compile(r"(?:[0-9]{7}[CD][0-9]{12})+"),
    **dict.fromkeys((86, 87, 88, 89), re.compile(r"0[0-9]{15}")),  # no card number begins with 0 (ISO/IEC 7812-1)
    90: re.compile(r"0[0-9]{19}0{22}"),
    97: re.compile(r"[CD]0[0-9]{15}"),
}
# PIN block, card number, tracks, message security code and accounts, which may be a card's.
SECRET = (34, 36, 45, 52, 96, 102, 103)
ONLY_OF = {48: ("0610",)}
LISTING = ()
CODE = 0
CHANGED = (37, 44)


def strip(data: bytes) -> "tuple[bytes, int] | None":
    """(frame, where it begins in `data`): a right length in front is taken off; None when it is no message of this profile."""
    for at in (4, 0):
        frame = data[at:]
        if frame[:1] == b"0" and frame[:HEAD].isdigit() and len(frame) >= HEAD + 16:
            if at == 0 or data[:at].isdigit() and int(data[:at]) == len(frame):
                return frame, at
    return None


def hidden(mti: str, number: int) -> bool:
    """Is nothing of the field to be seen?  F48 may have keys wherever it is not the state of a trace."""
    return number in SECRET or number == 48 and mti not in ONLY_OF[48]


def has_mac(frame: bytes) -> bool:
    """Says its bitmap that there is an F64 or an F128?"""
    return route(frame)[0][1][-1:] in tuple("13579BDFbdf")


def mti(frame: bytes) -> str:
    """Its MTI."""
    return frame[:HEAD].decode("ascii")


def route(frame: bytes) -> "list[tuple[str, str]]":
    """(label, value) of what stands around the fields."""
    size = 32 if frame[HEAD : HEAD + 1] in b"89ABCDEFabcdef" else 16
    return [("bitmap", frame[HEAD : HEAD + size].decode("ascii", "replace"))]


def cuts(mti: str, number: int, value: str) -> "tuple[tuple[str, int], ...]":
    """(label, length) of the parts of a field with an inner form."""
    if number == 48 and mti == "0810" and len(value) == 76:
        return (("PIK", 32), ("PIK check", 6), ("MAK", 32), ("MAK check", 6))
    if number == 48 and mti == "0610" and len(value) >= 25:
        return (("48.1", 1), ("48.2", 12), ("48.3", 12))
    if number == 90:
        return (("90.1", 4), ("90.2", 6), ("90.3", 10), ("90.4", 11), ("90.5", 11))
    return ()


def note(number: int, value: str) -> str:
    """What a person would otherwise work out by hand, in one line."""
    return f"STAN {value[4:10]}" if number == 90 and len(value) == 42 else ""
