"""Model of the SSD1306 OLED controller with a panel of 128×64 or 128×32, on I2C.

Written from Solomon Systech's data sheet SSD1306 rev 1.1: section 8.1.5 (I2C control byte), 8.7
(GDDRAM), 9 (command table) and 10 (descriptions).  The panel is glued to the chip as on the usual
modules: the picture stands upright when the driver sets segment re-map (A1) and COM scan from the
last line (C8), and it is lit only while the charge pump (8D 14) and the display (AF) are on.  A panel of 64 rows takes every
second one from the other side of the chip (alternative COM pins, DA 12), one of 32 has them in turn (sequential, DA 02); set
otherwise, rows stand where they do not belong.

Not modelled: continuous scrolling (26…2F are taken and remembered, the picture stands still).
"""

WIDTH = 128
HEIGHT = 64

# Commands that take arguments, as pairs (command, number of arguments): section 9, table 9-1.
_ARGUMENTS = (
    b"\x20\x01\x21\x02\x22\x02\x26\x06\x27\x06\x29\x05\x2a\x05\x81\x01"
    b"\x8d\x01\xa3\x02\xa8\x01\xd3\x01\xd5\x01\xd9\x01\xda\x01\xdb\x01"
)


def _argument_count(command: int) -> int:
    for at in range(0, len(_ARGUMENTS), 2):
        if _ARGUMENTS[at] == command:
            return _ARGUMENTS[at + 1]
    return 0


class Ssd1306:
    """One display with a panel of `height` rows.

    `changed` turns true when the picture may have changed; the reader clears it.
    """

    def __init__(self, on_change=None, height=HEIGHT):
        self.height = height
        self.ram = bytearray(WIDTH * HEIGHT // 8)
        self._on_change = on_change
        self.written = 0  # bytes received, control bytes included
        self.identity = 0  # lower half of the status byte, which the data sheet leaves open: an SH1106 answers 8
        self.power_on()

    def power_on(self) -> None:
        """State after power-up (section 8.9): the GDDRAM holds whatever it likes."""
        for at in range(len(self.ram)):
            self.ram[at] = (at * 151 + (at >> 3) * 37) & 0xFF
        self.mode = 2
        self.column_start = 0
        self.column_end = WIDTH - 1
        self.page_start = 0
        self.page_end = 7
        self.column = 0
        self.page = 0
        self.start_line = 0
        self.offset = 0
        self.multiplex = 63
        self.alternative = True  # COM pins, reset value of DA
        self.contrast = 0x7F
        self.remap = False
        self.reverse = False
        self.all_on = False
        self.inverse = False
        self.on = False
        self.pump = False
        self.scrolling = False
        self.unknown = 0  # commands that the data sheet does not have
        self._command = 0
        self._arguments = bytearray(6)
        self._wanted = 0
        self._have = 0
        self._touch()

    def _touch(self) -> None:
        self.changed = True
        if self._on_change:
            self._on_change()

    # I2C ------------------------------------------------------------------------------------

    def i2c_write(self, data) -> None:
        """One I2C write transaction after the address byte: control bytes, then commands or data."""
        self.written += len(data)
        at = 0
        end = len(data)
        while at < end:
            control = data[at]
            at += 1
            if control & 0x80:  # Co: exactly one byte follows, then another control byte
                stop = min(at + 1, end)
            else:
                stop = end
            if control & 0x40:
                self._data(data, at, stop)
            else:
                while at < stop:
                    self._take(data[at])
                    at += 1
            at = stop

    def i2c_read(self, count: int) -> bytes:
        """Status byte: bit 6 is set while the display is off."""
        return bytes([self.identity | (0 if self.on else 0x40)]) * count

    # commands -------------------------------------------------------------------------------

    def _take(self, byte: int) -> None:
        if self._wanted:
            self._arguments[self._have] = byte
            self._have += 1
            if self._have == self._wanted:
                self._wanted = 0
                self._execute(self._command)
            return
        self._command = byte
        self._have = 0
        self._wanted = _argument_count(byte)
        if not self._wanted:
            self._execute(byte)

    def _execute(self, command: int) -> None:
        a = self._arguments
        if command < 0x10:
            self.column = (self.column & 0x70) | command
        elif command < 0x20:
            self.column = (self.column & 0x0F) | ((command & 7) << 4)
        elif command == 0x20:
            self.mode = a[0] & 3
        elif command == 0x21:
            self.column_start = self.column = a[0] & 0x7F
            self.column_end = a[1] & 0x7F
        elif command == 0x22:
            self.page_start = self.page = a[0] & 7
            self.page_end = a[1] & 7
        elif command in (0x2E, 0x2F):
            self.scrolling = command == 0x2F
        elif 0xB0 <= command <= 0xB7:
            self.page = command & 7
        elif not self._set(command, a[0]) and command not in (
            0x26,
            0x27,
            0x29,
            0x2A,
            0xA3,
            0xD5,
            0xD9,
            0xDB,
            0xE3,
        ):
            self.unknown += 1

    def _set(self, command: int, value: int) -> bool:
        """Commands that change what is seen."""
        if 0x40 <= command <= 0x7F:
            self.start_line = command & 0x3F
        elif command == 0x81:
            self.contrast = value
        elif command == 0x8D:
            self.pump = bool(value & 4)
        elif command in (0xA0, 0xA1):
            self.remap = bool(command & 1)
            return True  # concerns only data written from now on
        elif command in (0xA4, 0xA5):
            self.all_on = bool(command & 1)
        elif command in (0xA6, 0xA7):
            self.inverse = bool(command & 1)
        elif command == 0xA8:
            self.multiplex = value & 0x3F
        elif command in (0xAE, 0xAF):
            self.on = bool(command & 1)
        elif 0xC0 <= command <= 0xCF:
            self.reverse = bool(command & 8)
        elif command == 0xDA:
            self.alternative = bool(value & 0x10)
        elif command == 0xD3:
            self.offset = value & 0x3F
        else:
            return False
        self._touch()
        return True

    # data -----------------------------------------------------------------------------------

    def _data(self, data, at: int, stop: int) -> None:
        ram = self.ram
        while at < stop:
            if self.mode != 1 and self.remap:  # a run along the page in one go
                last = self.column_end if self.mode == 0 else WIDTH - 1
                run = last - self.column + 1
                if run > 1 and stop - at > 1:
                    run = min(run, stop - at)
                    base = self.page * WIDTH + self.column
                    ram[base : base + run] = data[at : at + run]
                    at += run
                    self.column += run - 1
                    self._advance()
                    continue
            x = self.column if self.remap else WIDTH - 1 - self.column
            ram[self.page * WIDTH + x] = data[at]
            at += 1
            self._advance()
        self._touch()

    def _advance(self) -> None:
        if self.mode == 1:
            if self.page != self.page_end:
                self.page = (self.page + 1) & 7
                return
            self.page = self.page_start
            self.column = self.column_start if self.column == self.column_end else (self.column + 1) & 0x7F
        elif self.mode == 0:
            if self.column != self.column_end:
                self.column = (self.column + 1) & 0x7F
                return
            self.column = self.column_start
            self.page = self.page_start if self.page == self.page_end else (self.page + 1) & 7
        else:
            self.column = (self.column + 1) & 0x7F

    # the picture ----------------------------------------------------------------------------

    def frame(self):
        """What a person sees: 16 bytes a row, MONO_VLSB (a byte is 8 dots downwards, bit 0 on top).

        In the usual set-up this is the GDDRAM itself, not a copy.
        """
        size = WIDTH * self.height // 8
        if not (self.on and self.pump):
            return bytes(size)
        wired = self.alternative == (self.height == HEIGHT)
        plain = wired and self.reverse and not self.start_line and not self.offset and self.multiplex == self.height - 1
        if plain and not self.inverse and not self.all_on:
            return self.ram if self.height == HEIGHT else memoryview(self.ram)[:size]
        seen = bytearray(size)
        shift = self.start_line + self.offset
        for y in range(self.height):
            line = y if self.reverse else self.height - 1 - y
            if not wired:  # the two sides of the panel take the rows that the other order would give them
                half = self.height // 2
                line = line // 2 + half * (line & 1) if self.height == HEIGHT else line % half * 2 + line // half
            if not 0 <= line <= self.multiplex:
                continue
            line = (line + shift) & 0x3F
            for x in range(WIDTH):
                dot = self.all_on or (self.ram[(line >> 3) * WIDTH + x] >> (line & 7)) & 1 != self.inverse
                if dot:
                    seen[(y >> 3) * WIDTH + x] |= 1 << (y & 7)
        return seen
