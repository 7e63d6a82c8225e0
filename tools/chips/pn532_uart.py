"""High-speed UART of the PN532 (UM 6.2.2): 8N1, 115,200 baud after reset.

    uart = Pn532Uart(chip, send)
        send(data: bytes)        called with what the chip sends, when its last bit is on the line
    uart.receive(data, baud)     bytes of the host, the first one beginning now, sent at `baud`
    uart.baud                    the chip's own rate; a host at another rate is heard as rubbish and hears rubbish

A sleeping chip wakes at the fifth rising edge of its receive line and needs a moment; bytes until then are lost.
That is what the preamble 55 55 00 00 00 … before the first command is for.
"""

_EDGES_TO_WAKE = 5


def _rising_edges(byte: int) -> int:
    """Rising edges of start bit (0), eight data bits LSB first, stop bit (1)."""
    line, edges = 0, 0
    for bit in range(9):
        level = byte >> bit & 1 if bit < 8 else 1
        if level and not line:
            edges += 1
        line = level
    return edges


class Pn532Uart:
    """The chip's serial port."""

    pushes = True
    strap = 0

    def __init__(self, chip, send):
        self.chip = chip
        self.send = send
        chip.front = self
        self.reset()

    def reset(self) -> None:
        """After reset."""
        self.baud = 115200
        self._edges = 0
        self._free_at = 0
        self._heard_until = 0

    def set_baud(self, rate: int) -> None:
        """SetSerialBaudrate takes effect."""
        self.baud = rate

    def receive(self, data, baud: int = 0) -> None:
        """Bytes of the host; they arrive one after another at the line's pace."""
        chip = self.chip
        chip.tick()
        rate = baud or self.baud
        start = max(chip.now_us(), self._heard_until)
        span = 10000000 * len(data) // rate
        self._heard_until = start + span
        spoiled = abs(rate - self.baud) * 20 > self.baud
        data = bytes(data)
        if chip.awake:
            # Awake: what counts is when the last byte is in.
            chip.after_us(self._heard_until - chip.now_us(), lambda: self._all(data, spoiled))
        else:
            for at in range(len(data)):
                due = start + 10000000 * (at + 1) // rate - chip.now_us()
                chip.after_us(due, lambda byte=data[at]: self._one(byte, spoiled))

    def _all(self, data: bytes, spoiled: bool) -> None:
        for byte in data:
            self._one(byte, spoiled)

    def _one(self, byte: int, spoiled: bool) -> None:
        chip = self.chip
        if chip.asleep():
            self._edges += _rising_edges(byte)
            if self._edges >= _EDGES_TO_WAKE:
                self._edges = 0
                chip.wake(0x10)
            return
        chip.take(byte ^ 0xA5 if spoiled else byte)

    def push(self, frame: bytes) -> None:
        """A frame is ready: send it at once, after what is still on the line."""
        chip = self.chip
        begin = max(chip.time(), self._free_at)
        self._free_at = begin + 10000000 * len(frame) // self.baud
        chip.after_us(self._free_at - chip.time(), lambda: self._sent(frame))

    def _sent(self, frame: bytes) -> None:
        # An abort in between has taken the frame back.
        if self.chip.waiting() is frame:
            self.chip.taken()
            self.send(frame)
