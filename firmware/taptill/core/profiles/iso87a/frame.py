"""A whole message: four digits of MTI, bitmap, fields, the last of them the MAC where it carries one.

The MAC is F64, or F128 in a message with a field above 64, in 16 hexadecimal digits; it covers all that stands before it, its bit
in the bitmap set.
"""

from binascii import hexlify, unhexlify

from ...errors import MessageError
from ...mac import equal
from ...message import Message
from .fields import CODEC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...config import Config
    from ...kinds import Buffer


_MTI = 4
_MAC = 16  # characters


def pack(message: Message, config: "Config", mac: "Callable[[Buffer], bytes] | None" = None) -> bytearray:
    """As core.profiles has it.  Nothing of the settings is in the frame."""
    if len(message.mti) != _MTI or not message.mti.isdigit():
        raise MessageError("MTI", "4 digits needed")
    if mac is None:
        return bytearray((message.mti + CODEC.pack(message.fields)).encode())
    number = 128 if max(message.fields) > 64 else 64
    if number in message.fields:
        raise MessageError("F%d" % number, "given and to be computed")
    out = bytearray((message.mti + CODEC.pack(message.fields, number)).encode())
    code = mac(out)
    if len(code) != 8:
        raise MessageError("F%d" % number, "a MAC has 8 bytes")
    out.extend(hexlify(code).upper())
    return out


def parse(frame: "Buffer", starts: "dict[int, int] | None" = None, fields: "dict[int, Any] | None" = None) -> Message:
    """As core.profiles has it: fields are str, and bytes (52, 55, 64, 65, 96, 128) of what is hexadecimal on the line."""
    fields = {} if fields is None else fields
    if len(frame) < _MTI:
        raise MessageError("MTI", "cut short", 0)
    for at in range(len(frame)):
        if not 32 <= frame[at] < 127:
            raise MessageError("frame", "not printable ASCII", at)
    text = bytes(frame).decode()
    if not text[:_MTI].isdigit():
        raise MessageError("MTI", "not four digits", 0)
    CODEC.unpack(text, _MTI, fields, starts)
    return Message(text[:_MTI], fields)


def mac_ok(frame: "Buffer", mac: "Callable[[Buffer], bytes]") -> bool:
    """As core.profiles has it; False when the bit of the MAC is not set or the frame is too short to have one."""
    view = memoryview(frame)
    if len(frame) < _MTI + 16 + _MAC:
        return False
    try:
        last = _MTI + (31 if int(bytes(view[_MTI : _MTI + 1]), 16) & 8 else 15)  # of one bitmap or of two
        if len(frame) < last + 1 + _MAC or not int(bytes(view[last : last + 1]), 16) & 1:
            return False
        return equal(mac(view[:-_MAC]), unhexlify(bytes(view[-_MAC:])))
    except ValueError:
        return False  # no hexadecimal where it has to be
