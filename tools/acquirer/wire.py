"""The profile on the wire, with pyiso8583 as codec: frame, TPDU, header, fields.

Written from the profile's field table and independent of the terminal's codec.
"""

import asyncio
import copy
from dataclasses import dataclass, field

import iso8583

TPDU_LENGTH = 5
HEADER_LENGTH = 6
MIN_FRAME = TPDU_LENGTH + HEADER_LENGTH + 2 + 8
MAX_FRAME = 2048

_DIGITS = frozenset("0123456789")
_TRACK2 = _DIGITS | {"D"}


class WireError(ValueError):
    """Bytes that do not follow the profile; `field` is its number as text ("35", "p", "t" …).

    `partial` is the Message as far as it could be read (None when not even the MTI could).
    """

    def __init__(self, field_name: str, text: str, partial: "Message | None" = None):
        super().__init__(f"F{field_name}: {text}" if field_name.isdigit() else text)
        self.field = field_name
        self.partial = partial


@dataclass
class Message:
    """One message: digit and text fields are str, F52 F55 F62 F64 bytes; `raw` is MTI … end, as received."""

    mti: str
    fields: "dict[int, str | bytes]"
    tpdu: bytes = bytes.fromhex("6000000000")
    header: bytes = bytes(HEADER_LENGTH)
    raw: bytes = b""
    mac_data: bytes = field(default=b"", repr=False)


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
_DIGIT_FIELDS = tuple(int(number) for number, spec in SPEC.items() if number.isdigit() and spec["desc"][0] == "n")


def swap_tpdu(tpdu: bytes) -> bytes:
    """60 + destination + origin, with the two addresses exchanged."""
    return tpdu[:1] + tpdu[3:5] + tpdu[1:3]


def frame(body: bytes) -> bytes:
    """`body` (TPDU … F64) with its 2-byte big-endian length in front."""
    return len(body).to_bytes(2, "big") + body


def decode(body: bytes) -> Message:
    """A Message from TPDU … F64 (without the length prefix).  Raises WireError."""
    if len(body) < MIN_FRAME:
        raise WireError("frame", f"frame: {len(body)} bytes are too short, {MIN_FRAME} are the least")
    start = TPDU_LENGTH + HEADER_LENGTH
    raw = bytes(body[start:])
    if body[0] != 0x60:
        raise WireError("frame", "frame: a TPDU begins with 60")
    bitmap = int.from_bytes(raw[2:10], "big")
    message = Message(raw[:2].hex(), {}, bytes(body[:TPDU_LENGTH]), bytes(body[TPDU_LENGTH:start]), raw)
    message.mac_data = raw[:-8] if bitmap & 1 else raw
    if not message.mti.isdigit() or message.mti[0] != "0":
        raise WireError("t", "MTI: not that of an ISO 8583:1987 message")
    spec = SPEC
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
    document = {"t": message.mti}
    for number, value in message.fields.items():
        if number != 64 or mac is None:
            document[str(number)] = value.hex().upper() if isinstance(value, (bytes, bytearray)) else value
    if mac is not None:
        document["64"] = "00" * 8
    raw, _ = iso8583.encode(document, SPEC)
    if mac is not None:
        raw = raw[:-8]
        raw += mac(bytes(raw))
    return message.tpdu + message.header + bytes(raw)


async def read_frame(reader: asyncio.StreamReader, idle: float, rest: float) -> "bytes | None":
    """The next body (TPDU … F64); None when the peer has closed between two messages.  A length of 0 keeps the line alive.

    Raises WireError (length out of bounds, or the peer closed in the middle) and TimeoutError: `idle` seconds
    until a message begins, `rest` seconds for all of it.
    """
    length = 0
    try:
        while not length:
            first = await asyncio.wait_for(reader.read(1), idle)
            if not first:
                return None
            second = await asyncio.wait_for(reader.readexactly(1), rest)
            length = first[0] << 8 | second[0]
        if not MIN_FRAME <= length <= MAX_FRAME:
            raise WireError("frame", f"frame: length {length} is out of bounds ({MIN_FRAME} to {MAX_FRAME})")
        return await asyncio.wait_for(reader.readexactly(length), rest)
    except asyncio.IncompleteReadError:
        raise WireError("frame", "frame: the connection closed in the middle of a message") from None
