"""A whole message: built with its MAC, parsed, and its MAC checked over the raw bytes.

Frame without its 2-byte length prefix: TPDU 5 bytes (60, destination, origin) | header 6 bytes BCD |
MTI 2 bytes BCD | bitmap 8 bytes | fields, the last of them F64 where the message carries a MAC.
This is the bank-POS dialect of ISO 8583:1987 that is common in China.
"""

import binascii

from ...errors import MessageError
from ...mac import equal
from ...message import Message
from .fields import CODEC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...config import Config
    from ...kinds import Buffer


HEAD = 13  # bytes before the bitmap
MAC_START = 11  # the MAC covers MTI … last field before 64


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


def pack(message: Message, config: "Config", mac: "Callable[[Buffer], bytes] | None" = None) -> bytearray:
    """The same with TPDU and header of the settings."""
    return build(message.mti, message.fields, config.tpdu, config.header, mac)


def parse(frame: "Buffer", starts: "dict[int, int] | None" = None, fields: "dict[int, Any] | None" = None) -> Message:
    """The message in `frame` (bytes-like, TPDU … last field, without the length prefix).

    Its fields are str (digits, track 2, text) or bytes (52, 55, 62, 64, and 59 and 63 when they are not printable ASCII).

    `starts`, when given, is a dict that gets {field number: offset of its value in `frame`}; `fields` gets them as far as they
    can be read.
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
    fields = {} if fields is None else fields
    CODEC.unpack(frame, HEAD, fields, starts)
    mti = str(binascii.hexlify(frame[MAC_START:HEAD]), "ascii")
    return Message(mti, fields, bytes(frame[:5]), bytes(frame[5:MAC_START]))


def mac_ok(frame: "Buffer", mac: "Callable[[Buffer], bytes]") -> bool:
    """True when the last 8 bytes are the MAC that `mac` (as in build) computes over the raw bytes.

    Needs no parsable message; False when bit 64 is not set or the frame is too short to have a F64.
    """
    if len(frame) < HEAD + 16 or not frame[HEAD + 7] & 1:
        return False
    view = memoryview(frame)
    return equal(mac(view[MAC_START:-8]), view[-8:])
