"""A receipt printer on a serial line: what is sent to it, at its pace, and what it says of itself (ESC/POS: DLE EOT, GS r).

Nothing here waits without an end: a printer that takes nothing, or says nothing, is a fault.
"""

import asyncio

from micropython import const

from ..core import checks
from ..core.slips.fault import PrinterFault
from . import escpos

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from machine import UART, Pin

    from ..core.kinds import Buffer


_CHUNK = const(64)
_UNANSWERED = const(1024)  # bytes that may wait in its buffer, which has 4096, and 512 on the smallest
_ANSWER_MS = const(300)
_LOOK_MS = const(20)
_ASK_AGAIN_MS = const(500)
_PATIENCE_MS = const(20000)  # for what is in its buffer: 1 kB is 32 rows, 5 s on a slow one
_BITS_A_BYTE = const(10)


class Printer:
    """`uart` is a machine.UART made with timeout=0, `baud` its rate; `busy` the input of its BUSY line, None where none is
    wired.
    """

    def __init__(self, uart: "UART", baud: int, busy: "Pin | None" = None):
        self._uart = uart
        self._baud = baud
        self._busy = busy
        self._unanswered = 0
        self._state = -1  # the newest answer to DLE EOT
        self._printed = False  # GS r was answered, maybe while something else was asked

    async def begin(self) -> None:
        """Make sure that it can print, and that nothing is left in it of what was before.  Raises PrinterFault."""
        self._unanswered = 0
        self._raise(await self.fault())
        await self._send(escpos.CLEAR + escpos.RESET)

    async def put(self, data: "Buffer") -> None:
        """Send `data`; returns when it is sent, not when it is printed.  Raises PrinterFault."""
        if self._unanswered + len(data) > _UNANSWERED:
            await self.done()
        await self._send(data)

    async def done(self) -> None:
        """Wait until all that was sent is printed.  Raises PrinterFault."""
        self._hear()
        self._printed = False
        await self._send(escpos.REPORT)
        waited = 0
        while waited < _PATIENCE_MS:
            if await self._heard(_ASK_AGAIN_MS, lambda: self._printed):
                self._unanswered = 0
                return
            self._raise(await self.fault())
            waited += _ASK_AGAIN_MS
        raise PrinterFault(checks.PRINTER_BROKEN)

    async def fault(self) -> int:
        """What is wrong with it (a fault of core.checks), WELL when nothing is: asked in real time, whatever it is doing."""
        state = await self._ask(1)
        if state < 0:
            return checks.PRINTER_SILENT
        if not state & 0x08:
            return checks.WELL
        paper = await self._ask(4)
        if paper >= 0 and paper & 0x60 == 0x60:
            return checks.PAPER_OUT
        cause = await self._ask(2)
        if cause < 0:
            return checks.PRINTER_SILENT
        if cause & 0x04:
            return checks.PRINTER_OPEN
        if cause & 0x20:
            return checks.PAPER_OUT
        return checks.PRINTER_HOT if await self._ask(3) & 0x60 == 0x40 else checks.PRINTER_BROKEN

    def _raise(self, fault: int) -> None:
        """Stop at a fault.  What waits in the printer's buffer would come by itself when that is mended: it is forgotten."""
        if fault != checks.WELL:
            self._uart.write(escpos.CLEAR)
            raise PrinterFault(fault)

    async def _ask(self, n: int) -> int:
        """The answer to DLE EOT n, -1 when there is none."""
        self._hear()
        self._state = -1
        self._uart.write(bytes((0x10, 0x04, n)))
        await self._heard(_ANSWER_MS, lambda: self._state >= 0)
        return self._state

    async def _heard(self, milliseconds: int, come: "Callable[[], bool]") -> bool:
        """Listen for so long, or until what is waited for has come; has it?"""
        waited = 0
        while True:
            self._hear()
            if come():
                return True
            if waited >= milliseconds:
                return False
            await asyncio.sleep_ms(_LOOK_MS)
            waited += _LOOK_MS

    def _hear(self) -> None:
        """Take what it has said: the bits that never change tell answers to DLE EOT from those to GS r."""
        while self._uart.any():
            said = self._uart.read(1)
            if not said:
                return
            if said[0] & 0x93 == 0x12:
                self._state = said[0]
            elif not said[0] & 0x90:
                self._printed = True

    async def _send(self, data: "Buffer") -> None:
        """In pieces, at the line's pace: what the UART has not sent yet never waits in it."""
        view = memoryview(data)
        for at in range(0, len(view), _CHUNK):
            if self._busy:
                await self._until_free(self._busy)
            part = view[at : at + _CHUNK]
            self._uart.write(part)
            self._unanswered += len(part)
            await asyncio.sleep_ms(len(part) * _BITS_A_BYTE * 1000 // self._baud + 1)

    async def _until_free(self, busy: "Pin") -> None:
        waited = 0
        while busy.value():
            if waited % _ASK_AGAIN_MS == 0 and waited:
                self._raise(await self.fault())
            if waited >= _PATIENCE_MS:
                raise PrinterFault(checks.PRINTER_BROKEN)
            await asyncio.sleep_ms(_LOOK_MS)
            waited += _LOOK_MS
