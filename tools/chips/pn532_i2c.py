"""I2C side of the PN532 (UM 6.2.4): slave 24 (7 bits), up to 400 kHz.

    i2c = Pn532I2c(chip)
    i2c.write(data) -> int       bytes acknowledged; -1 when the address itself is not (digesting a command)
    i2c.read(count) -> bytes     or None when the address is not acknowledged
    i2c.held_us                  how long the chip held the clock (SCL) within the transfer that was just made

Every read begins with the status byte: 01 a frame waits, 00 not (then only zeros follow).  Reading the status byte
alone leaves the frame; reading further takes the frame, cut off or filled up with zeros, and a host that wants it
again sends NACK.

The address wakes a sleeping chip, which holds the clock until it is awake and then takes the transfer (UM 7.2.11): a
driver may send its first command straight away.  The model cannot make its master wait: it says by `held_us` how long
that would have been, takes what was written at that moment, and answers a read as of then (nothing waits).  With
`faults.nack_asleep` a sleeping chip refuses its address, which wakes it all the same.
"""

ADDRESS = 0x24
_WAKES = 0x80


class Pn532I2c:
    """The slave."""

    pushes = False
    strap = 1

    def __init__(self, chip):
        self.chip = chip
        chip.front = self
        self.held_us = 0

    def reset(self) -> None:
        """The chip was reset: no transfer outlives its call."""

    def _there(self) -> bool:
        """Is the address acknowledged?"""
        chip = self.chip
        self.held_us = 0
        if chip.awake:
            return not chip.digesting()
        chip.wake(_WAKES)
        if not chip.waking() or chip.faults.nack_asleep:
            return False
        self.held_us = max(0, chip.awake_at - chip.now_us())
        return True

    def write(self, data) -> int:
        """START, address + W, data, STOP."""
        if not self._there():
            return -1
        data = bytes(data)
        if self.held_us:
            self.chip.after_us(self.held_us, lambda: self._take(data))
        else:
            self._take(data)
        return len(data)

    def _take(self, data: bytes) -> None:
        self.chip.parser.reset()
        for byte in data:
            self.chip.take(byte)

    def read(self, count: int):
        """START, address + R, `count` bytes, STOP."""
        if not self._there():
            return None
        frame = self.chip.waiting()
        if frame is None:
            return bytes(count)
        if count <= 1:
            return b"\x01"[:count]
        part = frame[: count - 1]
        self.chip.taken()
        return b"\x01" + part + bytes(count - 1 - len(part))
