"""The OLED: micropython-lib's `ssd1306` with a refresh that sends only what changed.

Uses what micropython-lib's SSD1306_I2C and PyPI's micropython-ssd1306-driver have in common: `buffer`, `i2c`, `addr`,
`write_cmd`, `write_data`, `init_display` and the drawing calls of FrameBuffer.
Source: SSD1306 data sheet, sections 8.1.5 (I2C), 10.1.3–10.1.5 (addressing).
"""

import framebuf
from ssd1306 import SSD1306_I2C

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import I2C


_SET_COLUMNS = 0x21
_SET_PAGES = 0x22
_WINDOW_COST = 10  # I2C bytes to open a window: 8 of the command write, 2 in front of the data
_SPARED = 124  # bytes by which windows have to be cheaper than the whole frame, which is simpler
_CHUNK = 128
_MAX_WINDOWS = 96
_NOP = 0xE3
_OFF = 0x40  # in the status byte (section 8.1.1.5): the display is off
# The lower half of the status byte of an SH1106, as its modules answer; it acknowledges all, and draws by other commands.
_SH1106 = 8


class Oled(SSD1306_I2C):
    """A 128x64 (or other) SSD1306 on I2C.  `start()` switches it on; `show()` makes the glass equal to `buffer`."""

    def __init__(self, width: int, height: int, i2c: "I2C", addr: int = 0x3C):
        self.faults = 0  # refreshes that the bus refused
        self.known = False  # is what was shown last on the glass?
        self.other_chip = False  # what answers is an SH1106
        self._lost = True  # it has to be started (again)
        self._tells = True  # its status byte can be believed
        self._shadow = bytearray(width * height // 8)
        self._command = bytearray((0x00, _SET_COLUMNS, 0, 0, _SET_PAGES, 0, 0))
        self._out = bytearray(1 + _CHUNK)
        self._out[0] = 0x40
        # Ready-made slices, because taking one allocates: the chip keeps its place between two data writes.
        whole = memoryview(self._out)
        self._few = [whole[: 1 + size] for size in range(16)]
        self._many = [whole[: 1 + size] for size in range(0, _CHUNK + 1, 16)]
        self._windows = bytearray(4 * _MAX_WINDOWS)  # first column, last column, first page, last page
        self._count = 0
        super().__init__(width, height, i2c, addr)
        now, old = memoryview(self.buffer), memoryview(self._shadow)
        self._rows = [(now[at : at + width], old[at : at + width]) for at in range(0, len(self._shadow), width)]
        self._now = framebuf.FrameBuffer(self.buffer, width, height, framebuf.MONO_VLSB)
        self._old = framebuf.FrameBuffer(self._shadow, width, height, framebuf.MONO_VLSB)

    def init_display(self) -> None:
        """Nothing: the base class would talk to the chip inside its constructor; `start` does it."""

    def start(self) -> None:
        """Configure and clear the display.  Raises OSError when no chip answers."""
        self.known = False
        self.faults = 0
        super().init_display()
        if self.faults:
            raise OSError("the display does not answer")
        self._lost = False

    def show(self) -> None:
        """Send the changed columns and pages.

        A refusing bus never stops a sale: it is counted in `faults` and the next call sends the whole frame.
        """
        try:
            if not self.known or self._collect() > len(self._shadow) - _SPARED:
                self._send_all()
            else:
                for at in range(0, 4 * self._count, 4):
                    self._send_window(at)
            self.known = True
        except OSError:
            self.faults += 1
            self.known = False
            self._lost = True

    def answers(self) -> bool:
        """Is a display there that shows what is drawn?  One that is back, or lost its power meanwhile, is started again."""
        status = self._status()
        self.other_chip = status & 15 == _SH1106
        if status < 0 or self.other_chip:
            self._lost = True
            return False
        if self._lost or (status & _OFF and self._tells):
            return self._start_again()
        return True

    def _status(self) -> int:
        """The chip's status byte, 0 of a module that only takes, -1 when there is no chip."""
        try:
            return self.i2c.readfrom(self.addr, 1)[0]
        except OSError:
            return self._silent()

    def _silent(self) -> int:
        """There are modules that only take: is anything there at all?"""
        try:
            self.write_cmd(_NOP)
        except OSError:
            return -1
        return 0

    def _start_again(self) -> bool:
        """What was drawn last is on the glass again."""
        picture = bytes(self.buffer)
        try:
            self.start()
        except OSError:
            return False
        self.buffer[:] = picture
        self.known = False
        self.show()
        self._tells = not self._status() & _OFF
        return not self._lost

    def _collect(self) -> int:
        """Find the windows that differ; returns the I2C bytes they cost."""
        self._count = 0
        for page in range(self.pages):
            now, old = self._rows[page]
            if now == old:
                continue
            first = last = -1
            for x in range(self.width):
                if now[x] != old[x]:
                    if first >= 0 and x - last > _WINDOW_COST:
                        self._add(first, last, page)
                        first = -1
                    if first < 0:
                        first = x
                    last = x
            self._add(first, last, page)
        windows = self._windows
        cost = 0
        for at in range(0, 4 * self._count, 4):
            cost += _WINDOW_COST + (windows[at + 1] - windows[at] + 1) * (windows[at + 3] - windows[at + 2] + 1)
        return cost

    def _add(self, first: int, last: int, page: int) -> None:
        """Add a run of one page, joined with the window above it where one window is cheaper than two."""
        windows = self._windows
        for at in range(0, 4 * self._count, 4):
            if windows[at + 3] + 1 != page:
                continue
            left = min(first, windows[at])
            right = max(last, windows[at + 1])
            high = page - windows[at + 2]
            apart = (windows[at + 1] - windows[at] + 1) * high + last - first + 1 + _WINDOW_COST
            if (right - left + 1) * (high + 1) <= apart:
                windows[at] = left
                windows[at + 1] = right
                windows[at + 3] = page
                return
        at = 4 * self._count
        windows[at] = first
        windows[at + 1] = last
        windows[at + 2] = windows[at + 3] = page
        self._count += 1

    def _aim(self, left: int, right: int, top: int, bottom: int) -> None:
        shift = (128 - self.width) // 2  # narrow glasses sit in the middle of the chip's memory
        command = self._command
        command[2] = left + shift
        command[3] = right + shift
        command[5] = top
        command[6] = bottom
        self.i2c.writeto(self.addr, command)

    def _send_all(self) -> None:
        self._aim(0, self.width - 1, 0, self.pages - 1)
        self.write_data(self.buffer)
        self._old.blit(self._now, 0, 0)

    def _send_window(self, at: int) -> None:
        left, right = self._windows[at], self._windows[at + 1]
        top, bottom = self._windows[at + 2], self._windows[at + 3]
        self._aim(left, right, top, bottom)
        todo = (right - left + 1) * (bottom - top + 1)
        x, page = left, top
        now, old = self._rows[page]
        while todo:
            size = min(todo, _CHUNK)
            chunk = self._few[size] if size < 16 else self._many[size >> 4]
            size = len(chunk) - 1
            for at in range(1, size + 1):
                self._out[at] = old[x] = now[x]
                x += 1
                if x > right:
                    x = left
                    page += 1
                    if page <= bottom:
                        now, old = self._rows[page]
            self.i2c.writeto(self.addr, chunk)
            todo -= size
