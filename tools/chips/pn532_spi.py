"""SPI side of the PN532 (UM 6.2.4, data sheet 8.3.4): mode 0, least significant bit first, at most 5 MHz.

    spi = Pn532Spi(chip)
    spi.select()                 NSS goes low.  When the chip sleeps this begins to wake it; it must stay low 2 ms.
    spi.xchg(mosi) -> miso       one byte, as its logical value on an LSB-first bus.  A bench whose master runs MSB
                                 first passes reversed(mosi) and reverses the answer: such a driver then has to
                                 reverse its own bytes, as on the real bus.
    spi.deselect()               NSS goes high; ends whatever was going on

First byte of a selection: 02 status read (every further byte: 01 a frame waits, 00 not), 01 data write (bytes of
a host frame follow), 03 data read (bytes of the waiting frame follow, then zeros).  A status read may be repeated in
one selection.  A frame counts as read once a byte of it was clocked out and NSS goes high.
"""

WAKE_LOW_US = 2000

_IDLE, _STATUS, _WRITE, _READ, _IGNORE = range(5)


def reversed_bits(byte: int) -> int:
    """The byte with its bits in the other order."""
    byte = (byte & 0xF0) >> 4 | (byte & 0x0F) << 4
    byte = (byte & 0xCC) >> 2 | (byte & 0x33) << 2
    return (byte & 0xAA) >> 1 | (byte & 0x55) << 1


class Pn532Spi:
    """The slave."""

    pushes = False
    strap = 2

    def __init__(self, chip):
        self.chip = chip
        chip.front = self
        self._low_since = None
        self._asleep = False
        self.reset()

    def reset(self) -> None:
        """The chip was reset: forget the transfer."""
        self._mode = _IGNORE if self._low_since is not None else _IDLE
        self._frame = None
        self._at = 0

    def select(self) -> None:
        """NSS low."""
        if self._low_since is not None:
            return
        self.chip.tick()
        self._low_since = self.chip.now_us()
        self._asleep = not self.chip.awake
        self._mode = _IGNORE if self._asleep else _IDLE
        self._frame = None
        self._at = 0

    def deselect(self) -> None:
        """NSS high."""
        if self._low_since is None:
            return
        chip = self.chip
        chip.tick()
        if not chip.awake:
            if self._low_long_enough():
                chip.wake(0x20, 0)
        elif self._mode == _READ and self._at:
            if self._frame is not None:
                chip.taken()
        self._low_since = None
        self._mode = _IDLE
        chip.parser.reset()

    def _low_long_enough(self) -> bool:
        return self.chip.now_us() - self._low_since >= int(WAKE_LOW_US * min(1, self.chip.scale))

    def xchg(self, mosi: int) -> int:
        """Clock one byte both ways."""
        mode = self._mode
        if self._low_since is None:
            return 0xFF
        if mode == _IGNORE:
            if self._asleep and self._low_long_enough():
                # Held low long enough before the first byte: this very selection is heard.
                self._asleep = False
                self.chip.wake(0x20, 0)
                mode = self._mode = _IDLE
            else:
                return 0xFF
        if mode == _WRITE:
            self.chip.take(mosi)
            return 0
        if mode == _READ:
            frame = self._frame
            if frame is None or self._at >= len(frame):
                return 0
            self._at += 1
            return frame[self._at - 1]
        if mode == _STATUS and mosi not in (1, 3):
            return 1 if self.chip.waiting() is not None else 0
        if mosi == 2:
            self._mode = _STATUS
        elif mosi == 1:
            self.chip.tick()
            self.chip.parser.reset()
            self._mode = _WRITE
        elif mosi == 3:
            self._frame = self.chip.waiting()
            self._at = 0
            self._mode = _READ
        else:
            # A byte that is no command, such as the dummy byte of a wake-up.
            self._mode = _IGNORE
        return 0
