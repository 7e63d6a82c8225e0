"""The PN532 on I2C (UM0701-02, 6.2.4): address 24, every read begins with a ready byte.

The chip stretches the clock by up to 1 ms, more than the ESP32's own I2C honours: SoftI2C is the better
choice (and SPI or UART the best).
"""

import asyncio
import errno
from time import ticks_diff, ticks_ms

from ...core.errors import ReaderFault
from .frame import MAX_FRAME, NACK_FRAME, FrameError
from .ready import Ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from machine import I2C, Pin

    from ...core.kinds import Buffer


_ADDRESS = 0x24
_WAKE_MS = 2
_BUSY_MS = 5  # the chip is deaf while it takes a command in: well below a millisecond
_RESEND_MS = 20
# Ready byte and a whole ACK: enough to know the length of a normal frame.
_LOOK = 7


class I2cTransport:
    """Frames over I2C.

    `i2c` is a machine.SoftI2C, or a machine.I2C with `exact=False`; `irq` the Pin at P70_IRQ or None.
    SoftI2C can go on reading once the header has told the length.  Hardware I2C cannot: there a NACK
    makes the chip send the frame again, which is then read whole.
    """

    faster = 0  # no other speed to change to

    def __init__(self, i2c: "I2C", irq: "Pin | None" = None, exact: bool = True):
        self._i2c = i2c
        self._exact = exact
        self._status = bytearray(1)
        self._scratch = None if exact else bytearray(1 + MAX_FRAME)
        self._start = bytes([_ADDRESS << 1 | 1])
        self.ready = Ready(irq, self._poll)

    async def wake(self, attempt: int) -> None:
        """Bring the chip out of low-battery or power-down state: its address is enough, it holds the clock meanwhile."""
        self.ready.arm()
        try:
            self._i2c.writeto(_ADDRESS, b"")
        except OSError:
            self._status[0] = 0  # clones refuse the address that wakes them
        await asyncio.sleep_ms(_WAKE_MS)

    def _poll(self) -> bool:
        try:
            self._i2c.readfrom_into(_ADDRESS, self._status)
        except OSError:
            return False  # a busy chip may refuse its address: not ready, until the deadline says otherwise
        return self._status[0] & 1 == 1

    def write(self, frame: "Buffer") -> None:
        """Send a frame; byte 0 is the prefix of another bus.  Raises ReaderFault when the chip stays deaf."""
        start = ticks_ms()
        while True:
            try:
                self._i2c.writeto(_ADDRESS, memoryview(frame)[1:])
                return
            except OSError as error:
                if ticks_diff(ticks_ms(), start) > _BUSY_MS:
                    raise ReaderFault("PN532: I2C error " + str(error.args[0] if error.args else errno.EIO))

    async def read(self, reader: "Any", at: int, ack: bool = False) -> None:
        """Read one frame into `reader` from `at`; with `ack` nothing but an ACK is expected.  Raises FrameError."""
        try:
            if self._exact:
                self._read_on(reader, at)
            else:
                await self._read_twice(reader, at, ack)
        except OSError:
            raise FrameError("cut short", reader.have - at)

    def _read_on(self, reader: "Any", at: int) -> None:
        i2c = self._i2c
        i2c.start()
        try:
            if not i2c.write(self._start):
                raise FrameError("the chip does not take its address")
            i2c.readinto(self._status, False)
            need = reader.begin(at)
            while need:
                have = reader.have
                # The last byte of a transfer has to be refused, or the chip holds the line for one more.
                i2c.readinto(reader.view[have : have + need], reader.final)
                need = reader.advance(need)
        finally:
            i2c.stop()

    async def _read_twice(self, reader: "Any", at: int, ack: bool) -> None:
        look = self._fetch(_LOOK, reader, at)
        need = self._take(look, reader, at)
        if not need:
            return
        if ack:
            # A NACK now would fetch the response of the command before.
            raise FrameError("no ACK", 0)
        # Of an extended frame the look shows only the high byte of LEN: the longest one is read.
        total = reader.have - at + need if reader.final else MAX_FRAME
        self.write(NACK_FRAME)
        if not await self.ready.wait(_RESEND_MS):
            raise FrameError("not sent again", reader.have - at)
        whole = self._fetch(1 + total, reader, at)
        if self._take(whole, reader, at):
            raise FrameError("cut short", reader.have - at)

    def _fetch(self, count: int, reader: "Any", at: int):
        scratch = memoryview(self._scratch or bytearray())[:count]
        self._i2c.readfrom_into(_ADDRESS, scratch)
        if not scratch[0] & 1:
            reader.begin(at)
            raise FrameError("not ready", 0)
        return scratch[1:]

    def _take(self, data: "Buffer", reader: "Any", at: int) -> int:
        need = reader.begin(at)
        used = 0
        while need and used < len(data):
            count = min(need, len(data) - used)
            reader.view[reader.have : reader.have + count] = data[used : used + count]
            used += count
            need = reader.advance(count)
        return need

    def flush(self) -> None:
        """Nothing lies on the host's side of an I2C bus."""
