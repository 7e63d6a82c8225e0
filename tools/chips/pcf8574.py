"""Model of the PCF8574 and PCF8574A, eight quasi-bidirectional pins on I2C.

Written from NXP's data sheet PCF8574; PCF8574A (rev 5): section 7.1 (addresses), 8.1 (quasi-bidirectional I/Os), 8.2 (writing),
8.3 (reading), 8.4 (power-on: all pins high), 8.5 (interrupt), 12 (SCL at most 100 kHz); Texas Instruments' SCPS068 says the same.

A pin whose latch is 0 is held low.  One whose latch is 1 is pulled up weakly (about 100 µA) and may be pulled low from outside.
That a rising pin is driven hard for a moment is not modelled, nor are times: a byte on the bus takes longer than a pin's rise.
"""

from . import keymatrix

ADDRESSES = (tuple(range(0x20, 0x28)), tuple(range(0x38, 0x40)))  # of the PCF8574 and of the PCF8574A, by A2 A1 A0
FASTEST = 100_000  # Hz of SCL
PINS = ("P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7")


class Pcf8574:
    """One chip.  `level(pin)` is what pin "P0" … "P7" sees outside (the chip's own part in it included), `changed()` is called
    when its outputs may have changed."""

    fastest = FASTEST

    def __init__(self, level, changed):
        self._level = level
        self._changed = changed
        self.power_on()

    def power_on(self) -> None:
        """All latches are 1: every pin may be an input."""
        self.latch = 0xFF
        self._known = 0xFF  # the levels at the last reading or writing: what the interrupt compares with
        self._changed()

    def drive(self, pin: str) -> int:
        """What the chip does to a pin, in the words of keymatrix."""
        return keymatrix.PULLED_UP if self.latch >> int(pin[1]) & 1 else keymatrix.LOW

    def levels(self) -> int:
        """A bit a pin, P0 the lowest."""
        found = 0
        for at in range(8):
            found |= self._level(PINS[at]) << at
        return found

    def interrupt(self) -> int:
        """Level of INT (open drain, pulled up outside): low while an input differs from what was last read or written."""
        return 1 if self.levels() == self._known else 0

    # I2C ------------------------------------------------------------------------------------

    def i2c_write(self, data) -> None:
        """Each byte goes to the pins in turn."""
        for byte in data:
            self.latch = byte
            self._changed()
        self._known = self.levels()

    def i2c_read(self, count: int) -> bytes:
        """Each byte is what the pins are at its time."""
        self._known = self.levels()
        return bytes([self._known]) * count
