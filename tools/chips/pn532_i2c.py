"""I2C side of the PN532 (UM 6.2.3): slave 24 (7 bits), up to 400 kHz.

    i2c = Pn532I2c(chip)
    i2c.write(data) -> int       bytes acknowledged; -1 when the address itself is not (asleep, or digesting a command)
    i2c.read(count) -> bytes     or None when the address is not acknowledged

Every read begins with the status byte: 01 a frame waits, 00 not (then only zeros follow).  Reading the status byte
alone leaves the frame; reading further takes the frame, cut off or filled up with zeros, and a host that wants it
again sends NACK.  An address while asleep is not acknowledged and wakes the chip.
"""

ADDRESS = 0x24


class Pn532I2c:
    """The slave."""

    pushes = False
    strap = 1

    def __init__(self, chip):
        self.chip = chip
        chip.front = self

    def reset(self) -> None:
        """The chip was reset: no transfer outlives its call."""

    def _there(self) -> bool:
        chip = self.chip
        if not chip.awake:
            chip.wake(0x80)
            return False
        return not chip.digesting()

    def write(self, data) -> int:
        """START, address + W, data, STOP."""
        if not self._there():
            return -1
        self.chip.parser.reset()
        for byte in data:
            self.chip.take(byte)
        return len(data)

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
