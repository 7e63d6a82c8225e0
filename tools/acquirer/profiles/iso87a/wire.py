"""The profile on the wire, with pyiso8583 as codec; written from jPOS's table and independent of the terminal's codec."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import iso8583

from ... import desops, keys, wire
from ...mac import RETAIL
from ...wire import WireError
from .rules import REQUESTS, RULES, named
from .rules import fault as first_fault

MIN_FRAME = 4 + 16
_PREFIX = 4
_KINDS = {"001": "signon", "101": "signon", "002": "signoff", "301": "echo"}  # F70
# F39 of this host as ISO 8583:1987 spells it: MAC wrong and a PIN block that cannot be read are a security violation, another
# batch is one that does not reconcile, an unknown terminal one that is not permitted.
_CODES = {"A0": "63", "99": "63", "77": "95", "97": "58"}
# All fields of ISO 8583:1987 as in the ISO87APackager of jPOS, by their form in the notation of the standard (4.3): n digits, x
# C or D in front, z track 2, h hexadecimal, b bytes as hexadecimal, an, ans characters; a dot for each digit of length in front.
_FORMS = {
    "n1": "27 66", "n2": "25 26 67", "n3": "19-24 68-70", "n4": "13-18 71 72", "n6": "3 11 12 73", "n8": "8-10",
    "n10": "7 74-81", "n12": "4-6 82-85", "n16": "53 86-89", "n42": "90", "n..11": "32 33 99 100", "n..19": "2", "z..37": "35",
    "x9": "28-31", "x17": "97", "an1": "91", "an2": "39 92", "an3": "40 49-51", "an6": "38 93", "an7": "94", "an12": "37",
    "ans8": "41", "ans15": "42", "ans25": "98", "ans40": "43", "ans42": "95", "ans..17": "101", "ans..25": "44",
    "ans..28": "34 102 103", "ans..76": "45", "ans...100": "104", "ans...104": "36", "ans...120": "54",
    "ans...999": "46-48 56-63 105-127", "h...999": "55", "b1": "65", "b8": "52 64 128", "b16": "96",
}  # fmt: skip
_WRITTEN = {  # what may stand in a field, by the letters of its form
    "n": re.compile(r"[0-9]*"),
    "x": re.compile(r"[CD][0-9]*"),
    "z": re.compile(r"[0-9=D]*"),
    "h": re.compile(r"(?:[0-9A-Fa-f]{2})*"),
    "b": re.compile(r"(?:[0-9A-Fa-f]{2})*"),
    "an": re.compile(r"[ -~]*"),
    "ans": re.compile(r"[ -~]*"),
}
_FIRST_BIT = tuple(bytes([digit]) for digit in b"89ABCDEFabcdef")
_BAD = {"n": "not decimal digits", "x": "not C or D and digits", "z": "no track", "h": "not hexadecimal", "b": "not hexadecimal"}


def _field(length_digits: int, most: int) -> dict:
    return {"data_enc": "ascii", "len_enc": "ascii", "len_type": length_digits, "max_len": most, "desc": ""}


def _fields() -> "Iterator[tuple[int, str, int, int]]":
    """(number, letters of its form, digits of the length in front, size) of every field."""
    for form, numbers in _FORMS.items():
        letters = form.rstrip("0123456789").rstrip(".")
        size = form[len(letters) :].lstrip(".")
        for span in numbers.split():
            first, _, last = span.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield number, letters, len(form) - len(letters) - len(size), int(size)


_LETTERS = {number: letters for number, letters, _, _ in _fields()}
SPEC: "dict[str, dict]" = {
    "h": _field(0, 0),
    "t": _field(0, 4),
    "p": _field(0, 16),
    "1": _field(0, 16),
    **{str(number): _field(lead, 2 * size if letters == "b" else size) for number, letters, lead, size in _fields()},
}


@dataclass
class Message(wire.Message):
    """A message of the profile; bytes are F52 F55 F64 F65 F96 F128."""

    MANAGEMENT = ("06", "08")
    MAC_SIZE = 16
    ORIGINAL_FIELD = 90

    @property
    def kind(self) -> str:
        if self.mti in REQUESTS:
            # A payment code (F22 03x) is a transaction of its own, which is not offered.
            return self.mti if self.text(22).startswith("03") else self.payment or self.mti
        if self.mti == "0800":
            return _KINDS.get(self.text(70), self.mti)
        return {"0400": "reversal", "0600": "inquiry"}.get(self.mti, self.mti)

    @property
    def payment(self) -> str:
        mti = self.mti if self.mti in REQUESTS else self.text(90)[:4]
        return named(mti, str(self.fields.get(3, "000000")), self.text(25))

    @property
    def bars(self) -> bool:
        return self.mti == "0600" and 4 in self.fields

    @property
    def batch(self) -> int:
        """F60: of the payment that the message is about."""
        return _batch(self.text(60))

    @property
    def original(self) -> "tuple[int, int]":
        """Its STAN stands in F90; its batch in F61 where it may be an earlier one, else it is that of F60."""
        return _batch(self.text(61)) if self.mti in REQUESTS and 61 in self.fields else self.batch, int(self.text(90)[4:10])

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
        numbers = (7, 11, 41, 42, 60, 70, 90) if management else (3, 4, 7, 11, 25, 41, 42, 49, 60, 61, 90)
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


def _batch(digits: str) -> int:
    """Of F60 or F61; -1 when it says none."""
    return int(digits) if len(digits) == 6 and digits.isdigit() else -1


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
    if raw[4:5] in _FIRST_BIT and raw[20:21] in _FIRST_BIT:  # the library takes it for a bitmap of fields 129 to 192
        raise WireError("65", "a third bitmap", message)
    try:
        decoded, _ = iso8583.decode(raw, SPEC)
    except iso8583.DecodeError as error:
        _fill(message, {name: value for name, value in error.doc_dec.items() if name != error.field})
        raise WireError(error.field, f"{error.msg} at byte {error.pos}", message) from None
    _fill(message, decoded)
    message.mac_data = raw[: -message.MAC_SIZE] if message.mac is not None else raw
    return message


def _fill(message: Message, decoded: "dict[str, str]") -> None:
    """Raises WireError naming the field whose characters do not belong there."""
    for name, value in decoded.items():
        if not name.isdigit() or name == "1":
            continue
        number = int(name)
        letters = _LETTERS[number]
        if not _WRITTEN[letters].fullmatch(value):
            raise WireError(name, _BAD.get(letters, "not printable"), message)
        if letters in ("h", "b"):
            message.fields[number] = bytes.fromhex(value)
        else:
            message.fields[number] = value.replace("=", "D") if letters == "z" else value


async def read_frame(reader: wire.CountingReader, idle: float, rest: float) -> "bytes | None":
    """The next body, as acquirer.wire.read_frame has it; its length in front is four digits."""
    return await wire.read_frame(reader, _PREFIX, _length, MIN_FRAME, idle, rest)


def _length(prefix: bytes) -> int:
    """Raises WireError."""
    if not prefix.isdigit():
        raise WireError("frame", "frame: the length in front is not four digits")
    return int(prefix)
