"""What a slip tells of the card beside its masked number: its application, and what it computed."""

from binascii import hexlify, unhexlify

from ..emv import schemes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..emv.outcome import CardRead
    from ..kinds import Buffer


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
_LONGEST = 16  # of a label: EMV Book 3, Annex A


class CardFacts:
    """`aid`, `cryptogram` (9F26) and `tvr` in hexadecimal, `label` of the application; "" for what is not known."""

    def __init__(self, aid: str = "", label: str = "", cryptogram: str = "", tvr: str = ""):
        self.aid = aid
        self.label = label
        self.cryptogram = cryptogram
        self.tvr = tvr

    def pack(self) -> bytes:
        """At most 49 bytes: each part behind its length."""
        parts = [unhexlify(self.aid), self.label.encode(), unhexlify(self.cryptogram), unhexlify(self.tvr)]
        return b"".join([bytes((len(part),)) + part for part in parts])


def unpack(data: "Buffer") -> CardFacts:
    """Of the bytes of `pack`; of what is cut short the parts that are whole."""
    data = bytes(data)
    parts = []
    at = 0
    while at < len(data) and at + 1 + data[at] <= len(data):
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    parts += [b""] * 4
    return CardFacts(_hex(parts[0]), _printable(parts[1].decode()), _hex(parts[2]), _hex(parts[3]))


def of(read: "CardRead", sent: bool) -> CardFacts:
    """What a card that was read has told; `sent`: the host is asked with what it computed.

    The preferred name (9F12) may need a code table of its own, so the label (50) is shown.
    """
    facts = CardFacts(read.aid or "", _printable(read.label or ""))
    if sent:
        facts.cryptogram, facts.tvr = read.cryptogram or "", _hex(read.terminal[0x95])
    return facts


def organisation(pan: str, aid: str = "") -> str:
    """The card organisation, by the application where it is known, else by the first digits of the (masked) PAN; "" for none."""
    for prefix, scheme, _, _ in schemes.AIDS if aid else ():
        if aid.startswith(prefix):
            return scheme
    for low, high, name in _RANGES:
        if low <= pan[: len(low)] <= high:
            return name
    return ""


def _hex(raw: "Buffer") -> str:
    return hexlify(raw).decode().upper()


def _printable(text: str) -> str:
    return "".join([char for char in text if " " <= char <= "~"]).strip()[:_LONGEST]
