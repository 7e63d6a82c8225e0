"""One command at a time to the PN532: frame out, ACK in, response in, and what to do when one goes astray.

Source: NXP UM0701-02 (PN532 user manual), 6.2.
"""

import asyncio
from time import ticks_diff, ticks_ms

from ...core.errors import ReaderFault
from .frame import ACK, ACK_FRAME, DATA, ERROR, MAX_FRAME, NACK_FRAME, FrameError, FrameReader, build

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...core.kinds import Buffer


_IN_DATA_EXCHANGE = 0x40

_ACK_MS = 30  # the manual promises 15 (6.2.2.1)
_SETTLE_MS = 10
_TRIES = 3
_UNSURE = -1


class Link:
    """Commands over `bus` (spi, uart or i2c of this folder).

    `reader` holds the last response (a FrameReader over a buffer of `answer_size` bytes and a frame more);
    `errors` counts link errors in a row, `busy` is true while a command runs.  A caller that was cancelled in
    the middle of a command leaves nothing behind: the next command aborts it first.
    """

    def __init__(self, bus: "Any", answer_size: int):
        self.bus = bus
        self.reader = FrameReader(bytearray(answer_size + MAX_FRAME + 32))
        self.errors = 0
        self._tx = bytearray(1 + MAX_FRAME)
        self._tx[0] = ACK_FRAME[0]
        self._tx_view = memoryview(self._tx)
        self.busy = False

    def restart(self) -> None:
        """The chip has been reset: nothing runs, nothing is known against the link."""
        self.busy = False
        self.errors = 0
        self.bus.flush()

    async def command(
        self,
        code: int,
        head: "Buffer",
        data: "Buffer",
        timeout_ms: int,
        cancelled: "Callable[[], bool] | None" = None,
        at: int = 0,
    ) -> bool:
        """Send a command, read its response into `reader` from `at` of its buffer.

        False when the time was up or `cancelled()` was true: the command is aborted then.  Raises ReaderFault.
        """
        if self.busy:
            await self.abort()
        end = build(self._tx, 1, code, head, data)
        for _ in range(_TRIES):
            self.busy = True
            self._send(self._tx_view[:end])
            taken = await self._taken(code, at)
            if taken:
                break
            await self.abort()
        else:
            self.errors += 1
            raise ReaderFault("PN532 does not acknowledge command " + hex(code))
        if taken != DATA and not await self._answered(code, timeout_ms, cancelled, at, taken == ACK):
            await self.abort()
            return False
        self.busy = False
        self.errors = 0
        return True

    def _send(self, frame: "Buffer") -> None:
        try:
            self.bus.write(frame)
        except ReaderFault:
            self.errors += 1
            raise

    async def _taken(self, code: int, at: int) -> int:
        # ACK, _UNSURE when it was spoiled, DATA when the response came without one, 0 to send the command again.
        for _ in range(_TRIES):
            if not await self.bus.ready.wait(_ACK_MS):
                return 0
            reader = self.reader
            try:
                await self.bus.read(reader, at, True)
            except FrameError:
                # The chip has said something in the place of its ACK.  A card must not get an APDU twice
                # for a bit lost between chip and us; anything else may be repeated.
                return _UNSURE if code == _IN_DATA_EXCHANGE else 0
            if reader.kind == ACK:
                return ACK
            if reader.kind == DATA and reader.code == code + 1:
                return DATA
            if reader.kind != DATA:
                return 0
            # A response to a command that was aborted: read on.
        return 0

    async def _answered(self, code: int, timeout_ms: int, cancelled: "Callable[[], bool] | None", at: int, sure: bool) -> bool:
        # `sure`: the ACK was read, so what comes is the response.  Without it a NACK could fetch the response of
        # the command before, which looks the same.
        start = ticks_ms()
        spoilt = strays = 0
        reader = self.reader
        while True:
            if not await self.bus.ready.wait(timeout_ms - ticks_diff(ticks_ms(), start), cancelled):
                return False
            try:
                await self.bus.read(reader, at)
            except FrameError as error:
                spoilt += 1
                if spoilt >= _TRIES:
                    self.errors += 1
                    raise ReaderFault("PN532: " + str(error))
                self.bus.flush()
                if sure:
                    self._send(NACK_FRAME)  # the chip sends its last response again
                continue
            if reader.kind == DATA and reader.code == code + 1:
                return True
            if reader.kind == ERROR:
                self.busy = False
                raise ReaderFault("PN532 refuses command " + hex(code))
            strays += 1
            if strays > _TRIES:
                self.errors += 1
                raise ReaderFault("PN532 answers something else than command " + hex(code))

    async def abort(self) -> None:
        """Stop the running command (an ACK does), and throw away what it may still have said."""
        self.busy = False
        self._send(ACK_FRAME)
        # A command sent while the chip is still aborting is lost.
        await asyncio.sleep_ms(_SETTLE_MS)
        self.bus.flush()
        for _ in range(_TRIES):
            if not self.bus.ready.now():
                return
            try:
                await self.bus.read(self.reader, 0)
            except FrameError:
                self.bus.flush()
