"""A keypad's lines at a PCF8574 or PCF8574A: eight pins on I2C, for a board that has none left.

A pin that is written 1 is pulled up weakly and can be read; written 0 it is held low.  So rows and columns need nothing else:
the chip is what drivers.keypad wants of a matrix.  Source: NXP data sheet PCF8574; PCF8574A, sections 8.1 to 8.4.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import I2C


class Pcf8574:
    """The chip at `address` (0x20–0x27, a PCF8574A 0x38–0x3F) of an I2C of at most 100 kHz, with a key matrix at its pins.

    `rows` and `columns` are numbers of pins, 0 to 7, top to bottom and left to right.  What the bus refuses is counted in
    `faults` and no key: a terminal without a keypad still settles what is open, and a chip that is back is set up again.
    """

    def __init__(self, i2c: "I2C", address: int, rows: "list[int]", columns: "list[int]"):
        self.rows = len(rows)
        self.columns = len(columns)
        self.faults = 0
        self._i2c = i2c
        self._address = address
        self._row_bits = bytes([1 << pin for pin in rows])
        self._column_bits = bytes([1 << pin for pin in columns])
        self._latch = bytearray((0xFF,))
        self._seen = bytearray(1)
        self._all_rows = sum(self._row_bits)
        self._silent = False

    def drive(self, row: int, level: int) -> None:
        """Hold a row low (0) or let it go (1)."""
        if level:
            self._latch[0] |= self._row_bits[row]
        else:
            self._latch[0] &= ~self._row_bits[row]
        self._write()

    def rest(self) -> None:
        """Hold every row low."""
        self._latch[0] &= ~self._all_rows
        self._write()

    def read(self) -> int:
        """The columns that are low, a bit each, the leftmost the highest."""
        try:
            self._i2c.readfrom_into(self._address, self._seen)
        except OSError as error:
            self._fault(error)
            return 0
        seen = self._seen[0]
        if seen & ~self._latch[0] & 0xFF:  # what is held low reads high: the chip lost its power and has forgotten it
            self._write()
            return 0
        found = 0
        for bit in self._column_bits:
            found <<= 1
            if not seen & bit:
                found |= 1
        return found

    def _write(self) -> None:
        try:
            self._i2c.writeto(self._address, self._latch)
        except OSError as error:
            self._fault(error)
        else:
            self._silent = False

    def _fault(self, error: OSError) -> None:
        self.faults += 1
        if not self._silent:  # told once for each time that it is away
            self._silent = True
            print("keypad: the PCF8574 at 0x%02X does not answer:" % self._address, error)
