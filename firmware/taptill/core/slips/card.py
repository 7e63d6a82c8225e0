"""What a slip tells of the card beside its masked number: its application, and what it computed."""

from binascii import hexlify, unhexlify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..journal.pending import Told
    from ..kinds import Buffer


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


def of(told: "Told") -> CardFacts:
    """What the tap has left of a card that was read (flows.tap)."""
    aid, label, cryptogram, tvr = told
    return CardFacts(aid, _printable(label), cryptogram, _hex(tvr))


def _hex(raw: "Buffer") -> str:
    return hexlify(raw).decode().upper()


def _printable(text: str) -> str:
    return "".join([char for char in text if " " <= char <= "~"]).strip()[:_LONGEST]
