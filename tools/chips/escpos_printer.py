"""Model of a thermal receipt printer of 58 mm on a serial line: buffer, status, mechanism, paper; its language: escpos_language.

Written from Epson's ESC/POS command reference: DLE EOT n (real-time status, answered when it comes, also off line), GS r and
ESC v (answered when the buffer has come to them, so not off line), DLE DC4 8 (what waits is forgotten), and from the
descriptions of its receive buffer and busy signal; the figures (384 dots, 8 a millimetre, 50 mm a second, 4 kB) are those of the
usual printers of 58 mm.

    printer = EscposPrinter(now_us, after_us, send, paper)
        now_us() -> int, after_us(delay, action)   the world's time
        send(data: bytes)                          what the printer transmits, when its last bit is on the line
        paper(item: dict)                          what comes out: an item of escpos_language, with a "part" of 0…1 if cut short
    printer.receive(data, baud)                    bytes of the host, the first one beginning now
    printer.busy()                                 its BUSY line: 1 while it must not be sent anything but DLE EOT

A person's hand: `paper_left` (dots; 0: none), `load()`, `open_lid()`, `close_lid()`, `heat(on)`, `power_off()`, `power_on()`.
"""

from . import escpos_language as language

BUFFER = 4096
_STOP = 128  # bytes of room below which it is busy, and above which it is not any more
_GO = 256
_US_A_DOT = 2500  # 50 mm/s, 8 dots a millimetre
_NEAR_END = 800  # dots: 10 cm
_ROLL = 240000  # 30 m
_EOT = b"\x10\x04"
_CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"


class EscposPrinter:
    """One printer; `chinese`: it has GB 18030 in its ROM.  `slow` multiplies the time that a dot takes."""

    def __init__(self, now_us, after_us, send, paper, chinese=True, baud=9600, slow=1):
        self.now_us = now_us
        self._after = after_us
        self._send = send
        self._paper = paper
        self.chinese = chinese
        self.baud = baud
        self._us_a_dot = int(_US_A_DOT * slow)
        self.paper_left = _ROLL
        self.lid_open = False
        self.hot = False
        self.broken = False  # an error that only service mends
        self.overrun = 0  # bytes that found no room
        self._life = 0
        self.on = False
        self.power_on()

    # a person's hand ------------------------------------------------------------------------

    def power_on(self) -> None:
        """Nothing is known of what was before."""
        if self.on:
            return
        self.on = True
        self._life += 1
        self.settings = language.Settings(self.chinese)
        self._ring = bytearray(BUFFER)
        self._head = self._count = 0
        self._full = False
        self._program = language.program(self.settings)
        self._wanted = next(self._program)
        self._moving = None  # (item, began, how long)
        self._come = bytearray()  # of a real-time command
        self._flight = []  # bytes on the line
        self._heard_until = self._free_at = 0

    def power_off(self) -> None:
        """In the middle of a line too: then a part of it is on the paper."""
        self._cut_short()
        self.on = False

    def load(self, dots: int = _ROLL) -> None:
        """A new roll, with the lid closed."""
        self.paper_left = dots
        self.close_lid()

    def open_lid(self) -> None:
        self._cut_short()
        self.lid_open = True

    def close_lid(self) -> None:
        self.lid_open = False
        self._work()

    def heat(self, on: bool) -> None:
        """The head's temperature is too high, or has fallen."""
        self.hot = on
        self._work()

    def _cut_short(self) -> None:
        if self._moving and self.on:
            item, began, takes = self._moving
            part = min(1, (self.now_us() - began) / takes) if takes else 1
            self._moving = None
            self._life += 1  # the motion's end does not come
            cut = dict(item)
            cut["part"] = part
            self._put(cut if part < 1 else item)

    # the line -------------------------------------------------------------------------------

    def receive(self, data, baud: int = 0) -> None:
        """They arrive one after another at the line's pace."""
        if not self.on:
            return
        rate = baud or self.baud
        start = max(self.now_us(), self._heard_until)
        spoiled = abs(rate - self.baud) * 20 > self.baud
        self._heard_until = start + 10000000 * len(data) // rate
        for at in range(0, len(data), 16):
            part = bytes(data[at : at + 16])
            due = start + 10000000 * (at + len(part)) // rate - self.now_us()
            self._flight.append((part, spoiled))
            self._after(max(due, 0), self._heard)

    def _heard(self) -> None:
        """The next bytes are in: in the order in which they were sent, whichever alarm rings first."""
        if not self.on or not self._flight:
            return
        part, spoiled = self._flight.pop(0)
        for byte in part:
            self._take(byte ^ 0xA5 if spoiled else byte)
        self._work()

    def _take(self, byte: int) -> None:
        # Real-time commands are found in whatever comes, before it goes into the buffer.
        come = self._come
        come.append(byte)
        if len(come) == 3 and come[:2] == _EOT and 1 <= byte <= 4:
            self._answer(self.status(byte))
        elif come == _CLEAR:
            self._forget()
            return
        if not (_CLEAR.startswith(bytes(come)) or _EOT.startswith(bytes(come))):
            self._come = bytearray((byte,) if byte == _EOT[0] else ())
        if self._count == BUFFER:
            self.overrun += 1
            return
        self._ring[(self._head + self._count) % BUFFER] = byte
        self._count += 1

    def _forget(self) -> None:
        """DLE DC4 8: receive and print buffer are empty; settings stay."""
        self._head = self._count = 0
        self._come = bytearray()
        self._program = language.program(self.settings)
        self._wanted = next(self._program)

    def busy(self) -> int:
        """Level of BUSY: high while it is off line or its buffer is nearly full."""
        room = BUFFER - self._count
        self._full = room < (_GO if self._full else _STOP)
        return 1 if not self.on or self._full or self.off_line() else 0

    # status ---------------------------------------------------------------------------------

    def off_line(self) -> bool:
        """Does it print nothing now?"""
        return self.lid_open or self.paper_left <= 0 or self.hot or self.broken

    def status(self, n: int) -> int:
        """The byte that DLE EOT n transmits: bits 1 and 4 are on in each, 0 and 7 off."""
        byte = 0x12
        if n == 1:
            byte |= 0x08 if self.off_line() else 0
        elif n == 2:
            byte |= (0x04 if self.lid_open else 0) | (0x20 if self.paper_left <= 0 else 0)
            byte |= 0x40 if self.hot or self.broken else 0
        elif n == 3:
            byte |= (0x20 if self.broken else 0) | (0x40 if self.hot else 0)
        else:
            byte |= (0x0C if self.paper_left <= _NEAR_END else 0) | (0x60 if self.paper_left <= 0 else 0)
        return byte

    def _answer(self, byte: int) -> None:
        begin = max(self.now_us(), self._free_at)
        self._free_at = begin + 10000000 // self.baud

        def sent():
            if self.on:
                self._send(bytes((byte,)))

        self._after(self._free_at - self.now_us(), sent)

    # the mechanism --------------------------------------------------------------------------

    def _work(self) -> None:
        """Take bytes out of the buffer until something moves, or there are no more."""
        while self.on and not self._moving and not self.off_line():
            wanted = self._wanted
            if wanted is None:
                if not self._count:
                    return
                byte = self._ring[self._head]
                self._head = (self._head + 1) % BUFFER
                self._count -= 1
                self._wanted = self._program.send(byte)
                continue
            self._wanted = next(self._program)
            if isinstance(wanted, tuple):
                self._tell(wanted[1])
            else:
                self._move(wanted)

    def _tell(self, what: str) -> None:
        near = 0x03 if self.paper_left <= _NEAR_END else 0
        self._answer({"paper": near, "drawer": 0, "model": 0x20}[what])

    def _move(self, item) -> None:
        dots = _dots(item)
        if not dots:
            self._put(item)
            return
        takes = dots * self._us_a_dot
        self._moving = (item, self.now_us(), takes)
        life = self._life

        def done():
            if life == self._life and self._moving:
                self._moving = None
                self._put(item)
                self._work()

        self._after(takes, done)

    def _put(self, item) -> None:
        self.paper_left -= int(_dots(item) * item.get("part", 1))
        self._paper(item)


def _dots(item) -> int:
    """How far the paper moves for an item."""
    kind = item["kind"]
    if kind == "line":
        return item["high"]
    if kind == "feed":
        return item["dots"]
    if kind == "dots":
        return len(item["data"]) // 2 // max(item["across"], 1) * item["high"]
    return 160 if kind == "bars" else 0
