"""The PN532 on SPI (UM0701-02, 6.2.5): mode 0, LSB first, at most 5 MHz."""

import asyncio

from .ready import Ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from machine import SPI, Pin

    from ...core.kinds import Buffer


_STATUS_READ = b"\x02\x00"
# "Data read" and the clock for six bytes: a whole ACK, and the header of anything longer.
_DATA_READ = b"\x03\x00\x00\x00\x00\x00\x00"
_WAKE_MS = 3  # at least 2 (UM0701-02, 7.2.11), whatever part of the first tick is over already
_AWAKE_MS = 1


class SpiTransport:
    """Frames over SPI.

    `spi` is a machine.SPI made with firstbit=SPI.LSB, `select` the chip select (output, high),
    `irq` the Pin at P70_IRQ or None (then the status byte is polled).
    """

    faster = 0  # no other speed to change to

    def __init__(self, spi: "SPI", select: "Pin", irq: "Pin | None" = None):
        self._spi = spi
        self._select = select
        self._status = bytearray(2)
        self.ready = Ready(irq, self._poll)

    async def wake(self, attempt: int) -> None:
        """Bring the chip out of low-battery or power-down state: chip select low for 2 ms."""
        self.ready.arm()
        self._select(0)
        try:
            await asyncio.sleep_ms(_WAKE_MS)
        finally:
            self._select(1)
        await asyncio.sleep_ms(_AWAKE_MS)

    def _poll(self) -> bool:
        self._select(0)
        self._spi.write_readinto(_STATUS_READ, self._status)
        self._select(1)
        # A line without a chip reads all ones: ready is bit 0 alone.
        return self._status[1] == 1

    def write(self, frame: "Buffer") -> None:
        """Send a frame; byte 0 is the bus's own prefix 01 (data write)."""
        self._select(0)
        self._spi.write(frame)
        self._select(1)

    async def read(self, reader: "Any", at: int, ack: bool = False) -> None:
        """Read one frame into `reader` from `at`, in one transfer: the chip select stays low while the
        header tells how much is to come.  Raises FrameError.
        """
        spi = self._spi
        self._select(0)
        try:
            # The byte clocked in while the command goes out is rubbish: the frame begins one further on.
            spi.write_readinto(_DATA_READ, reader.view[at : at + 7])
            reader.begin(at + 1)
            need = reader.advance(6)
            while need:
                have = reader.have
                spi.readinto(reader.view[have : have + need])
                need = reader.advance(need)
        finally:
            self._select(1)

    def flush(self) -> None:
        """Nothing lies on the host's side of an SPI bus."""
