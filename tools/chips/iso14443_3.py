"""Frames of ISO/IEC 14443-3 as they are on the air, with CRC and odd bits: what a target makes of them.

The chip's own commands find a card by its firmware and talk to `Target.frame`, which knows neither CRC nor anticollision.
A host that does all of it itself (InCommunicateThru, or the CIU's registers) is heard here: short frames REQA and WUPA,
anticollision and SELECT of each cascade level, REQB, WUPB and ATTRIB, and every frame that ends in a CRC.
"""

from .iso14443 import ACTIVE, FRAME_SIZES, IDLE, READY

TYPE_A = 0
TYPE_B = 3

_REQA = 0x26
_WUPA = 0x52
_CASCADE_TAG = 0x88
_SEL = (0x93, 0x95, 0x97)
_ANSWER_US = 90  # frame delay time, 14443-3 6.2.1.1


def crc16(data, crc: int) -> int:
    """The polynomial of 14443-3 annex B (x16 + x12 + x5 + 1, least significant bit first) from the initial value `crc`."""
    for byte in data:
        byte ^= crc & 0xFF
        byte ^= byte << 4 & 0xFF
        crc = crc >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return crc & 0xFFFF


def crc_of(data, framing: int) -> bytes:
    """CRC_A (initial value 6363) or CRC_B (FFFF, inverted) of 14443-3 annex B, as sent: low byte first."""
    crc = crc16(data, 0xFFFF) ^ 0xFFFF if framing == TYPE_B else crc16(data, 0x6363)
    return bytes((crc & 0xFF, crc >> 8))


def sealed(data, framing: int) -> bytes:
    """The frame with its CRC."""
    return bytes(data) + crc_of(data, framing)


def unsealed(data, bits: int, framing: int):
    """The frame without its CRC; None when that is wrong or cannot be there."""
    if bits % 8 or len(data) < 3 or crc_of(data[:-2], framing) != bytes(data[-2:]):
        return None
    return bytes(data[:-2])


def hear(target, data: bytes, bits: int, framing: int):
    """A frame of `bits` bits in `data` reaches the target: (answer, its bits, delay in us), or None for silence."""
    if not target.present or not data:
        return None
    type_b = bool(getattr(target, "atqb", None))
    if framing != (TYPE_B if type_b else TYPE_A):
        return None
    if type_b:
        return _hear_b(target, unsealed(data, bits, TYPE_B))
    if bits == 7:
        return _short(target, data[0])
    if target.state == READY:
        return _anticollision(target, data, bits)
    body = unsealed(data, bits, TYPE_A)
    if body is None:
        if target.state == ACTIVE:
            target.state = IDLE  # 14443-3 6.3: what is no valid frame ends the activation
        return None
    answer, delay = target.frame(body)
    if answer is None:
        return None
    if len(answer) == 1 and not target.iso_dep:
        return answer, 4, delay  # ACK and NAK of a level 3 card are four bits without CRC
    return _whole(sealed(answer, TYPE_A), delay)


def _whole(answer: bytes, delay: int = _ANSWER_US):
    return answer, 8 * len(answer), delay


def _short(target, command: int):
    if command in (_REQA, _WUPA):
        if not target.request(command == _WUPA):
            return None
        target.level = 0
        return _whole(bytes((target.atqa[1], target.atqa[0])))
    if target.state in (READY, ACTIVE):
        target.state = IDLE
    return None


def _anticollision(target, data: bytes, bits: int):
    # SEL, NVB 20 and up to four whole bytes of the UID that are known; 70 and all of it with a CRC is SELECT.
    uid, level = target.uid, target.level
    last = len(uid) == 4 + 3 * level
    part = uid[3 * level :] if last else bytes((_CASCADE_TAG,)) + uid[3 * level : 3 * level + 3]
    part += bytes((part[0] ^ part[1] ^ part[2] ^ part[3],))
    if len(data) >= 2 and data[0] == _SEL[level]:
        known = (data[1] >> 4) - 2
        if known == 5 and unsealed(data, bits, TYPE_A) == data[:2] + part:
            if last:
                target.select()
                return _whole(sealed(bytes((target.sak,)), TYPE_A))
            target.level += 1
            return _whole(sealed(b"\x04", TYPE_A))
        if 0 <= known < 5 and not data[1] & 15 and bits == 16 + 8 * known and data[2:] == part[:known]:
            return _whole(part[known:])
    target.state = IDLE
    return None


def _hear_b(target, body):
    if body is None:
        return None
    if body[0] == 0x05 and len(body) == 3:
        return _whole(sealed(target.atqb, TYPE_B)) if target.request(bool(body[2] & 8)) else None
    if target.state == READY:
        if body[0] == 0x1D and len(body) >= 9 and body[1:5] == target.uid and target.select():
            size = body[6] & 15
            target.fsd = FRAME_SIZES[size if size < 9 else 8]
            return _whole(sealed(target.attrib_res, TYPE_B))
        if body[0] == 0x50 and body[1:] == target.uid:
            target.state = ACTIVE
            target.halt()
            return _whole(sealed(b"\x00", TYPE_B))
        return None
    answer, delay = target.frame(body)
    return None if answer is None else _whole(sealed(answer, TYPE_B), delay)
