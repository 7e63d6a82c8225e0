"""Frames of the PN532: building into a buffer, finding one in the bytes that arrive.

Source: NXP UM0701-02 (PN532 user manual), 6.2.1.  Pure: no bus, no clock, no allocation per frame but slices.

    normal    00 00 FF LEN LCS TFI data… DCS 00           LEN + LCS = 0 mod 256, LEN counts TFI
    extended  00 00 FF FF FF LENm LENl LCS TFI data… DCS 00
    ACK       00 00 FF 00 FF 00        NACK  00 00 FF FF 00 00        error  00 00 FF 01 FF 7F 81 00
"""

from ...core.errors import CodecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.kinds import Buffer


ACK = 1
NACK = 2
DATA = 3
ERROR = 4

MAX_DATA = 262
"""Data bytes of one InDataExchange, either way (UM0701-02, 7.3.8)."""

MAX_FRAME = 275
"""Bytes of the longest frame: extended header 8, TFI + command + Tg or status 3, MAX_DATA, DCS, postamble."""

# Byte 0 is the SPI "data write" prefix: every buffer for sending has it, the other buses skip it.
ACK_FRAME = b"\x01\x00\x00\xff\x00\xff\x00"
NACK_FRAME = b"\x01\x00\x00\xff\xff\x00\x00"

# Bytes before a start code that are noise, a ready byte or the tail of something else, not a dead line.
_JUNK = 24
_HEADER = 5


class FrameError(CodecError):
    """Bytes that are no frame: start code, LEN, LCS, TFI, DCS or the end is wrong (`what` says which)."""

    def __init__(self, what: str, offset: int = -1):
        super().__init__("PN532 frame", what, offset)


def build(buffer: "bytearray | memoryview", at: int, code: int, head: "Buffer" = b"", data: "Buffer" = b"") -> int:
    """Write the command frame D4 `code` `head` `data` to `buffer` from `at`; returns the end of the frame.

    More than 253 bytes after D4 and the code make it an extended frame.  Raises FrameError when the
    payload or the buffer is too short for it.
    """
    heads = len(head)
    size = 2 + heads + len(data)
    if size > MAX_DATA + 3:
        raise FrameError("payload of " + str(size) + " bytes is more than a frame holds")
    extended = size > 255
    end = at + size + (10 if extended else 7)
    if end > len(buffer):
        raise FrameError("buffer of " + str(len(buffer)) + " bytes is too short")
    buffer[at] = buffer[at + 1] = 0
    buffer[at + 2] = 0xFF
    if extended:
        buffer[at + 3] = buffer[at + 4] = 0xFF
        buffer[at + 5] = size >> 8
        buffer[at + 6] = size & 0xFF
        buffer[at + 7] = -((size >> 8) + size) & 0xFF
        at += 8
    else:
        buffer[at + 3] = size
        buffer[at + 4] = -size & 0xFF
        at += 5
    buffer[at] = 0xD4
    buffer[at + 1] = code
    body = at + 2 + heads
    buffer[at + 2 : body] = head
    buffer[body : at + size] = data
    buffer[at + size] = -(0xD4 + code + sum(head) + sum(data)) & 0xFF
    buffer[at + size + 1] = 0
    return end


class FrameReader:
    """Finds one frame of the chip in a buffer that grows as bytes arrive.

    `need = begin(at)`, then as long as `need`: put at most `need` bytes at `view[have:]` and call
    `need = advance(count)`.  It never asks beyond the end of the frame, so nothing that follows is
    swallowed.  Then `kind` is ACK, NACK, ERROR or DATA; of DATA `code` is the response code and
    `view[first:last]` what follows it; `end` is the end of the frame.
    """

    def __init__(self, buffer: "bytearray | memoryview"):
        self.buffer = buffer
        self.view = memoryview(buffer)
        self.begin()

    def begin(self, at: int = 0) -> int:
        """Start with an empty frame at `at`; returns the bytes up to LEN and LCS."""
        self.have = self._at = self._scan = at
        self._body = 0
        self.kind = 0
        self.code = 0
        self.final = False
        self.first = self.last = self.end = at
        return _HEADER

    def advance(self, count: int) -> int:
        """`count` bytes have arrived: how many more are needed at least, 0 when the frame is whole.

        `final` tells that the bytes asked for are the last.  Raises FrameError as soon as the bytes
        cannot become a frame.
        """
        self.have = have = self.have + count
        buffer = self.buffer
        body = self._body
        if not body:
            body = self._find(buffer, have)
            if not body:
                need = 3 if have > self._at and buffer[have - 1] == 0 else 4
                self._bounded(have + need)
                return need
            self._body = body
        if have < body + 2:
            return body + 2 - have
        size = buffer[body]
        check = buffer[body + 1]
        if (size == 0 and check == 0xFF) or (size == 0xFF and check == 0):
            return self._short(ACK if check else NACK, body + 3)
        if size == 0xFF and check == 0xFF:
            if have < body + 5:
                return self._bounded(body + 5) - have
            size = buffer[body + 2] << 8 | buffer[body + 3]
            check = buffer[body + 2] + buffer[body + 4]
            body += 3
        if (size + check) & 0xFF:
            raise FrameError("LCS is wrong", body + 1 - self._at)
        if not size:
            raise FrameError("LEN is zero", body - self._at)
        body += 2
        # DCS and postamble must be there: zeros read past a cut frame would pass the checksum.
        end = body + size + 2
        if have < end:
            self.final = True
            return self._bounded(end) - have
        return self._whole(body, size, end)

    def _find(self, buffer: "bytearray | memoryview", have: int) -> int:
        scan = self._scan
        while scan + 1 < have:
            if buffer[scan + 1] == 0xFF and buffer[scan] == 0:
                return scan + 2
            scan += 1
        self._scan = scan
        if have - self._at > _JUNK:
            raise FrameError("no start code", 0)
        return 0

    def _bounded(self, end: int) -> int:
        if end > len(self.buffer):
            raise FrameError("LEN is more than the buffer holds", self._body - self._at)
        return end

    def _short(self, kind: int, end: int) -> int:
        if self.have < end:
            self.final = True
            return self._bounded(end) - self.have
        self.kind = kind
        self.end = end
        return 0

    def _whole(self, body: int, size: int, end: int) -> int:
        if sum(self.view[body : end - 1]) & 0xFF:
            raise FrameError("DCS is wrong", end - 2 - self._at)
        tfi = self.buffer[body]
        if tfi == 0x7F and size == 1:
            self.kind = ERROR
        elif tfi == 0xD5 and size >= 2:
            self.kind = DATA
            self.code = self.buffer[body + 1]
            self.first = body + 2
            self.last = body + size
        else:
            raise FrameError("TFI is wrong", body - self._at)
        self.end = end
        return 0


def parse(data: "Buffer") -> FrameReader:
    """The first frame in the bytes `data`, as a finished FrameReader over a copy.

    Raises FrameError, also when the bytes end before the frame does.
    """
    left = len(data)
    buffer = bytearray(left + MAX_FRAME)
    buffer[:left] = data
    reader = FrameReader(buffer)
    need = reader.begin()
    while need:
        if left <= 0:
            raise FrameError("no start code" if not reader._body else "cut short", len(data))
        count = need if need < left else left
        left -= count
        need = reader.advance(count)
    return reader
