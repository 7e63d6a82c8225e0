"""Clear PIN blocks of ISO 9564-1 format 0 (the same as ANSI X9.8)."""

from .errors import MessageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kinds import Buffer


def format0(pin: "Buffer", pan: str) -> bytearray:
    """The clear block, 8 bytes: the caller enciphers it under the PIK and then wipes it and the PIN.

    `pin` is bytes-like, 4 to 12 ASCII digits (a bytearray, so that it can be wiped; nothing here copies it);
    `pan` is the whole PAN, 13 to 19 digits: its last twelve without the check digit go in.
    Raises MessageError naming F52 or F2, never a value.
    """
    if isinstance(pin, str):
        raise MessageError("F52", "PIN must be bytes that can be wiped, not text")
    if not 4 <= len(pin) <= 12:
        raise MessageError("F52", "PIN has 4 to 12 digits")
    if not isinstance(pan, str) or not 13 <= len(pan) <= 19:
        raise MessageError("F2", "PAN has 13 to 19 digits")
    for sign in pan:
        if not "0" <= sign <= "9":
            raise MessageError("F2", "PAN has a sign that is no digit")
    block = bytearray(b"\x00\xff\xff\xff\xff\xff\xff\xff")
    block[0] = len(pin)
    for index in range(len(pin)):
        digit = pin[index] - 48
        if not 0 <= digit <= 9:
            wipe(block)
            raise MessageError("F52", "PIN has a sign that is no digit")
        if index & 1:
            block[1 + (index >> 1)] = block[1 + (index >> 1)] & 0xF0 | digit
        else:
            block[1 + (index >> 1)] = digit << 4 | 0x0F
    for index in range(12):
        digit = ord(pan[index - 13])
        block[2 + (index >> 1)] ^= (digit & 15) if index & 1 else (digit & 15) << 4
    return block


def wipe(secret: bytearray) -> None:
    """Overwrite a PIN or a clear block with zeros."""
    for index in range(len(secret)):
        secret[index] = 0
