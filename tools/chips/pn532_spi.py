"""SPI side of the PN532 (UM 6.2.5, data sheet 8.3.4): mode 0, least significant bit first, at most 5 MHz.

    spi = Pn532Spi(chip)
    spi.select()                 NSS goes low; this wakes a sleeping chip, which listens a moment later (UM 7.2.11)
    spi.xchg(mosi) -> miso       one byte, as its logical value on an LSB-first bus.  A bench whose master runs MSB
                                 first passes reversed(mosi) and reverses the answer: such a driver then has to
                                 reverse its own bytes, as on the real bus.  A chip that sleeps leaves MISO high: FF.
    spi.deselect()               NSS goes high; ends whatever was going on

First byte of a selection: 02 status read (every further byte: 01 a frame waits, 00 not), 01 data write (bytes of
a host frame follow), 03 data read (bytes of the waiting frame follow, then zeros).  A status read may be repeated in
one selection.

A frame counts as read once its last byte was clocked out and NSS goes high.  Of one that was read in part the next data
read brings the rest: what goes out with the first byte of any selection is the byte that stands in the output register,
the next one of the frame, and only the 03 of a data read moves on.  So a full-duplex master finds that byte beside its
03, and one that cannot listen while it sends fetches it before, in a selection without a command (both recorded in
libnfc's drivers/pn532_spi.c).
"""

_WAKES = 0x20

_IDLE, _ASLEEP, _STATUS, _WRITE, _READ, _IGNORE = range(6)


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
        self._low = False
        self.reset()

    def reset(self) -> None:
        """The chip was reset: forget the transfer."""
        self._mode = _IGNORE if self._low else _IDLE
        self._frame = None

    def select(self) -> None:
        """NSS low."""
        if self._low:
            return
        chip = self.chip
        self._low = True
        self._mode = _IDLE
        self._frame = None
        if not chip.awake:
            chip.wake(_WAKES)
            self._mode = _ASLEEP

    def deselect(self) -> None:
        """NSS high."""
        if not self._low:
            return
        chip = self.chip
        chip.tick()
        if self._frame is not None and chip.waiting() is self._frame and chip.read_on >= len(self._frame):
            chip.taken()
        self._low = False
        self._mode = _IDLE
        self._frame = None
        chip.parser.reset()

    def _register(self) -> int:
        """What stands in the output register: the next byte of a frame that was read in part, else whether one waits."""
        chip = self.chip
        frame = chip.waiting()
        if frame is None:
            return 0
        return frame[chip.read_on] if chip.read_on else 1

    def xchg(self, mosi: int) -> int:
        """Clock one byte both ways."""
        chip = self.chip
        mode = self._mode
        if not self._low:
            return 0xFF
        if mode == _ASLEEP:
            if not chip.awake:
                return 0xFF
            mode = self._mode = _IDLE  # held low until the chip was awake: this very selection is heard
        if mode == _WRITE:
            chip.take(mosi)
            return 0
        if mode == _READ:
            frame = self._frame
            if frame is None or chip.read_on >= len(frame):
                return 0
            chip.read_on += 1
            return frame[chip.read_on - 1]
        if mode == _STATUS and mosi not in (1, 3):
            return 1 if chip.waiting() is not None else 0
        miso = self._register()
        if mode == _IGNORE:
            return miso
        if mosi == 2:
            self._mode = _STATUS
        elif mosi == 1:
            chip.parser.reset()
            self._mode = _WRITE
        elif mosi == 3:
            self._mode = _READ
            self._frame = chip.waiting()
            if self._frame is not None and chip.read_on:
                chip.read_on += 1  # that byte went out beside the 03
        else:
            # A byte that is no command, such as the dummy byte of a wake-up.
            self._mode = _IGNORE
        return miso
