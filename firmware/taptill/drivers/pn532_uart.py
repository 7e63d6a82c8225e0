"""The PN532 on its high-speed UART (UM0701-02, 6.2.3): 115,200 8N1 after reset."""

import asyncio
from time import ticks_diff, ticks_ms

from .pn532_frame import FrameError
from .pn532_ready import Ready

# 55 55 is the wake-up preamble; the zeros give the chip the time to start (UM0701-02, 7.2.11).
_WAKE = b"\x55\x55\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
_GAP_MS = 50


class UartTransport:
    """Frames over a machine.UART made with timeout=0 and rxbuf=1024 (the default 256 loses bytes)."""

    def __init__(self, uart):
        self._uart = uart
        self.ready = Ready(None, uart.any)

    async def wake(self) -> None:
        """Bring the chip out of low-battery or power-down state."""
        self._uart.write(_WAKE)

    def write(self, frame) -> None:
        """Send a frame; byte 0 is the prefix of another bus."""
        self._uart.write(memoryview(frame)[1:])

    async def read(self, reader, at: int, ack: bool = False) -> None:
        """Read one frame into `reader` from `at`, and no byte more: what is glued to it stays in the UART.

        Raises FrameError, also when the line falls silent inside a frame.
        """
        uart = self._uart
        need = reader.begin(at)
        heard = ticks_ms()
        while need:
            waiting = uart.any()
            if waiting:
                have = reader.have
                count = uart.readinto(reader.view[have : have + min(need, waiting)])
                need = reader.advance(count or 0)
                heard = ticks_ms()
            elif ticks_diff(ticks_ms(), heard) > _GAP_MS:
                raise FrameError("cut short", reader.have - at)
            else:
                await asyncio.sleep_ms(1)

    def flush(self) -> None:
        """Throw away what has arrived."""
        while self._uart.any():
            self._uart.read(self._uart.any())
