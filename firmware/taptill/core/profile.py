"""The message profile: frame, field table, transactions, and the project's own extension.

Frame without its 2-byte length prefix: TPDU 5 bytes (60, destination, origin) | header 6 bytes BCD |
MTI 2 bytes BCD | bitmap 8 bytes | fields, the last of them F64 where the message carries a MAC.
This is the bank-POS dialect of ISO 8583:1987 that is common in China.

The project's own extension, in private fields, for a host that is asked what became of a request:

    status inquiry 0820 | F11 a new STAN, F41, F42, F60 = 00 batch 901,
                        | F61 = batch n6 + STAN n6 of the request asked about, F64
    its answer 0830     | F11, F41, F42, F39 = 00 known, 25 unknown, F60, F64 and, when known,
                        | F63 = state an1 (N none, A approved, D declined, R reversed, B never seen and barred:
                        | should it still arrive it will not be approved) + amount n12
                        | + retrieval reference (F37) an12, blank where there is none
"""

import binascii

from .errors import MessageError
from .iso8583 import BYTES, DIGITS, DIGITS_RIGHT, LL, LLL, TEXT, TEXT_OR_BYTES, TRACK2, Codec
from .mac import equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .kinds import Buffer


HEAD = 13  # bytes before the bitmap
MAC_START = 11  # the MAC covers MTI … last field before 64

# fmt: off
CODEC = Codec((
    2, LL | DIGITS, 19,             # PAN
    3, DIGITS, 6,                   # processing code
    4, DIGITS, 12,                  # amount, minor units
    11, DIGITS, 6,                  # STAN
    12, DIGITS, 6,                  # local time hhmmss
    13, DIGITS, 4,                  # local date MMDD
    14, DIGITS, 4,                  # expiry YYMM
    15, DIGITS, 4,                  # settlement date MMDD
    22, DIGITS, 3,                  # entry mode, left-aligned: 072 is 07 20
    23, DIGITS_RIGHT, 3,            # PAN sequence number, right-aligned: 001 is 00 01
    25, DIGITS, 2,                  # condition code
    26, DIGITS, 2,                  # longest PIN the terminal takes
    32, LL | DIGITS, 11,            # acquirer
    35, LL | TRACK2, 37,            # track 2 equivalent data
    37, TEXT, 12,                   # retrieval reference number
    38, TEXT, 6,                    # authorisation code
    39, TEXT, 2,                    # response code
    41, TEXT, 8,                    # terminal
    42, TEXT, 15,                   # merchant
    44, LL | TEXT, 25,              # additional response data
    48, LLL | DIGITS, 999,          # totals, batch data
    49, TEXT, 3,                    # currency
    52, BYTES, 8,                   # PIN block
    53, DIGITS, 16,                 # security control
    54, LLL | TEXT, 120,            # balances: account 2, type 2, currency 3, C/D, amount 12 each
    55, LLL | BYTES, 255,           # chip data, BER-TLV
    59, LLL | TEXT_OR_BYTES, 999,   # payment code: A3, length 3, digits
    60, LLL | DIGITS, 999,          # 60.1 type n2, 60.2 batch n6, 60.3 network code n3, 60.4 … capabilities
    61, LLL | DIGITS, 999,          # original batch n6, STAN n6, date MMDD
    62, LLL | BYTES, 999,           # working keys, terminal data
    63, LLL | TEXT_OR_BYTES, 999,   # operator, texts
    64, BYTES, 8,                   # MAC
))
# fmt: on


# One row a transaction: MTI, F3, F25, 60.1 and 60.3 of the request (None where the field is absent), and
# whether a missing answer is cured by a reversal.
class Row:
    """What the messages of one kind have in common."""

    def __init__(self, mti: str, f3: "str | None", f25: "str | None", type: str, network: str, reversible: bool):
        self.mti = mti
        self.f3 = f3
        self.f25 = f25
        self.type = type
        self.network = network
        self.reversible = reversible


BALANCE = Row("0200", "310000", "00", "01", "000", False)
SALE = Row("0200", "000000", "00", "22", "000", True)
VOID = Row("0200", "200000", "00", "23", "000", True)
REFUND = Row("0220", "200000", "00", "25", "000", False)
PREAUTH = Row("0100", "030000", "06", "10", "000", True)
PREAUTH_VOID = Row("0100", "200000", "06", "11", "000", True)
COMPLETION = Row("0200", "000000", "06", "20", "000", True)
COMPLETION_VOID = Row("0200", "200000", "06", "21", "000", True)
UPLOAD = Row("0320", None, None, "00", "201", False)
SETTLEMENT = Row("0500", None, None, "00", "201", False)
SIGN_ON = Row("0800", None, None, "00", "003", False)
SIGN_OFF = Row("0820", None, None, "00", "002", False)
ECHO = Row("0820", None, None, "00", "301", False)
STATUS = Row("0820", None, None, "00", "901", False)  # the project's own, see above

MTI_REVERSAL = "0400"
MTI_REVERSAL_ANSWER = "0410"

# States in F63 of a status answer
STATE_NONE = "N"
STATE_APPROVED = "A"
STATE_DECLINED = "D"
STATE_REVERSED = "R"
STATE_BARRED = "B"  # never seen; only its reversal is known, and that bars it


class Message:
    """A parsed message.

    tpdu 5 bytes, header 6 bytes, mti "0210", fields {number: str (digits, track 2, text) or bytes (52, 55,
    62, 64, and 59 and 63 when they are not printable ASCII)}.
    """

    def __init__(self, tpdu: bytes, header: bytes, mti: str, fields: dict):
        self.tpdu = tpdu
        self.header = header
        self.mti = mti
        self.fields = fields


def build(mti: str, fields: dict, tpdu: bytes, header: bytes, mac: "Callable[[Buffer], bytes] | None" = None) -> bytearray:
    """TPDU … last field, without the length prefix.

    `mac`, when given, is called with the bytes MTI … last field before 64 (a memoryview, valid during the
    call), bit 64 set already; the 8 bytes it returns become F64.  What it raises passes through.
    Raises MessageError naming the part or field that does not fit, never its value.
    """
    if len(tpdu) != 5:
        raise MessageError("TPDU", "5 bytes needed")
    if len(header) != 6:
        raise MessageError("header", "6 bytes needed")
    if len(mti) != 4 or not mti.isdigit() or ord(max(mti)) > 57:
        raise MessageError("MTI", "4 digits needed")
    head = bytes(tpdu) + bytes(header) + binascii.unhexlify(mti)
    if mac is None:
        return CODEC.pack(head, fields)
    if 64 in fields:
        raise MessageError("F64", "given and to be computed")
    out = CODEC.pack(head, fields, 8)
    out[HEAD + 7] |= 1
    code = mac(memoryview(out)[MAC_START:-8])
    if len(code) != 8:
        raise MessageError("F64", "a MAC has 8 bytes")
    out[-8:] = code
    return out


def parse(frame: "Buffer", starts: "dict[int, int] | None" = None) -> Message:
    """The message in `frame` (bytes-like, TPDU … last field, without the length prefix).

    `starts`, when given, is a dict that gets {field number: offset of its value in `frame`}.
    Raises MessageError naming the part or field and the byte; nothing is ever left over or filled in.
    """
    size = len(frame)
    if not size:
        raise MessageError("TPDU", "empty message", 0)
    if frame[0] != 0x60:
        raise MessageError("TPDU", "does not begin with 60", 0)
    if size < 5:
        raise MessageError("TPDU", "cut short, %d bytes of 5" % size, 0)
    if size < MAC_START:
        raise MessageError("header", "cut short, %d bytes of 6" % (size - 5), 5)
    if size < HEAD:
        raise MessageError("MTI", "cut short, %d bytes of 2" % (size - MAC_START), MAC_START)
    for at in range(5, HEAD):
        if frame[at] & 15 > 9 or frame[at] > 0x99:
            raise MessageError("MTI" if at >= MAC_START else "header", "not BCD", at)
    fields: "dict[int, Any]" = {}
    CODEC.unpack(frame, HEAD, fields, starts)
    mti = str(binascii.hexlify(frame[MAC_START:HEAD]), "ascii")
    return Message(bytes(frame[:5]), bytes(frame[5:MAC_START]), mti, fields)


def mac_ok(frame: "Buffer", mac: "Callable[[Buffer], bytes]") -> bool:
    """True when the last 8 bytes are the MAC that `mac` (as in build) computes over the raw bytes.

    Needs no parsable message; False when bit 64 is not set or the frame is too short to have a F64.
    """
    if len(frame) < HEAD + 16 or not frame[HEAD + 7] & 1:
        return False
    view = memoryview(frame)
    return equal(mac(view[MAC_START:-8]), view[-8:])


def f60(row: "Row", batch: int) -> str:
    """F60 of a request: 60.1, 60.2, 60.3, and for a transaction with a card 60.4 = 6 (contactless), 60.5 = 0."""
    text = row.type + "%06d" % batch + row.network
    return text + "60" if row.f3 else text


def f61(batch: int, stan: int) -> str:
    """F61 of a reversal, a void or a status inquiry: batch and STAN of the original."""
    return "%06d%06d" % (batch, stan)


def status(f63: "str | bytes | None") -> "tuple[str, int, str]":
    """(state letter, amount in minor units, F37 or "") of F63 of a status answer.  Raises MessageError."""
    if (
        not isinstance(f63, str)
        or len(f63) != 25
        or f63[0] not in STATE_NONE + STATE_APPROVED + STATE_DECLINED + STATE_REVERSED + STATE_BARRED
        or not f63[1:13].isdigit()
    ):
        raise MessageError("F63", "not a status: letter, amount n12, reference an12")
    return f63[0], int(f63[1:13]), f63[13:].strip()
