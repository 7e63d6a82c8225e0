"""The profile on the wire, with pyiso8583 as codec; written from jPOS's table and independent of the terminal's codec."""

import asyncio
from dataclasses import dataclass

import iso8583

from ... import desops, keys, wire
from ...mac import RETAIL
from ...wire import WireError
from .rules import RULES
from .rules import fault as first_fault

MIN_FRAME = 4 + 16
_PREFIX = 4
_KINDS = {"001": "signon", "101": "signon", "002": "signoff", "301": "echo"}  # F70
_PAYMENTS = {"000000": "sale", "020000": "void"}  # F3
# F39 of this host as ISO 8583:1987 spells it: MAC wrong and a PIN block that cannot be read are a security violation, another
# batch is one that does not reconcile, an unknown terminal one that is not permitted.
_CODES = {"A0": "63", "99": "63", "77": "95", "97": "58"}
_HEX = "0123456789ABCDEFabcdef"
_SIZES = {52: 8, 64: 8, 128: 8}  # bytes of what is hexadecimal on the line, and so is 55


def _field(length_digits: int, most: int) -> dict:
    return {"data_enc": "ascii", "len_enc": "ascii", "len_type": length_digits, "max_len": most, "desc": ""}


_FIXED = {3: 6, 4: 12, 7: 10, 11: 6, 12: 6, 13: 4, 14: 4, 15: 4, 22: 3, 23: 3, 25: 2, 26: 2, 70: 3, 90: 42}
_DIGITS = (*_FIXED, 2, 32)
SPEC: "dict[str, dict]" = {
    "h": _field(0, 0),
    "t": _field(0, 4),
    "p": _field(0, 16),
    "1": _field(0, 16),
    **{str(number): _field(0, size) for number, size in _FIXED.items()},
    **{str(number): _field(0, size) for number, size in {37: 12, 38: 6, 39: 2, 41: 8, 42: 15, 49: 3}.items()},
    **{str(number): _field(0, 2 * size) for number, size in _SIZES.items()},
    **{str(number): _field(2, size) for number, size in {2: 19, 32: 11, 35: 37, 44: 25}.items()},
    **{str(number): _field(3, size) for number, size in {48: 999, 54: 120, 55: 999, 60: 999}.items()},
}


@dataclass
class Message(wire.Message):
    """A message of the profile; bytes are F52 F55 F64 F128."""

    MANAGEMENT = ("06", "08")
    MAC_SIZE = 16
    ORIGINAL_FIELD = 90

    @property
    def kind(self) -> str:
        if self.mti == "0200":
            # A payment code (F22 03x) is a transaction of its own, which is not offered.
            return self.mti if self.text(22).startswith("03") else self.payment or self.mti
        if self.mti == "0800":
            return _KINDS.get(self.text(70), self.mti)
        return {"0400": "reversal", "0600": "inquiry"}.get(self.mti, self.mti)

    @property
    def payment(self) -> str:
        return _PAYMENTS.get(str(self.fields.get(3, "000000")), "")

    @property
    def batch(self) -> int:
        """F60: of the payment that the message is about."""
        batch = self.text(60)
        return int(batch) if len(batch) == 6 and batch.isdigit() else -1

    @property
    def original(self) -> "tuple[int, int]":
        return self.batch, int(self.text(90)[4:10])

    @property
    def mac(self) -> "bytes | None":
        code = self.fields.get(64, self.fields.get(128))
        return code if isinstance(code, bytes) else None

    def offered(self, agreed: str) -> bool:
        return self.kind in RULES

    def fault(self) -> str:
        return first_fault(self.kind, self.fields)

    def mac_kind(self, agreed: str) -> str:
        return RETAIL

    def repeated(self) -> "dict[int, str | bytes]":
        management = self.mti[:2] in self.MANAGEMENT
        numbers = (7, 11, 41, 42, 60, 70, 90) if management else (3, 4, 7, 11, 25, 41, 42, 49, 60, 90)
        return {number: self.fields[number] for number in numbers if number in self.fields}

    def answer(self, fields: "dict[int, str | bytes]") -> "Message":
        code = str(fields.get(39, ""))
        return Message(f"{int(self.mti) + 10:04d}", {**fields, 39: _CODES.get(code, code)} if code else fields)

    def new_keys(self, randomness) -> "tuple[bytes, bytes]":
        return keys.random_key(16, randomness), keys.random_key(16, randomness)

    def key_fields(self, tmk: bytes, pik: bytes, mak: bytes, batch: int, randomness) -> "dict[int, str | bytes]":
        wrapped = b"".join(desops.encrypt(tmk, key) + desops.check_value(key)[:3] for key in (pik, mak))
        return {48: wrapped.hex().upper(), 60: f"{batch:06d}"}

    def state_fields(self, state: str) -> "dict[int, str | bytes]":
        return {48: state}

    def encode(self, mac=None) -> bytes:
        document = {"t": self.mti}
        for number, value in self.fields.items():
            if isinstance(value, (bytes, bytearray)):
                document[str(number)] = value.hex().upper()
            else:
                document[str(number)] = value.replace("D", "=") if number == 35 else value
        if mac is not None:
            document["128" if max(self.fields) > 64 else "64"] = "0" * self.MAC_SIZE
        raw = bytes(iso8583.encode(document, SPEC)[0])
        return raw if mac is None else raw[: -self.MAC_SIZE] + mac(raw[: -self.MAC_SIZE]).hex().upper().encode()


def claims(body: bytes) -> bool:
    """Does it begin with an MTI in ASCII?"""
    return body[:1] == b"0" and body[:4].isdigit()


def frame(body: bytes) -> bytes:
    """`body` with its length in four digits in front."""
    return b"%04d" % len(body) + body


def decode(body: bytes) -> Message:
    """A Message from a body.  Raises WireError."""
    if len(body) < MIN_FRAME:
        raise WireError("frame", f"frame: {len(body)} bytes are too short, {MIN_FRAME} are the least")
    raw = bytes(body)
    if not claims(raw):
        raise WireError("t", "MTI: not that of an ISO 8583:1987 message")
    if not raw.isascii():
        raise WireError("frame", "frame: not ASCII")
    message = Message(raw[:4].decode(), {}, raw=raw)
    try:
        decoded, _ = iso8583.decode(raw, SPEC)
    except iso8583.DecodeError as error:
        _fill(message, {name: value for name, value in error.doc_dec.items() if name != error.field})
        raise WireError(error.field, f"{error.msg} at byte {error.pos}", message) from None
    except KeyError as error:
        raise WireError(str(error.args[0]), "not in this profile", message) from None
    _fill(message, decoded)
    message.mac_data = raw[: -message.MAC_SIZE] if message.mac is not None else raw
    return message


def _fill(message: Message, decoded: "dict[str, str]") -> None:
    """Raises WireError naming the field whose characters do not belong there."""
    for name, value in decoded.items():
        if not name.isdigit() or name == "1":
            continue
        number = int(name)
        if number in _SIZES or number == 55:
            if len(value) % 2 or not set(value) <= set(_HEX):
                raise WireError(name, "not hexadecimal", message)
            message.fields[number] = bytes.fromhex(value)
            continue
        if number == 35:
            value = value.replace("=", "D")
        if not value.isprintable() or number in _DIGITS and not value.isdigit():
            raise WireError(name, "not decimal digits" if number in _DIGITS else "not printable", message)
        message.fields[number] = value


async def read_frame(reader: asyncio.StreamReader, idle: float, rest: float) -> "bytes | None":
    """The next body, as acquirer.wire.read_frame has it; its length in front is four digits."""
    return await wire.read_frame(reader, _PREFIX, _length, MIN_FRAME, idle, rest)


def _length(prefix: bytes) -> int:
    """Raises WireError."""
    if not prefix.isdigit():
        raise WireError("frame", "frame: the length in front is not four digits")
    return int(prefix)
