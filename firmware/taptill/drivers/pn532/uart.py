"""The PN532 on its high-speed UART (UM0701-02, 6.2.3): 115,200 8N1 after reset, faster on request."""

import asyncio

from .frame import ACK_FRAME, MAX_FRAME, FrameError
from .ready import Ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from machine import UART

    from ...core.kinds import Buffer


# 55 55 is the wake-up preamble; the zeros give the chip the time to start (UM0701-02, 7.2.11).
_WAKE = b"\x55\x55\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
# As many zeros as the longest frame has bytes: a chip that was left in the middle of one (the ESP32 restarted while it was
# sending) takes them as its rest, finds its checksum wrong and listens again.
_REST = bytes(MAX_FRAME)
_GAP_MS = 50
_FIRST_BAUD = 115200
# BR of SetSerialBaudrate (7.2.7).
_BAUD_CODES = {230400: 5, 460800: 6, 921600: 7, 1288000: 8}
_REST_MS = 30  # 275 bytes take 24 ms at 115,200
_CHANGE_MS = 2  # at least 0.2, which a tick of a millisecond cannot tell


class UartTransport:
    """Frames over a machine.UART made with baudrate=115200, timeout=0 and rxbuf=1024 (the default 256 loses bytes).

    `baudrate` is what the chip is asked to change over to; a tap takes 97 ms of line at 115,200 and 12 at
    921,600.  Raises ValueError for a rate the chip does not have.
    """

    def __init__(self, uart: "UART", baudrate: int = _FIRST_BAUD):
        if baudrate != _FIRST_BAUD and baudrate not in _BAUD_CODES:
            raise ValueError("PN532: no baud rate " + str(baudrate))
        self._uart = uart
        self._baudrate = baudrate
        self.faster = _BAUD_CODES.get(baudrate, 0)
        self.ready = Ready(None, uart.any, free=True)

    async def wake(self, attempt: int) -> None:
        """Bring the chip out of low-battery or power-down state.

        Without a reset line the chip may still have the faster rate of before: every second attempt uses it.
        """
        if self.faster:
            self._uart.init(baudrate=self._baudrate if attempt & 1 else _FIRST_BAUD)
        self._listen()
        self._uart.write(_WAKE)
        if attempt:
            self._uart.write(_REST)
            await asyncio.sleep_ms(_REST_MS)

    def _listen(self) -> None:
        # Awaited where the port tells of received bytes (MicroPython 1.24 on the ESP32), else looked at every millisecond.
        # On the port a pause of a millisecond is one of up to a tick, which is 10.
        received = getattr(self._uart, "IRQ_RX", 0)
        if received:
            self.ready.hook(self._uart, received)

    async def change_over(self) -> None:
        """Acknowledge the chip's answer at the old rate and go on at the faster one."""
        self.write(ACK_FRAME)
        # The ACK has to be on the line as a whole (6 bytes, half a millisecond) before the rate changes.
        await asyncio.sleep_ms(_CHANGE_MS)
        self._uart.init(baudrate=self._baudrate)
        self._listen()
        await asyncio.sleep_ms(_CHANGE_MS)

    def write(self, frame: "Buffer") -> None:
        """Send a frame; byte 0 is the prefix of another bus."""
        self._uart.write(memoryview(frame)[1:])

    async def read(self, reader: "Any", at: int, ack: bool = False) -> None:
        """Read one frame into `reader` from `at`, and no byte more: what is glued to it stays in the UART.

        Silence in the place of the postamble is its end too: another program may have told the chip to leave it out
        (SetParameters, fRemovePrePostAmble), and a start takes that back.  Raises FrameError, also when the line falls
        silent inside a frame.
        """
        uart = self._uart
        need = reader.begin(at)
        while need:
            waiting = uart.any()
            if waiting:
                have = reader.have
                count = uart.readinto(reader.view[have : have + min(need, waiting)])
                need = reader.advance(count or 0)
            elif not await self.ready.wait(_GAP_MS):
                if need == 1 and reader.final:
                    reader.view[reader.have] = 0
                    reader.advance(1)
                    return
                raise FrameError("cut short", reader.have - at)

    def flush(self) -> None:
        """Throw away what has arrived."""
        while self._uart.any():
            self._uart.read(self._uart.any())
