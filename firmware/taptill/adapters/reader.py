"""ports.Reader and ports.Card on the PN532."""

import asyncio
from time import ticks_diff, ticks_ms

from ..core.errors import CardLost, TapTillError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..drivers.pn532 import Pn532
    from ..ports import Buffer


_ISO_DEP = 0x20  # SAK bit 6 (ISO/IEC 14443-3, 6.5.3.4): the card speaks ISO/IEC 14443-4
_LOOK_MS = 100
_RELIST_MS = 200


class IsoDepCard:
    """The listed card of a Pn532; `trace(capdu, rapdu, ms)` sees every exchange (views: copy to keep)."""

    def __init__(self, chip: "Pn532", trace: "Callable[..., None] | None" = None):
        self._chip = chip
        self._trace = trace

    async def transceive(self, capdu: "Buffer", timeout_ms: int = 5000):
        if self._trace is None:
            return await self._chip.exchange(capdu, timeout_ms)
        start = ticks_ms()
        rapdu = await self._chip.exchange(capdu, timeout_ms)
        self._trace(capdu, rapdu, ticks_diff(ticks_ms(), start))
        return rapdu


class CardReader:
    """The reader on `chip` (drivers.pn532.Pn532), started when first used.

    `fault` is the last error that `off` had to keep to itself, or None.
    """

    def __init__(self, chip: "Pn532", trace: "Callable[..., None] | None" = None):
        self._chip = chip
        self._trace = trace
        self.fault = None

    async def wait_card(self, timeout_ms: int, cancelled: "Callable[[], bool]"):
        chip = self._chip
        if chip.version is None:
            await chip.begin()
        target = await chip.list_target(timeout_ms, cancelled)
        if target is None:
            await self.off()
            return None
        if not target.sak & _ISO_DEP:
            await self.off()
            raise CardLost("not a payment card")
        return IsoDepCard(chip, self._trace)

    async def off(self) -> None:
        chip = self._chip
        if chip.version is None:
            return
        try:
            if chip.target is not None:
                await chip.release()
            await chip.field_off()
            self.fault = None
        except TapTillError as error:
            self.fault = error

    async def wait_removed(self, timeout_ms: int, cancelled: "Callable[[], bool]" = None) -> bool:
        """True once no card is in the field, False when the time is up or `cancelled()`; the field is off then.

        Raises ReaderFault.
        """
        chip = self._chip
        if chip.version is None:
            await chip.begin()
        start = ticks_ms()
        gone = chip.target is None and not await self._listed()
        while not gone:
            left = timeout_ms - ticks_diff(ticks_ms(), start)
            if left <= 0 or (cancelled is not None and cancelled()):
                break
            # Silence alone may be a card that was disturbed: only a field reset without an answer is proof.
            if await chip.present() or await self._listed():
                await asyncio.sleep_ms(min(left, _LOOK_MS))
            else:
                gone = True
        await self.off()
        return gone

    async def _listed(self) -> bool:
        await self._chip.field_off()
        return await self._chip.list_target(_RELIST_MS) is not None
