"""The fields of a message that is in good order, coded at one go: nearly all are.

Whatever is not as the table has it, to the last nibble of padding, is None here, and pyiso8583's to name (wire.py).  A test holds
the two against each other.
"""

import functools
from typing import NamedTuple

_DIGITS = b"0123456789"


class Form(NamedTuple):
    """How a field stands in a message: `prefix` bytes of BCD in front say its length (0: it has `most`, always), in digits, or in
    bytes of `text` or else of binary data.  A digit or half a byte that is left over is a 0, on the left of `right` aligned ones.
    """

    number: int
    prefix: int
    most: int
    digits: bool
    text: bool
    right: bool
    allowed: bytes  # what digits there may be


class Straight:
    """`spec` is that of pyiso8583."""

    def __init__(self, spec: "dict[str, dict]"):
        self._forms = {int(number): _form(int(number), of) for number, of in spec.items() if number.isdigit()}
        self._planned = functools.lru_cache(256)(self._plan)

    def _plan(self, bitmap: bytes) -> "tuple[Form, ...] | None":
        bits = int.from_bytes(bitmap, "big")
        numbers = [number for number in range(1, 65) if bits >> (64 - number) & 1]
        return tuple(self._forms[number] for number in numbers) if all(number in self._forms for number in numbers) else None

    def decode(self, raw: bytes) -> "dict[int, str | bytes] | None":
        """The fields of `raw`, MTI … end."""
        plan, at = self._planned(raw[2:10]), 10
        if plan is None:
            return None
        fields: dict[int, str | bytes] = {}
        for number, prefix, length, digits, text, right, allowed in plan:
            if prefix:
                told = raw[at : at + prefix].hex()
                if not told.isdigit() or not 0 < int(told) <= length:
                    return None
                length, at = int(told), at + prefix
            end = at + (length + 1 >> 1 if digits else length)
            part = raw[at:end]
            at = end
            if digits:
                value = part.hex().upper()
                if length & 1:
                    if value[:1] != "0" if right else value[-1:] != "0":
                        return None
                    value = value[1:] if right else value[:-1]
                if len(value) != length or value.encode().translate(None, allowed):
                    return None
                fields[number] = value
            elif len(part) != length:
                return None
            else:
                fields[number] = part.decode("latin-1") if text else part
        return fields if at == len(raw) else None

    def encode(self, fields: "dict[int, str | bytes]") -> "bytes | None":
        """Bitmap and fields."""
        bits, parts = 0, []
        for number in sorted(fields):
            value, form = fields[number], self._forms.get(number)
            if form is None or isinstance(value, str) != (form.digits or form.text):
                return None
            length = len(value)
            if not (0 < length <= form.most if form.prefix else length == form.most):
                return None
            if form.prefix:
                parts.append(bytes.fromhex(f"{length:0{2 * form.prefix}d}"))
            if isinstance(value, str):
                if form.digits:
                    if not value.isascii() or value.encode().translate(None, form.allowed):
                        return None
                    if length & 1:
                        value = "0" + value if form.right else value + "0"
                    parts.append(bytes.fromhex(value))
                elif value.isascii():
                    parts.append(value.encode())
                else:
                    return None
            else:
                parts.append(value)
            bits |= 1 << (64 - number)
        return b"".join([bits.to_bytes(8, "big"), *parts])


def _form(number: int, of: dict) -> Form:
    digits = of.get("len_count") == "nibbles"
    allowed = _DIGITS + (b"D" if number == 35 else b"")
    return Form(number, of["len_type"], of["max_len"], digits, of["data_enc"] != "b", "left_pad" in of, allowed)
