"""Frames between a host and the PN532 (user manual UM0701-02, 6.2.1), as the chip sees them.

Normal information frame   00 00 FF LEN LCS TFI data… DCS 00          LEN 1…255
Extended information frame 00 00 FF FF FF LENm LENl LCS TFI data… DCS 00
ACK 00 00 FF 00 FF 00      NACK 00 00 FF FF 00 00      error 00 00 FF 01 FF 7F 81 00
"""

ACK = b"\x00\x00\xff\x00\xff\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"
ERROR = b"\x00\x00\xff\x01\xff\x7f\x81\x00"

# What FrameParser hands to its sink.
GOT_ACK = 1
GOT_NACK = 2
GOT_FRAME = 3
GOT_BROKEN = 4

# A host frame carries at most TFI + command + 263 bytes (Tg and 262 bytes of InDataExchange).
MAX_LEN = 265

_SEEK_00, _SEEK_FF, _LEN, _LCS, _LEN_M, _LEN_L, _LCS_X, _BODY, _DCS = range(9)


def build(payload, bare: bool = False) -> bytes:
    """The frame around `payload` (TFI first); `bare` leaves preamble and postamble out (SetParameters bit 5)."""
    size = len(payload)
    if size <= 255:
        head = bytes((0, 0, 0xFF, size, -size & 0xFF))
    else:
        head = bytes((0, 0, 0xFF, 0xFF, 0xFF, size >> 8, size & 0xFF, -((size >> 8) + size) & 0xFF))
    tail = bytes((-sum(payload) & 0xFF, 0))
    if bare:
        return head[1:] + bytes(payload) + tail[:1]
    return head + bytes(payload) + tail


class FrameParser:
    """Takes the host's bytes one by one; calls `sink(kind, payload)` for each frame that ends.

    `payload` is a bytearray (TFI first) for GOT_FRAME and None for the others.  Bytes before a start code are
    skipped, as the chip does.  GOT_BROKEN reports a wrong length or data checksum.
    """

    def __init__(self, sink):
        self._sink = sink
        self._state = _SEEK_00
        self._len = 0
        self._sum = 0
        self._body = None

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._state = _SEEK_00
        self._body = None

    def inside(self) -> bool:
        """True while a frame has begun and has not ended."""
        return self._state > _SEEK_FF

    def _end(self, kind: int, payload=None) -> None:
        self.reset()
        self._sink(kind, payload)

    def _begin_body(self) -> None:
        if not 1 <= self._len <= MAX_LEN:
            self._end(GOT_BROKEN)
            return
        self._body = bytearray()
        self._sum = 0
        self._state = _BODY

    def feed(self, byte: int) -> None:
        """Take one byte."""
        state = self._state
        if state == _BODY:
            self._body.append(byte)
            self._sum += byte
            if len(self._body) == self._len:
                self._state = _DCS
        elif state == _SEEK_00:
            if byte == 0:
                self._state = _SEEK_FF
        elif state == _SEEK_FF:
            if byte == 0xFF:
                self._state = _LEN
            elif byte != 0:
                self._state = _SEEK_00
        elif state == _LEN:
            self._len = byte
            self._state = _LCS
        elif state == _LCS:
            if self._len == 0 and byte == 0xFF:
                self._end(GOT_ACK)
            elif self._len == 0xFF and byte == 0:
                self._end(GOT_NACK)
            elif self._len == 0xFF and byte == 0xFF:
                self._state = _LEN_M
            elif (self._len + byte) & 0xFF == 0:
                self._begin_body()
            else:
                self._end(GOT_BROKEN)
        elif state == _LEN_M:
            self._len = byte << 8
            self._state = _LEN_L
        elif state == _LEN_L:
            self._len |= byte
            self._state = _LCS_X
        elif state == _LCS_X:
            if ((self._len >> 8) + self._len + byte) & 0xFF:
                self._end(GOT_BROKEN)
            else:
                self._begin_body()
        else:
            body = self._body
            if (self._sum + byte) & 0xFF:
                self._end(GOT_BROKEN)
            else:
                self._end(GOT_FRAME, body)
