"""The profile on the wire: frame, TPDU, header, fields.  What is in good order straight.py codes, pyiso8583 all else.

Written from the profile's field table and independent of the terminal's codec.
"""

import copy
from dataclasses import dataclass

import iso8583

from ... import keys, wire
from ...mac import ECB
from ...wire import MAX_FRAME, WireError
from .rules import PAYMENTS, REQUESTS, RULES, TYPES
from .rules import fault as first_fault
from .straight import Straight

TPDU_LENGTH = 5
HEADER_LENGTH = 6
MIN_FRAME = TPDU_LENGTH + HEADER_LENGTH + 2 + 8

_DIGITS = frozenset("0123456789")
_TRACK2 = _DIGITS | {"D"}


SIGN_ON_CODES = ("001", "003", "004")
DOUBLE_KEYS = ("003", "004")  # the retail MAC cannot be made with less, whoever asks
SIGN_OFF, ECHO, INQUIRY, BARRING, OLD_INQUIRY = "002", "301", "901", "902", "381"
_NETWORK_KINDS = {SIGN_OFF: "signoff", ECHO: "echo", INQUIRY: "inquiry", BARRING: "inquiry", OLD_INQUIRY: "inquiry"}  # 60.3
_BY_CODE = {"000000": "sale", "200000": "void"}  # F3, of who says no type
_BARRED, _REVERSED = "B", "R"  # the second is what terminals before version 0.2 are told for the first


def _fixed_digits(length: int) -> dict:
    return {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": length, "len_count": "nibbles", "desc": f"n{length}"}


def _digits(length_bytes: int, most: int) -> dict:
    return {
        "data_enc": "b",
        "len_enc": "bcd",
        "len_type": length_bytes,
        "max_len": most,
        "len_count": "nibbles",
        "right_pad": "0",
        "desc": f"n..{most}",
    }


def _text(length_bytes: int, most: int) -> dict:
    return {"data_enc": "latin-1", "len_enc": "bcd", "len_type": length_bytes, "max_len": most, "desc": f"ans {most}"}


def _binary(length_bytes: int, most: int) -> dict:
    return {"data_enc": "b", "len_enc": "bcd", "len_type": length_bytes, "max_len": most, "desc": f"b {most}"}


SPEC: "dict[str, dict]" = {
    "h": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 0, "desc": "none: TPDU and header stand before"},
    "t": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 2, "desc": "MTI"},
    "p": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 8, "desc": "bitmap"},
    "2": _digits(1, 19),
    "3": _fixed_digits(6),
    "4": _fixed_digits(12),
    "11": _fixed_digits(6),
    "12": _fixed_digits(6),
    "13": _fixed_digits(4),
    "14": _fixed_digits(4),
    "15": _fixed_digits(4),
    "22": {**_fixed_digits(3), "right_pad": "0"},
    "23": {**_fixed_digits(3), "left_pad": "0"},
    "25": _fixed_digits(2),
    "26": _fixed_digits(2),
    "32": _digits(1, 11),
    "35": _digits(1, 37),
    "37": _text(0, 12),
    "38": _text(0, 6),
    "39": _text(0, 2),
    "41": _text(0, 8),
    "42": _text(0, 15),
    "44": _text(1, 25),
    "48": _digits(2, 322),
    "49": _text(0, 3),
    "52": _binary(0, 8),
    "53": _fixed_digits(16),
    "54": _text(2, 120),
    "55": _binary(2, 255),
    "59": _text(2, 600),
    "60": _digits(2, 99),
    "61": _digits(2, 99),
    "62": _binary(2, 512),
    "63": _text(2, 163),
    "64": _binary(0, 8),
}
_PADDED = tuple(number for number, spec in SPEC.items() if spec["len_type"] and spec["desc"].startswith("n.."))
_BINARY_FIELDS = (52, 55, 62, 64)
_STRAIGHT = Straight(SPEC)
_DIGIT_FIELDS = tuple(int(number) for number, spec in SPEC.items() if number.isdigit() and spec["desc"][0] == "n")


@dataclass
class Message(wire.Message):
    """A message of the dialect; bytes are F52 F55 F62 F64."""

    tpdu: bytes = bytes.fromhex("6000000000")
    header: bytes = bytes(HEADER_LENGTH)

    ORIGINAL_FIELD = 61

    @property
    def kind(self) -> str:
        if self.mti in REQUESTS:
            # A payment code (F22 03x) is a transaction of its own, which is not offered.
            asks = self.payment
            return asks if asks and PAYMENTS[asks].mti == self.mti and self.text(22)[:2] != "03" else self.mti
        if self.mti == "0820":
            return _NETWORK_KINDS.get(self._network_code, self.mti)
        return {"0400": "reversal", "0800": "signon"}.get(self.mti, self.mti)

    @property
    def payment(self) -> str:
        by_code = "" if self.mti[:2] == "08" else _BY_CODE.get(str(self.fields.get(3, "000000")), "")
        return TYPES.get(self.text(60)[:2], by_code)

    @property
    def bars(self) -> bool:
        return self._network_code == BARRING

    @property
    def batch(self) -> int:
        digits = self.text(60)[2:8]
        return int(digits) if len(digits) == 6 else -1

    @property
    def original(self) -> "tuple[int, int]":
        """By F61; of a reversal by F60 and F11: there F61 says the same, or of a void it names the sale."""
        named = PAYMENTS[self.payment].names if self.payment else False
        asked = "" if self.kind == "reversal" and named else self.text(61)
        return (int(asked[:6]), int(asked[6:12])) if asked or self.kind != "reversal" else (self.batch, self.stan)

    @property
    def mac(self) -> "bytes | None":
        code = self.fields.get(64)
        return code if isinstance(code, bytes) else None

    @property
    def _network_code(self) -> str:
        """60.3"""
        return self.text(60)[8:11]

    def mac_kind(self, agreed: str) -> str:
        return agreed

    def offered(self, agreed: str) -> bool:
        codes = SIGN_ON_CODES if agreed == ECB else DOUBLE_KEYS
        return self.kind in RULES and (self.kind != "signon" or self._network_code in codes)

    def fault(self) -> str:
        return first_fault(self.kind, self.fields)

    def repeated(self) -> "dict[int, str | bytes]":
        management = self.mti[:2] == "08"
        numbers = (11, 41, 42, 60, 61) if management else (3, 4, 11, 25, 41, 42, 49)
        fields = {number: self.fields[number] for number in numbers if number in self.fields}
        if not management and len(self.text(60)) >= 8:
            fields[60] = self.text(60)[:8]
        return fields

    def answer(self, fields: "dict[int, str | bytes]") -> "Message":
        return Message(f"{int(self.mti) + 10:04d}", fields, swap_tpdu(self.tpdu), self.header)

    def new_keys(self, randomness) -> "tuple[bytes, bytes]":
        return keys.new_working_keys(self._network_code, randomness)

    def key_fields(self, tmk: bytes, pik: bytes, mak: bytes, batch: int, randomness) -> "dict[int, str | bytes]":
        code = self._network_code
        return {60: f"00{batch:06d}{code}", 62: keys.working_keys_field(tmk, code, pik, mak, randomness)}

    def state_fields(self, state: str) -> "dict[int, str | bytes]":
        if self._network_code == OLD_INQUIRY and state[0] == _BARRED:
            state = _REVERSED + state[1:]
        return {63: state}

    def encode(self, mac=None) -> bytes:
        return encode(self, mac)


def swap_tpdu(tpdu: bytes) -> bytes:
    """60 + destination + origin, with the two addresses exchanged."""
    return tpdu[:1] + tpdu[3:5] + tpdu[1:3]


def frame(body: bytes) -> bytes:
    """`body` (TPDU … F64) with its 2-byte big-endian length in front."""
    return len(body).to_bytes(2, "big") + body


def claims(body: bytes) -> bool:
    """Does it begin with a TPDU?"""
    return body[:1] == b"\x60"


def decode(body: bytes) -> Message:
    """A Message from TPDU … F64 (without the length prefix).  Raises WireError."""
    if len(body) < MIN_FRAME:
        raise WireError("frame", f"frame: {len(body)} bytes are too short, {MIN_FRAME} are the least")
    start = TPDU_LENGTH + HEADER_LENGTH
    raw = bytes(body[start:])
    if body[0] != 0x60:
        raise WireError("frame", "frame: a TPDU begins with 60")
    bitmap = int.from_bytes(raw[2:10], "big")
    message = Message(raw[:2].hex(), {}, bytes(body[:TPDU_LENGTH]), bytes(body[TPDU_LENGTH:start]), raw=raw)
    message.mac_data = raw[:-8] if bitmap & 1 else raw
    if not message.mti.isdigit() or message.mti[0] != "0":
        raise WireError("t", "MTI: not that of an ISO 8583:1987 message")
    fields = _STRAIGHT.decode(raw)
    if fields is not None:
        message.fields = fields
        return message
    return _decode_by_library(message, raw, bitmap)


def _decode_by_library(message: Message, raw: bytes, bitmap: int) -> Message:
    """As `decode`: it names what is not as the table has it, and takes some of that."""
    start, spec = TPDU_LENGTH + HEADER_LENGTH, SPEC
    unknown = [n for n in range(1, 65) if bitmap >> (64 - n) & 1 and str(n) not in SPEC]
    if unknown:
        _fill(message, _readable_part(raw, unknown))
        raise WireError(str(unknown[0]), "not in this profile", message)
    padded_with_f: set[str] = set()
    while True:
        try:
            decoded, _ = iso8583.decode(raw, spec)
        except iso8583.DecodeError as error:
            # Some terminals pad an odd digit count with F: read that field once more with that pad, whichever it is.
            if error.field in _PADDED and "expecting" in error.msg and error.field not in padded_with_f:
                padded_with_f.add(error.field)
                spec = copy.copy(spec)
                spec[error.field] = {**SPEC[error.field], "right_pad": "F"}
                continue
            partial = {k: v for k, v in error.doc_dec.items() if k != error.field}
            _fill(message, partial)
            raise WireError(error.field, f"{error.msg} at byte {start + error.pos}", message) from None
        break
    _fill(message, decoded)
    for number in _DIGIT_FIELDS:
        value = message.fields.get(number)
        if value is not None and not set(value) <= (_TRACK2 if number == 35 else _DIGITS):
            del message.fields[number]
            raise WireError(str(number), "not decimal digits", message)
    return message


def _readable_part(raw: bytes, unknown: "list[int]") -> "dict[str, str]":
    """The fields that stand before the first unknown one."""
    too_long = {**_fixed_digits(2), "max_len": 2 * MAX_FRAME + 2}
    try:
        iso8583.decode(raw, {**SPEC, **{str(number): too_long for number in unknown}})
    except iso8583.DecodeError as error:
        return {k: v for k, v in error.doc_dec.items() if k != error.field}
    return {}


def _fill(message: Message, decoded: "dict[str, str]") -> None:
    for name, value in decoded.items():
        if name.isdigit():
            number = int(name)
            message.fields[number] = bytes.fromhex(value) if number in _BINARY_FIELDS else value


def encode(message: Message, mac=None) -> bytes:
    """TPDU … F64 without length prefix; `mac(data) -> 8 bytes` sets bit 64 and appends F64."""
    fields = message.fields if mac is None else {**message.fields, 64: bytes(8)}
    coded = _STRAIGHT.encode(fields)
    raw = _encode_by_library(message.mti, fields) if coded is None else bytes.fromhex(message.mti) + coded
    if mac is not None:
        raw = raw[:-8] + mac(raw[:-8])
    return message.tpdu + message.header + raw


def _encode_by_library(mti: str, fields: "dict[int, str | bytes]") -> bytes:
    """MTI … F64; it says what cannot be coded."""
    document = {"t": mti}
    for number, value in fields.items():
        document[str(number)] = value.hex().upper() if isinstance(value, (bytes, bytearray)) else value
    return bytes(iso8583.encode(document, SPEC)[0])


async def read_frame(reader: wire.CountingReader, idle: float, rest: float) -> "bytes | None":
    """The next body (TPDU … F64), as acquirer.wire.read_frame has it; its length in front is 2 bytes, big-endian."""
    return await wire.read_frame(reader, 2, lambda prefix: int.from_bytes(prefix, "big"), MIN_FRAME, idle, rest)
