"""ISO/IEC 14443 type A targets, seen from the air: bytes of a frame in (without CRC), bytes and delay out.

`Target` is the state machine of 14443-3 (IDLE, READY/ACTIVE, HALT) and, for ISO-DEP cards, of 14443-4 with its
block protocol: I-blocks with chaining both ways, R(ACK)/R(NAK), S(WTX), S(DESELECT).  It is the card's half; the
PCD's half is in pn532_rf.py.

The application behind an ISO-DEP target is any object with
    transmit(capdu: bytes) -> bytes | None      the R-APDU; None when the card is pulled away instead of answering
    delay_us(capdu: bytes) -> int               its computing time in microseconds (optional)
    activated() -> None                         called at every activation (optional): volatile state is lost
"""

IDLE, READY, ACTIVE, PROTOCOL, HALT = range(5)

# FSDI/FSCI codes to bytes of a frame, 14443-4 5.1.
FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)

# One byte with parity at 106 kbit/s takes 9 etu of 128/13.56 MHz; frame delay and SOF/EOF come once a frame.
_BYTE_NS = 84956
_FRAME_US = 110

# TL, T0 (FSCI 8), TA, TB (FWI 7), TC: what phones answer.
_ATS = b"\x05\x78\x80\x70\x02"
_ATQB = b"\x50\x11\x22\x33\x44\x00\x00\x00\x00\x00\x71\x81"


def air_us(count: int) -> int:
    """Microseconds of a frame of `count` bytes (CRC included) at 106 kbit/s, with the frame delay before it."""
    return _FRAME_US + count * _BYTE_NS // 1000


def random_uid(random_bytes) -> bytes:
    """A random 4-byte UID: it begins with 08 (14443-3 6.5.4).  `random_bytes(n)` gives the randomness."""
    return b"\x08" + bytes(random_bytes(3))


class Target:
    """A type A target.  `atqa` two bytes as InListPassiveTarget prints SENS_RES (MSB first), `uid` 4, 7 or 10 bytes.

    `raw` answers frames of 14443-3 cards (Type 2, MIFARE): raw(frame) -> bytes | None.
    """

    iso_dep = False
    ats = b""
    level = 0  # of the cascade, while a raw anticollision goes on (iso14443_3.py)

    def __init__(self, atqa: bytes, sak: int, uid: bytes):
        self.atqa = bytes(atqa)
        self.sak = sak
        self.uid = bytes(uid)
        self.state = IDLE
        self.present = True
        self.on_gone = None

    def field_off(self) -> None:
        """The field went away, so did all that the card remembered of this activation."""
        self.state = IDLE

    def leave(self) -> None:
        """The person takes the card away; the reader's model is told by `on_gone(target)`."""
        if self.present:
            self.present = False
            self.field_off()
            if self.on_gone:
                self.on_gone(self)

    def request(self, wake: bool = False) -> bool:
        """REQA, or WUPA with `wake`: True when the card answers its ATQA."""
        if not self.present:
            return False
        if self.state == IDLE or (wake and self.state == HALT):
            self.state = READY
            return True
        if self.state in (READY, ACTIVE):
            # An unexpected command drops a 14443-3 card back to IDLE without an answer.
            self.state = IDLE
        return False

    def select(self) -> bool:
        """Anticollision and SELECT of the whole UID."""
        if self.present and self.state == READY:
            self.state = ACTIVE
            return True
        return False

    def halt(self) -> None:
        """HLTA; the card does not answer."""
        if self.state in (ACTIVE, PROTOCOL):
            self.state = HALT

    def rats(self, fsdi: int):
        """RATS: the ATS (TL first), or None."""
        return

    def frame(self, data):
        """One frame of the reader, without CRC.  Returns (answer bytes or None, delay in microseconds)."""
        if not self.present or self.state != ACTIVE:
            return None, 0
        if data[:1] == b"\x50" and len(data) == 2:
            self.halt()
            return None, 0
        answer = self.answer(bytes(data))
        if answer is None:
            # A 14443-3 card that does not understand falls back to IDLE.
            self.state = IDLE
        return answer, 500

    def answer(self, data: bytes):
        """What a card of level 3 says to a command; None for silence."""
        return

    def authenticate(self, block: int, key_b: bool, key: bytes, uid: bytes) -> bool:
        """MIFARE Classic three-pass authentication; other cards know none."""
        return False


class Type2Target(Target):
    """NFC Forum Type 2 tag (Ultralight, NTAG): READ 30, WRITE A2, GET_VERSION 60."""

    def __init__(self, uid: bytes = b"\x04\x16\xc6\xc2\xd7\x38\x81", pages: int = 45, version: bytes = b""):
        super().__init__(b"\x00\x44", 0x00, uid)
        self.pages = pages
        self.version = version or b"\x00\x04\x04\x02\x01\x00\x0f\x03"
        self.memory = bytearray(pages * 4)
        bcc0 = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]
        bcc1 = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
        self.memory[0:9] = uid[:3] + bytes((bcc0,)) + uid[3:7] + bytes((bcc1,))

    def answer(self, data: bytes):
        if data == b"\x60":
            return self.version
        if len(data) == 2 and data[0] == 0x30 and data[1] < self.pages:
            start = data[1] * 4
            return bytes((self.memory + self.memory)[start : start + 16])
        if len(data) == 6 and data[0] == 0xA2 and 4 <= data[1] < self.pages:
            self.memory[data[1] * 4 : data[1] * 4 + 4] = data[2:]
            return b"\x0a"
        return None


class MifareClassicTarget(Target):
    """MIFARE Classic 1K with the transport key in every sector; blocks are read only after authentication."""

    def __init__(self, uid: bytes = b"\x08\x4a\x8d\x69", key: bytes = b"\xff\xff\xff\xff\xff\xff"):
        super().__init__(b"\x00\x04", 0x08, uid)
        self.key = key
        self.blocks = {0: uid + bytes((uid[0] ^ uid[1] ^ uid[2] ^ uid[3], 0x08, 0x04, 0x00)) + bytes(8)}
        self.open_sector = -1

    def field_off(self) -> None:
        super().field_off()
        self.open_sector = -1

    def authenticate(self, block: int, key_b: bool, key: bytes, uid: bytes) -> bool:
        good = self.state == ACTIVE and block < 64 and key == self.key and uid == self.uid
        self.open_sector = block // 4 if good else -1
        if not good:
            self.state = IDLE
        return good

    def answer(self, data: bytes):
        if len(data) < 2 or data[1] // 4 != self.open_sector:
            return None
        if data[0] == 0x30 and len(data) == 2:
            return self.blocks.get(data[1], bytes(16))
        if data[0] == 0xA0 and len(data) == 18:
            self.blocks[data[1]] = data[2:]
            return b"\x0a"
        return None


class Type4Target(Target):
    """An ISO-DEP card.  `ats` begins with TL; `app` is the application described above.

    FSCI comes from T0, FWI from TB(1): a computing time above three quarters of the frame waiting time is
    bridged with S(WTX).
    """

    iso_dep = True

    def __init__(self, app, uid: bytes, sak: int = 0x20, atqa: bytes = b"\x00\x04", ats: bytes = _ATS):
        super().__init__(atqa, sak, uid)
        self.app = app
        self.ats = bytes(ats)
        self._read_ats()
        self._clear()

    def _read_ats(self) -> None:
        ats = self.ats
        fsci, fwi, self.cid_ok = 2, 4, True
        if len(ats) > 1:
            t0 = ats[1]
            fsci = t0 & 15
            at = 2 + (1 if t0 & 0x10 else 0)
            if t0 & 0x20 and at < len(ats):
                fwi = ats[at] >> 4
                at += 1
            if t0 & 0x40 and at < len(ats):
                self.cid_ok = bool(ats[at] & 2)
        self.fsc = FRAME_SIZES[fsci if fsci < 9 else 8]
        self.set_fwi(fwi)

    def set_fwi(self, fwi: int) -> None:
        """Frame waiting time 302 us x 2^FWI; the card answers, if only with S(WTX), well before it is over."""
        self.fwt_us = 302 << (fwi if fwi < 15 else 4)
        self._patience_us = self.fwt_us * 3 // 4

    def _clear(self) -> None:
        self.fsd = 256
        self._number = 1
        self._received = b""
        self._queue = b""
        self._last = b""
        self._left_us = 0
        self._granted_us = 0

    def field_off(self) -> None:
        super().field_off()
        self._clear()

    def rats(self, fsdi: int):
        if not self.present or self.state != ACTIVE:
            return None
        self._clear()
        self.fsd = FRAME_SIZES[fsdi if fsdi < 9 else 8]
        self.state = PROTOCOL
        activated = getattr(self.app, "activated", None)
        if activated:
            activated()
        return self.ats

    def frame(self, data):
        if not self.present or not data:
            return None, 0
        if self.state == ACTIVE:
            if data[0] == 0xE0 and len(data) == 2:
                return self.rats(data[1] >> 4), 500
            if data[0] == 0x50:
                self.halt()
            return None, 0
        if self.state != PROTOCOL or len(data) > self.fsc - 2:
            return None, 0
        pcb = data[0]
        skip = 2 if pcb & 0x08 else 1
        if pcb & 0xE2 == 0x02:
            return self._i_block(pcb, bytes(data[skip:]))
        if pcb & 0xE6 == 0xA2:
            return self._r_block(pcb)
        if pcb & 0xF7 == 0xC2:
            self.halt()
            self._clear()
            return b"\xc2", 200
        if pcb & 0xF7 == 0xF2 and self._granted_us:
            granted, self._granted_us = self._granted_us, 0
            return self._result(granted)
        return None, 0

    def _say(self, block: bytes, delay: int):
        self._last = block
        return block, delay

    def _i_block(self, pcb: int, information: bytes):
        # Rule D: the card toggles its number at every I-block before it is processed.
        self._number = pcb & 1
        self._received += information
        if pcb & 0x10:
            return self._say(bytes((0xA2 | self._number,)), 200)
        capdu, self._received = self._received, b""
        cost = getattr(self.app, "delay_us", None)
        self._left_us = cost(capdu) if cost else 2000
        answer = self.app.transmit(capdu)
        if answer is None:
            self.leave()
            return None, 0
        self._queue = bytes(answer)
        return self._result(self._patience_us)

    def _result(self, granted_us: int):
        if self._left_us > granted_us:
            self._left_us -= granted_us
            # Ask for as many waiting times as are needed, at most 59 (14443-4 7.3).
            times = min(59, (self._left_us + self._patience_us - 1) // self._patience_us)
            self._granted_us = times * self._patience_us
            return self._say(bytes((0xF2, times)), granted_us)
        delay, self._left_us = self._left_us, 0
        return self._next_block(delay)

    def _next_block(self, delay: int):
        room = min(self.fsd, 256) - 3
        part, self._queue = self._queue[:room], self._queue[room:]
        pcb = 0x02 | self._number | (0x10 if self._queue else 0)
        return self._say(bytes((pcb,)) + part, delay)

    def _r_block(self, pcb: int):
        if pcb & 1 == self._number:
            # Rule 11: the reader did not hear the last block.
            return self._last or None, 200
        if pcb & 0x10:
            # Rule 12: R(NAK) with the other number is answered with R(ACK): the presence check.
            return bytes((0xA2 | self._number,)), 200
        if self._queue:
            self._number ^= 1
            return self._next_block(200)
        return None, 0


class TypeBTarget(Type4Target):
    """An ISO-DEP card of type B: ATTRIB instead of RATS.

    `atqb` 12 bytes: 50, PUPI 4, application data 4, protocol info 3.
    """

    def __init__(self, app, atqb: bytes = _ATQB, attrib_res: bytes = b"\x00"):
        super().__init__(app, b"", 0, b"\x00\x00", b"")
        self.atqb = bytes(atqb)
        self.attrib_res = bytes(attrib_res)
        # Protocol info: maximum frame size in the upper half of its second byte, FWI in that of its third.
        code = atqb[10] >> 4
        self.uid = self.atqb[1:5]
        self.fsc = FRAME_SIZES[code if code < 9 else 8]
        self.set_fwi(atqb[11] >> 4)

    def select(self) -> bool:
        if not super().select():
            return False
        self._clear()
        self.fsd = 64
        self.state = PROTOCOL
        activated = getattr(self.app, "activated", None)
        if activated:
            activated()
        return True
