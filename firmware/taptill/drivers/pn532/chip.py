"""The PN532 contactless reader: its commands, and a remedy for each of its moods.

Source: NXP UM0701-02 (PN532 user manual, firmware 1.6), sections as noted.
"""

import asyncio
from time import ticks_diff, ticks_ms

from ...core.errors import CardLost, ReaderFault, TapTillError
from .frame import MAX_DATA
from .link import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from machine import Pin

    from ...core.kinds import Buffer


_GET_FIRMWARE_VERSION = 0x02
_SET_SERIAL_BAUDRATE = 0x10
_SET_PARAMETERS = 0x12
_SAM_CONFIGURATION = 0x14
_RF_CONFIGURATION = 0x32
_IN_DATA_EXCHANGE = 0x40
_IN_LIST_PASSIVE_TARGET = 0x4A
_IN_RELEASE = 0x52

_MORE = 0x40  # MI, more information: in the status byte and in Tg
_STATUS = 0x3F  # bits 7 (NAD) and 6 (MI) are no part of the error code (UM0701-02, 7.1)
_OK = 0x00
_NOT_LISTED = 0x27
_NO_ANSWER = -1
_TOO_LONG = -2
# CRC, parity, bit count, MIFARE framing, collision: the air was disturbed, once more may do.
_DISTURBED = b"\x01\x02\x03\x04\x05\x06"
# RF not on in time, over-temperature, internal overflow, invalid parameter, over-current: the reader's own.
_READER = b"\x0a\x0d\x0e\x10\x2d"

# What the chip has after a reset.  Without one it still has what the program before has set: a field that is on with a
# card in it, which then answers no request; a listing that gives up after one try; no RATS, so that no card is ISO-DEP.
_AS_AFTER_RESET = (
    (_RF_CONFIGURATION, b"\x01\x00"),  # field off (7.3.1)
    (_RF_CONFIGURATION, b"\x02\x00\x0b\x0a"),  # time-outs: ATR_RES 102.4 ms, other answers 51.2 ms
    (_RF_CONFIGURATION, b"\x04\x00"),  # MxRtyCOM
    (_RF_CONFIGURATION, b"\x05\xff\x01\xff"),  # MxRtyATR, MxRtyPSL, MxRtyPassiveActivation: endless
    (_SET_PARAMETERS, b"\x14"),  # automatic ATR_RES and RATS (7.2.9)
)

_ANSWER_MS = 500
_FIELD_OFF_MS = 6  # shorter, and a card may not notice (ISO/IEC 14443-3: at least 5)
_RESET_MS = 2
_BOOT_MS = 10
_TRIES = 3
_RESET_AFTER = 2


class Target:
    """A listed card: `number` (Tg), `sens_res` (ATQA as int), `sak`, `uid` (never an identity: phones roll
    it), `ats` (with its length byte, b"" when none was asked for).
    """

    def __init__(self, number: int, sens_res: int, sak: int, uid: bytes, ats: bytes):
        self.number = number
        self.sens_res = sens_res
        self.sak = sak
        self.uid = uid
        self.ats = ats


class Pn532:
    """The chip behind `transport` (spi, uart or i2c of this folder).

    `reset_pin` is an output at RSTPDN, or None.  `answer_size` bounds a joined (chained) answer in bytes.
    """

    def __init__(self, transport: "Any", reset_pin: "Pin | None" = None, answer_size: int = 1024):
        self._bus = transport
        self._link = Link(transport, answer_size)
        self._reader = self._link.reader
        self._reset_pin = reset_pin
        self._answer_size = answer_size
        self._fresh = False
        self._off_at: "int | None" = None
        self.target: "Target | None" = None
        self.version: "bytes | None" = None

    # -- start ---------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Wake the chip up and make it a reader; `version` is then IC, version, revision, support (bytes).

        What it still has from before is cleared, whether or not a reset line is there (and wired).  The IC byte is not
        held against 32: boards answer with others.  Raises ReaderFault.
        """
        fault = None
        for attempt in range(_TRIES):
            try:
                await self.reset()
                await self._bus.wake(attempt)
                await self._link.abort()
                # Normal mode, time-out of no meaning in it, P70_IRQ driven (UM0701-02, 7.2.10).  It must be
                # the first command: it ends the low-battery state of firmware 1.6.
                await self._call(_SAM_CONFIGURATION, b"\x01\x14\x01")
                version = await self._call(_GET_FIRMWARE_VERSION)
                if len(version) < 4:
                    raise ReaderFault("PN532: firmware version is cut short")
                self.version = bytes(version[:4])
                if self._bus.faster:
                    await self._hurry()
                for code, values in _AS_AFTER_RESET:
                    await self._call(code, values)
                self._off_at = ticks_ms()
                return
            except TapTillError as error:
                fault = error
        raise ReaderFault("PN532 does not answer: " + str(fault))

    async def _hurry(self) -> None:
        # SetSerialBaudrate (7.2.7): the chip changes over once its answer has been acknowledged.
        await self._call(_SET_SERIAL_BAUDRATE, bytes([self._bus.faster]))
        await self._bus.change_over()
        await self._call(_GET_FIRMWARE_VERSION)

    async def reset(self) -> None:
        """Pull RSTPDN low for a moment; without that pin nothing happens.  The card is lost."""
        self.target = None
        if self._reset_pin is not None:
            self._reset_pin(0)
            await asyncio.sleep_ms(_RESET_MS)
            self._reset_pin(1)
            await asyncio.sleep_ms(_BOOT_MS)
        self._link.restart()

    # -- cards ---------------------------------------------------------------------------------------

    async def list_target(self, timeout_ms: int, cancelled: "Callable[[], bool] | None" = None) -> "Target | None":
        """Field on, until a type A card answers; None when `timeout_ms` are up or `cancelled()` is true.

        The chip searches on its own (endless retries are its default); when it has to stop, an ACK stops it.
        Raises ReaderFault.
        """
        self.target = None
        if self._off_at is not None:
            off = ticks_diff(ticks_ms(), self._off_at)
            self._off_at = None
            if 0 <= off < _FIELD_OFF_MS:
                await asyncio.sleep_ms(_FIELD_OFF_MS - off)
        if not await self._command(_IN_LIST_PASSIVE_TARGET, b"\x01\x00", b"", timeout_ms, cancelled):
            return None
        reader = self._reader
        answer = reader.view[reader.first : reader.last]
        if not answer or not answer[0]:
            return None
        self.target = _target(answer)
        self._fresh = True
        return self.target

    async def exchange(self, data: "Buffer", timeout_ms: int = 5000):
        """Send a C-APDU, return the whole R-APDU (memoryview, valid until the next command).

        Chained both ways.  Raises CardLost (the field is off then, the card has to be shown again) and
        ReaderFault.
        """
        if self.target is None:
            raise CardLost("no card is listed")
        start = ticks_ms()
        tries = 2
        while True:
            status, answer = await self._apdu(data, timeout_ms - ticks_diff(ticks_ms(), start))
            if status == _OK:
                self._fresh = False
                return answer
            tries -= 1
            left = timeout_ms - ticks_diff(ticks_ms(), start)
            if tries and left > 0:
                # A card that has answered nothing yet has no state to lose: it may be listed again.
                if status == _NOT_LISTED and self._fresh and await self.list_target(min(left, _ANSWER_MS)):
                    continue
                if status in _DISTURBED:
                    continue
            break
        self.target = None
        await self.field_off()
        if status == _NO_ANSWER:
            raise CardLost("the card did not answer in time, present card again")
        if status == _TOO_LONG:
            raise CardLost("the card's answer is longer than " + str(self._answer_size) + " bytes")
        if status in _READER:
            raise ReaderFault("PN532: status " + hex(status))
        raise CardLost("the card is silent or gone (status " + hex(status) + "), present card again")

    async def _apdu(self, data: "Buffer", timeout_ms: int):
        # One C-APDU out and its R-APDU joined at the start of the buffer: (status, answer).
        start = ticks_ms()
        view = memoryview(data)
        reader = self._reader
        number = self.target.number if self.target else 0
        sent = joined = 0
        while True:
            last = len(view) - sent <= MAX_DATA
            head = bytes([number if last else number | _MORE])
            part = view[sent : sent + MAX_DATA]
            left = timeout_ms - ticks_diff(ticks_ms(), start)
            if left <= 0 or not await self._command(_IN_DATA_EXCHANGE, head, part, left, None, joined):
                return _NO_ANSWER, None
            first = reader.first
            if first == reader.last:
                raise ReaderFault("PN532: answer without a status")
            status = reader.buffer[first]
            if status & _STATUS:
                return status & _STATUS, None
            first += 1
            if not last:
                sent += MAX_DATA
                continue
            sent = len(view)
            if not joined and not status & _MORE:
                return _OK, reader.view[first : reader.last]
            size = reader.last - first
            if joined + size > self._answer_size:
                return _TOO_LONG, None
            reader.view[joined : joined + size] = reader.view[first : first + size]
            joined += size
            if not status & _MORE:
                return _OK, reader.view[:joined]

    async def release(self) -> None:
        """Deselect the card, so that the next reading finds it fresh.  Raises ReaderFault."""
        self.target = None
        await self._call(_IN_RELEASE, b"\x00")

    async def field_off(self) -> None:
        """Switch the RF field off: every card forgets.  Raises ReaderFault."""
        self.target = None
        await self._call(_RF_CONFIGURATION, b"\x01\x00")
        self._off_at = ticks_ms()

    async def abort(self) -> None:
        """Stop the running command and throw away what it may still have said.  Raises ReaderFault."""
        await self._link.abort()

    async def ask(self, code: int, values: "Buffer" = b"") -> bytes:
        """A command of the chip alone (UM0701-02, 7.2) and its answer behind the response code.  Raises ReaderFault."""
        return bytes(await self._call(code, values))

    async def _call(self, code: int, head: "Buffer" = b"", data: "Buffer" = b""):
        # A command of the chip alone: its answer after the response code.
        if not await self._command(code, head, data, _ANSWER_MS):
            self._link.errors += 1
            raise ReaderFault("PN532: no answer to command " + hex(code))
        return self._reader.view[self._reader.first : self._reader.last]

    async def _command(
        self,
        code: int,
        head: "Buffer",
        data: "Buffer",
        timeout_ms: int,
        cancelled: "Callable[[], bool] | None" = None,
        at: int = 0,
    ) -> bool:
        if self._link.errors >= _RESET_AFTER:
            await self.begin()
            raise ReaderFault("PN532 was started again after repeated link errors")
        return await self._link.command(code, head, data, timeout_ms, cancelled, at)


def _target(answer: "Any") -> Target:
    # NbTg, then Tg SENS_RES(2, high byte first) SEL_RES NFCIDLength NFCID [ATS] (UM0701-02, 7.3.5).
    if len(answer) < 6 or len(answer) < 6 + answer[5]:
        raise ReaderFault("PN532: target data is cut short")
    ats = 6 + answer[5]
    end = ats + (answer[ats] if len(answer) > ats else 0)
    if len(answer) < end:
        raise ReaderFault("PN532: ATS is cut short")
    return Target(answer[1], answer[2] << 8 | answer[3], answer[4], bytes(answer[6:ats]), bytes(answer[ats:end]))
