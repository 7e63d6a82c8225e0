"""ports.Reader and ports.Card on the PN532."""

from ..core import checks
from ..core.errors import CardLost, ReaderFault, TapTillError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..core.kinds import Buffer
    from ..drivers.pn532.chip import Pn532


_GET_FIRMWARE_VERSION = 0x02  # UM0701-02, 7.2.2
_ISO_DEP = 0x20  # SAK bit 6 (ISO/IEC 14443-3, 6.5.3.4): the card speaks ISO/IEC 14443-4


class IsoDepCard:
    """The listed card of a Pn532."""

    def __init__(self, chip: "Pn532"):
        self._chip = chip

    async def transceive(self, capdu: "Buffer", timeout_ms: int = 5000) -> memoryview:
        return await self._chip.exchange(capdu, timeout_ms)


class CardReader:
    """The reader on `chip` (drivers.pn532.chip.Pn532), started when first used.

    `fault` is the last error that `off` had to keep to itself, or None.
    """

    def __init__(self, chip: "Pn532"):
        self._chip = chip
        self.fault: "TapTillError | None" = None

    async def wait_card(self, timeout_ms: int, cancelled: "Callable[[], bool]") -> "IsoDepCard | None":
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
        return IsoDepCard(chip)

    async def test(self, thorough: bool) -> "tuple[int, str, str]":
        """(fault of core.checks, version for the screen, details for the report); starts the chip unless it answers."""
        chip = self._chip
        try:
            if chip.version is not None:
                try:
                    await chip.ask(_GET_FIRMWARE_VERSION)
                except ReaderFault:
                    chip.version = None  # begun anew, it may have come back
            if chip.version is None:
                await chip.begin()
            version = chip.version or bytes(4)
            value, chip_is = "v%d.%d" % (version[1], version[2]), "IC %02X" % version[0]
            if not thorough:
                return checks.WELL, value, chip_is
            from ..drivers.pn532 import selftest

            found, said = await selftest.examine(chip)
        except TapTillError as error:
            return checks.READER_SILENT, "", str(error)
        fault = {
            selftest.BROKEN: checks.READER_BROKEN,
            selftest.NO_ANTENNA: checks.NO_ANTENNA,
            selftest.NO_FIELD: checks.NO_FIELD,
        }
        return fault.get(found, checks.WELL), value, chip_is + ", " + said

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
