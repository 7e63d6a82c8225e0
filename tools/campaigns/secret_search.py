"""What must not be found at rest or in any output: the secrets of one run, and the search for them."""

import itertools
import re

_PART = 8  # bytes of a DES key


class Secrets:
    """Collects card data, PINs and keys while a run goes on.  `named` are (name, bytes)."""

    def __init__(self) -> None:
        self._binary: dict[bytes, str] = {}  # -> name
        self._text: dict[re.Pattern[bytes], str] = {}
        self._whole: dict[bytes, re.Pattern[bytes]] = {}  # … -> with the digits that share their bytes with others

    def card(self, pan: str, track2: str = "") -> None:
        """PAN as text, as BCD on either nibble and as a number; track 2 ("…D…") behind its separator as text and BCD."""
        self._text[re.compile(re.escape(pan.encode()))] = "PAN"
        for order in ("big", "little"):
            self._binary[int(pan).to_bytes(-(-int(pan).bit_length() // 8), order)] = f"PAN (number, {order} end first)"
        for shift in (0, 1):
            self._binary[_bcd(pan[shift:])] = f"PAN (BCD, shifted {shift})"
        self._whole[_bcd(pan[1:])] = _shifted(pan)
        if track2:
            rest = track2.replace("=", "D")[len(pan) :]
            self._text[re.compile(rb"[Dd=]" + re.escape(rest[1:].encode()))] = "track 2"
            for shift in (0, 1):
                self._binary[_bcd(rest[shift:])] = f"track 2 (BCD, shifted {shift})"

    def pin(self, pin: str, pan: str, sent: bytes = b"", digits: bool = True) -> None:
        """The PIN as digits, its clear ISO 9564 format 0 block, and the encrypted block that was sent.

        Without `digits` not as such: where there is much text, four of them are found anywhere.
        """
        if digits:
            self._text[re.compile(rb"(?<!\d)" + pin.encode() + rb"(?!\d)")] = "PIN"
        field = bytes.fromhex(f"0{len(pin):X}{pin}".ljust(16, "F"))
        account = bytes.fromhex("0000" + pan[-13:-1])
        self.key("clear PIN block", bytes(a ^ b for a, b in zip(field, account)))
        self._binary[field] = "PIN field"
        self._text[re.compile(field.hex().encode(), re.IGNORECASE)] = "PIN field in hex"
        if sent:
            self.key("PIN block", sent)

    def key(self, name: str, key: bytes) -> None:
        """A key or block, each half of a long one for itself: as bytes, and written in hexadecimal."""
        for part in (key[at : at + _PART] for at in range(0, len(key), _PART)):
            self._binary[part] = f"{name} {part[:2].hex()}…"
            self._text[re.compile(re.escape(part.hex().encode()), re.IGNORECASE)] = f"{name} {part[:2].hex()}… in hex"

    def word(self, name: str, word: str) -> None:
        """A password or the like, whole: its bytes, and written in hexadecimal."""
        self._binary[word.encode()] = name
        self._text[re.compile(re.escape(word.encode().hex().encode()), re.IGNORECASE)] = f"{name} in hex"

    def found_in(self, data: bytes) -> "list[str]":
        """Names of the secrets that stand in `data`."""
        return self.as_bytes(data) + self.as_words(data)

    def names(self) -> "list[str]":
        return [*self._binary.values(), *self._text.values()]

    def known(self) -> "tuple[int, int]":
        """How many there are so far, as bytes and as words."""
        return len(self._binary), len(self._text)

    def as_bytes(self, data: bytes, first: int = 0) -> "list[str]":
        """Those that stand there as they are kept and sent; the `first` ones are left out."""
        there = [value for value in itertools.islice(self._binary, first, None) if value in data]
        return [self._binary[value] for value in there if value not in self._whole or self._whole[value].search(data)]

    def as_words(self, data: bytes, first: int = 0) -> "list[str]":
        """Those that stand there as a person would read them; the `first` ones are left out."""
        return [name for pattern, name in itertools.islice(self._text.items(), first, None) if pattern.search(data)]


def _bcd(digits: str) -> bytes:
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _shifted(pan: str) -> re.Pattern:
    """BCD of a PAN that begins in the low half of a byte; what a test PAN full of zeros has in its middle is in many places."""
    first = bytes(high << 4 | int(pan[0]) for high in range(16))
    last = bytes(int(pan[-1]) << 4 | low for low in range(16))
    inner = re.escape(bytes.fromhex(pan[1 : len(pan) - 1 + len(pan) % 2]))
    return re.compile(
        b"[" + re.escape(first) + b"]" + inner + (b"[" + re.escape(last) + b"]" if len(pan) % 2 == 0 else b""), re.DOTALL
    )


def used(image: bytes, block: int = 4096) -> bytes:
    """A flash image without its erased blocks."""
    blank = b"\xff" * block
    parts = (image[at : at + block] for at in range(0, len(image), block))
    return b"".join(part for part in parts if part != blank)
